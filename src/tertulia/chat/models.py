"""chat's tables. Who sees which row is said by the policies in ``migrations``: a person sees their own, nobody else.

A message's parts are one JSON array in its row: they are written once, together, and read together. What search looks
through is a table of its own (``search_document``), kept by triggers, which no statement here needs to know.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, ForeignKeyConstraint, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

TitleSource = Literal["provisional", "generated", "person"]
MessageRole = Literal["user", "assistant"]
MessageStatus = Literal["generating", "finished", "stopped", "failed"]


class Table(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
        TitleSource: Text,
        MessageRole: Text,
        MessageStatus: Text,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


class Conversation(Table):
    """``updated_at`` is the time of the last question; a deleted one waits for its ``expires_at``."""

    __tablename__ = "conversation"
    __table_args__ = (Index("conversation_recent", "workspace_id", "user_id", "updated_at", "id"),)
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    title: Mapped[str]
    title_source: Mapped[TitleSource]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    knowledge_base_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    deleted_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Message(Table):
    """A node of a conversation's tree. An answer (role assistant) has a generation, and ends once."""

    __tablename__ = "message"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "conversation_id"], ["conversation.workspace_id", "conversation.id"]),
        Index("message_in_conversation", "workspace_id", "conversation_id", "created_at", "id"),
        Index("message_children", "workspace_id", "parent_id"),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    user_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    role: Mapped[MessageRole]
    status: Mapped[MessageStatus]
    parts: Mapped[list[dict[str, Any]]]
    model: Mapped[str | None]
    usage: Mapped[dict[str, Any] | None]
    cost_amount: Mapped[int | None] = mapped_column(BigInteger)
    cost_currency: Mapped[str | None]
    generation_id: Mapped[UUID | None]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    stop_requested_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def text(self) -> str:
        return "".join(part["text"] for part in self.parts if part["type"] == "text")
