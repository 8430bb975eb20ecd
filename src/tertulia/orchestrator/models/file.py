"""What people upload, in parts of a bounded size: written and read with flat memory, deleted with its row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from tertulia.orchestrator.models.table import Table


class StoredFile(Table):
    """``size`` is in bytes and, like ``sha256``, known once ``complete``; ``purpose`` says whose it is."""

    __tablename__ = "stored_file"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(server_default="0")
    sha256: Mapped[str] = mapped_column(server_default="")
    complete: Mapped[bool] = mapped_column(server_default="false")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]


class StoredFilePart(Table):
    __tablename__ = "stored_file_part"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "file_id"], ["stored_file.workspace_id", "stored_file.id"], ondelete="CASCADE"
        ),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
