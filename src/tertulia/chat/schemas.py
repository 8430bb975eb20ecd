"""What goes over the wire to and from people's clients. Unknown fields are refused; ids are UUIDs in answers."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tertulia.chat.text import MAX_KNOWLEDGE_BASES, MAX_TITLE_CHARACTERS

ClientId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a UUID, or a short id of the client's own making"),
]
Title = Annotated[str, Field(max_length=MAX_TITLE_CHARACTERS)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewConversation(Strict):
    id: ClientId | None = None
    title: Title | None = None


class ConversationChange(Strict):
    """A new title, other knowledge bases to ask, or ``deleted: false`` to bring it back."""

    title: Title | None = None
    knowledge_base_ids: Annotated[list[UUID], Field(max_length=MAX_KNOWLEDGE_BASES)] | None = None
    deleted: Literal[False] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "ConversationChange":
        if self.title is None and self.deleted is None and self.knowledge_base_ids is None:
            raise ValueError("say a title, knowledge_base_ids, or deleted: false")
        return self


class ConversationView(BaseModel):
    """``updated_at`` is the time of the last question; a deleted one is gone for good at ``expires_at``."""

    id: UUID
    title: str
    title_status: Literal["provisional", "final"]
    knowledge_base_ids: list[UUID]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    expires_at: datetime | None


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class SourcePart(BaseModel):
    """A passage that the answer was given; ``providerMetadata.tertulia`` says where it stands."""

    type: Literal["source-document"]
    sourceId: str  # noqa: N815 - the AI SDK's own spelling
    mediaType: str  # noqa: N815 - the AI SDK's own spelling
    title: str
    filename: str | None = None
    providerMetadata: dict[str, Any]  # noqa: N815 - the AI SDK's own spelling


class UsageView(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    cached_prompt_tokens: int
    estimated: bool


class MoneyView(BaseModel):
    """``amount`` in micro-units of the currency."""

    amount: int
    currency: str


class MessageError(BaseModel):
    code: str
    detail: str | None


class MessageWarning(BaseModel):
    """What an answer had to do without."""

    code: str
    detail: str


class MessageView(BaseModel):
    id: UUID
    conversation_id: UUID
    parent_id: UUID | None
    role: Literal["user", "assistant"]
    status: Literal["generating", "finished", "stopped", "failed"]
    parts: list[TextPart | SourcePart]
    model: str | None
    usage: UsageView | None
    cost: MoneyView | None
    error: MessageError | None
    warnings: list[MessageWarning]
    created_at: datetime


class FoundConversation(BaseModel):
    id: UUID
    title: str
    updated_at: datetime


class Range(BaseModel):
    """From ``start`` up to ``end`` in UTF-16 code units, as JavaScript counts."""

    start: int
    end: int


class SearchHit(BaseModel):
    """``message_id`` is None when the title matched; ``snippet`` is plain text, with what matched as ranges."""

    conversation: FoundConversation
    message_id: UUID | None
    snippet: str
    highlights: list[Range]


class Stopping(BaseModel):
    """The answers that will end; empty when none was running."""

    stopping: list[UUID]


class AskMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parts: list[dict[str, Any]]
    id: str
    role: Literal["user"] = "user"


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/chat``.

    ``submit-message`` asks ``message``; with ``messageId`` it takes the place of that earlier question, on a branch of
    its own. ``parent_id`` is the answer it follows (null: none); left out, the newest one.
    ``knowledge_base_ids`` are remembered by the conversation; left out, they stay as they were.
    ``regenerate-message`` answers once more what the answer ``messageId`` (left out: the newest) had answered.
    """

    id: str
    message: AskMessage | None = None
    model: str | None = None
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"
    messageId: str | None = None  # noqa: N815 - the AI SDK's own spelling
    parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    knowledge_base_ids: list[str] | msgspec.UnsetType = msgspec.UNSET
