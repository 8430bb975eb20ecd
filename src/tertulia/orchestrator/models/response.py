"""Stored responses of the API: what was put in and what came out are sealed with the workspace's key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from tertulia.orchestrator.models.table import Table


class StoredResponse(Table):
    """``epoch`` counts the workers that had a background one; ``last_sequence`` is its terminal event's number."""

    __tablename__ = "response"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    status: Mapped[str]
    background: Mapped[bool]
    epoch: Mapped[int] = mapped_column(server_default="0")
    last_sequence: Mapped[int | None]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
