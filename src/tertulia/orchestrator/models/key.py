"""Each workspace's own key, wrapped: what is sealed with it is gone when this row is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from tertulia.orchestrator.models.table import Table


class WorkspaceKey(Table):
    __tablename__ = "workspace_key"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    master_key_id: Mapped[str]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
