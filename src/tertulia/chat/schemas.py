"""What goes over the wire to and from people's clients. Unknown fields are refused; ids are UUIDs in answers."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from pydantic import ConfigDict, Field, model_validator

from tertulia.chat.text import MAX_KNOWLEDGE_BASES, MAX_TITLE_CHARACTERS
from tertulia.platform.wire import Wire

ClientId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a UUID, or a short id of the client's own making"),
]
Title = Annotated[str, Field(max_length=MAX_TITLE_CHARACTERS)]


class Strict(Wire):
    model_config = ConfigDict(extra="forbid")


class NewConversation(Strict):
    id: ClientId | None = None
    """A UUID, or a short id of the client's; left out, one is made."""
    title: Title | None = None
    """Left out, it takes one from the first question."""


class ConversationChange(Strict):
    """A new title, other knowledge bases to ask, or ``deleted: false`` to bring it back."""

    title: Title | None = None
    """The new title; no model changes it any more."""
    knowledge_base_ids: Annotated[list[UUID], Field(max_length=MAX_KNOWLEDGE_BASES)] | None = None
    """The knowledge bases that it asks from now on."""
    deleted: Literal[False] | None = None
    """`false` brings it back."""

    @model_validator(mode="after")
    def _says_something(self) -> "ConversationChange":
        if self.title is None and self.deleted is None and self.knowledge_base_ids is None:
            raise ValueError("say a title, knowledge_base_ids, or deleted: false")
        return self


class ConversationView(Wire):
    id: UUID
    title: str
    """What the list of conversations shows."""
    title_status: Literal["provisional", "final"]
    """`provisional` until a model or a person has given it one."""
    knowledge_base_ids: list[UUID]
    created_at: datetime
    updated_at: datetime
    """When the last question was asked."""
    deleted_at: datetime | None
    """When it was deleted; null where it is not."""
    expires_at: datetime | None
    """When a deleted one is gone for good."""


class TextPart(Wire):
    type: Literal["text"]
    text: str


class SourcePart(Wire):
    """A passage that the answer was given."""

    type: Literal["source-document"]
    sourceId: str  # noqa: N815 - the AI SDK's own spelling
    """The passage's id in this answer."""
    mediaType: str  # noqa: N815 - the AI SDK's own spelling
    """The document's media type."""
    title: str
    """The document's name."""
    filename: str | None = None
    """The file's name, where it was a file."""
    providerMetadata: dict[str, Any]  # noqa: N815 - the AI SDK's own spelling
    """`tertulia` says where the passage stands, and what of the answer it bears out."""


class UsageView(Wire):
    prompt_tokens: int
    completion_tokens: int
    cached_prompt_tokens: int
    estimated: bool


class MoneyView(Wire):
    amount: int
    currency: str


class MessageError(Wire):
    code: str
    detail: str | None


class MessageWarning(Wire):
    """What an answer had to do without."""

    code: str
    detail: str


class MessageView(Wire):
    id: UUID
    conversation_id: UUID
    parent_id: UUID | None
    """The message that it follows; null for the first of a conversation."""
    role: Literal["user", "assistant"]
    """Who says it."""
    status: Literal["generating", "finished", "stopped", "failed"]
    """`generating` while an answer is written."""
    parts: list[TextPart | SourcePart]
    """What it holds: texts, and for an answer the passages that it was given."""
    model: str | None
    """Who answered; null for a question."""
    usage: UsageView | None
    cost: MoneyView | None
    error: MessageError | None
    """Why an answer failed; null where it did not."""
    warnings: list[MessageWarning]
    """What the answer had to do without."""
    created_at: datetime


class FoundConversation(Wire):
    id: UUID
    title: str
    """Its title."""
    updated_at: datetime


class Range(Wire):
    """A part of a text, in UTF-16 code units, as JavaScript counts."""

    start: int
    """Its first code unit, from 0."""
    end: int
    """The code unit behind its last."""


class SearchHit(Wire):
    conversation: FoundConversation
    """Where it was found."""
    message_id: UUID | None
    """The message that matched; null when the title did."""
    snippet: str
    """A piece of the text, plain."""
    highlights: list[Range]
    """What matched in the snippet."""


class Stopping(Wire):
    stopping: list[UUID]
    """The answers that will end; empty when none was running."""


class AskMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    parts: Annotated[list[dict[str, Any]], Meta(description='What is asked: `{type: "text", text}` each.')]
    id: str
    role: Literal["user"] = "user"


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/chat``."""

    id: Annotated[str, Meta(description="The conversation; one that is new is made.")]
    message: Annotated[AskMessage | None, Meta(description="The question; none where an answer is given anew.")] = None
    model: str | None = None
    trigger: Annotated[
        Literal["submit-message", "regenerate-message"],
        Meta(description="`submit-message` asks; `regenerate-message` answers once more."),
    ] = "submit-message"
    messageId: Annotated[  # noqa: N815 - the AI SDK's own spelling
        str | None,
        Meta(description="The question whose place this one takes; or the answer that is given anew, the newest else."),
    ] = None
    parent_id: Annotated[
        str | msgspec.UnsetType | None, Meta(description="The answer that it follows, null: none; else the newest.")
    ] = msgspec.UNSET
    knowledge_base_ids: Annotated[
        list[str] | msgspec.UnsetType,
        Meta(description="The knowledge bases that it asks from now on; left out, they stay as they were."),
    ] = msgspec.UNSET
