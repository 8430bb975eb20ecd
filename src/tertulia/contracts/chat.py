"""What chat asks for and tells: the job of answering, the wish to stop, and a conversation's window."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tertulia.platform.message import Event, Job


class GenerateAnswer(Job, frozen=True, kw_only=True):
    """Answer a message. Ids only: the text is fetched from chat when the work begins."""

    subject: ClassVar[str] = "job.orchestrator.generate_answer.v1"
    workspace_id: UUID
    user_id: UUID
    generation_id: UUID
    conversation_id: UUID
    question_id: UUID
    answer_id: UUID
    plan: str
    model: str | None = None
    lease: str | None = None
    knowledge_base_ids: tuple[UUID, ...] = ()
    anew: bool = False
    """There is an answer already, and another is wanted."""
    requested_at: datetime


class StopRequested(Event, frozen=True, kw_only=True):
    """The reader wants no more of this answer; what was said stays."""

    subject: ClassVar[str] = "event.chat.stop_requested.v1"
    workspace_id: UUID
    generation_id: UUID
    occurred_at: datetime


class ConversationDeleted(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "event.chat.conversation_deleted.v1"
    workspace_id: UUID
    conversation_id: UUID
    occurred_at: datetime


class WindowMessage(msgspec.Struct, frozen=True):
    id: UUID
    role: Literal["user", "assistant"]
    text: str


class Window(msgspec.Struct, frozen=True):
    """``GET /internal/chat/conversations/{id}/window?answer_id=…``: the branch that leads to an answer, oldest first.

    Bounded by ``MAX_WINDOW_CHARACTERS``; ``left_out`` counts the older messages that did not fit.
    """

    messages: tuple[WindowMessage, ...]
    left_out: int = 0
    stop_requested: bool = False


MAX_WINDOW_CHARACTERS = 400_000
MAX_MESSAGE_CHARACTERS = 100_000
