"""Generations and their steps.

``said`` is the record of an answer, its text and sources, sealed, until chat has stored it; API calls leave none.
``text`` and ``sources`` are read, where a version that did not seal has written them, and no more written.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tertulia.orchestrator.models.table import Table


class Generation(Table):
    """One answer. ``epoch`` counts the workers that had it: a write under an old one is refused."""

    __tablename__ = "generation"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None]
    source: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="chat")
    conversation_id: Mapped[UUID | None]
    answer_id: Mapped[UUID | None]
    api_key_id: Mapped[UUID | None]
    status: Mapped[str]
    epoch: Mapped[int] = mapped_column(server_default="1")
    worker: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    text: Mapped[str] = mapped_column(server_default="")
    prompt_tokens: Mapped[int] = mapped_column(server_default="0")
    completion_tokens: Mapped[int] = mapped_column(server_default="0")
    cached_prompt_tokens: Mapped[int] = mapped_column(server_default="0")
    usage_estimated: Mapped[bool] = mapped_column(server_default="false")
    cost: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(server_default="USD")
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    first_token_ms: Mapped[int | None]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    attempts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    warnings: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    said: Mapped[bytes | None]
    explanation: Mapped[bytes | None]


class Step(Table):
    """What each step of the pipeline took, written with the generation's end."""

    __tablename__ = "step"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "generation_id"], ["generation.workspace_id", "generation.id"], ondelete="CASCADE"
        ),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    generation_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    milliseconds: Mapped[int]
    error_code: Mapped[str | None]
