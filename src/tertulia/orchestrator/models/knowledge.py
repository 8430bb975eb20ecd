"""Knowledge bases, their documents, and the passages that documents are read as."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Integer, LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from tertulia.orchestrator.models.table import Table


class Vector(UserDefinedType[bytes]):
    """pgvector's type; values are written and compared in SQL, as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "vector(384)"


class KnowledgeBase(Table):
    """``revision`` counts its changes: what was found under an older one is out of date."""

    __tablename__ = "knowledge_base"
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    visibility: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Document(Table):
    """``version`` counts its contents: a job for an older one has nothing to do. ``given_version`` is the last that
    was given to be read. ``progress`` is from 0 to 1. ``charset`` is what the server of ``source_url`` said.
    """

    __tablename__ = "document"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "knowledge_base_id"],
            ["knowledge_base.workspace_id", "knowledge_base.id"],
            ondelete="CASCADE",
        ),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    knowledge_base_id: Mapped[UUID]
    name: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    given_version: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[str]
    progress: Mapped[float] = mapped_column(server_default="0")
    media_type: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(server_default="0")
    chunks: Mapped[int] = mapped_column(server_default="0")
    file_id: Mapped[UUID | None]
    source_url: Mapped[str | None]
    charset: Mapped[str | None]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Chunk(Table):
    """``digest`` is of its text with its heading: the same one need not be prepared again. ``findings`` is where in
    them personal data is, and of which kind. ``pieces`` are of its words, in scripts that the embedding model does not
    know (``knowledge.letters``).
    """

    __tablename__ = "chunk"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "document_id"], ["document.workspace_id", "document.id"], ondelete="CASCADE"
        ),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    knowledge_base_id: Mapped[UUID]
    document_id: Mapped[UUID]
    position: Mapped[int]
    text: Mapped[str]
    heading: Mapped[str | None]
    page: Mapped[int | None]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    embedding: Mapped[bytes | None] = mapped_column(Vector)
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    pieces: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
