"""What a workspace, or the laboratory, is evaluated on, and what came of it.

A case and what was judged of it are JSON of ``evals.cases``; the figures of a run that of ``evals.evaluation``.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from tertulia.orchestrator.models.table import Table


class EvalSet(Table):
    """``knowledge_base_ids`` are asked as ``created_by`` may ask them; ``version`` counts its changes, from 1."""

    __tablename__ = "eval_set"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    knowledge_base_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    cases: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class EvalRun(Table):
    """``knowledge_base_ids`` and ``cases`` are the set's as they were when it was started. ``model`` answers them, on
    the account of ``plan``; None where nothing is answered. ``done`` counts its results, ``cost`` is in micro-units.
    """

    __tablename__ = "eval_run"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "set_id"], ["eval_set.workspace_id", "eval_set.id"], ondelete="CASCADE"),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    set_id: Mapped[UUID]
    knowledge_base_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    cases: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    status: Mapped[str]
    model: Mapped[str | None]
    plan: Mapped[str | None]
    done: Mapped[int] = mapped_column(server_default="0")
    cost: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(server_default="USD")
    figures: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    error_code: Mapped[str | None]
    started_by: Mapped[UUID]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class EvalResult(Table):
    """``position`` is the case's in its run, from 0; ``passages`` are ids of what was found, the best first.
    ``answered`` is how the answer was judged, ``answer`` what was said, sealed; None where nothing was asked for.
    """

    __tablename__ = "eval_result"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "run_id"], ["eval_run.workspace_id", "eval_run.id"], ondelete="CASCADE"),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    correct: Mapped[bool]
    judged: Mapped[dict[str, Any]] = mapped_column(JSONB)
    passages: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    answered: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    answer: Mapped[bytes | None]
