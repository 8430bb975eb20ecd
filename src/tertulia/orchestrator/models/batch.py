"""Batches of API calls. A line's result stays a row until the batch has ended and its files are written."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tertulia.orchestrator.models.table import Table


class Batch(Table):
    """``epoch`` counts the workers that had it; ``times`` says when it reached which status, in seconds.

    ``error_line`` is the line that it failed for; ``output_seconds`` how long its files are kept, where that was asked.
    """

    __tablename__ = "batch"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    api_key_id: Mapped[UUID | None]
    plan: Mapped[str]
    endpoint: Mapped[str]
    input_file_id: Mapped[UUID]
    output_file_id: Mapped[UUID | None]
    error_file_id: Mapped[UUID | None]
    status: Mapped[str]
    epoch: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    completed: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    error_line: Mapped[int | None]
    output_seconds: Mapped[int | None]
    batch_metadata: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default="{}")
    times: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class BatchLine(Table):
    """What the line with this number (from 1) gave, sealed with the workspace's key."""

    __tablename__ = "batch_line"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "batch_id"], ["batch.workspace_id", "batch.id"], ondelete="CASCADE"),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    failed: Mapped[bool]
    result: Mapped[bytes] = mapped_column(LargeBinary)
