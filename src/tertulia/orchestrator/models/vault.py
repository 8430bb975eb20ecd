"""The values behind a workspace's placeholders: sealed, found again by a keyed digest."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from tertulia.orchestrator.models.table import Table


class VaultEntry(Table):
    """``[{kind}_{number}]``; ``layer`` found it first."""

    __tablename__ = "pii_vault"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    number: Mapped[int]
    layer: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    found_at: Mapped[datetime] = mapped_column(server_default=func.now())
