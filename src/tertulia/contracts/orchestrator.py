"""What the orchestrator tells the others: how each generation ended, and its text to the one who may store it."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tertulia.contracts.money import Money
from tertulia.platform.message import Event

GenerationStatus = Literal["finished", "stopped", "failed"]
GenerationSource = Literal["chat", "api"]
GenerationKind = Literal["chat", "embedding", "title", "summary", "rewrite"]


class Usage(msgspec.Struct, frozen=True):
    """Tokens. ``estimated`` when we counted them because the provider told nothing usable."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int = 0
    estimated: bool = False


class StepRecord(msgspec.Struct, frozen=True):
    name: str
    status: Literal["ok", "failed", "skipped", "cancelled"]
    milliseconds: int
    error_code: str | None = None


class Attempt(msgspec.Struct, frozen=True):
    """One asking of a provider: ``status`` is ``ok`` or the failure's code; the time is until it began or failed."""

    provider: str
    model: str
    status: str
    milliseconds: int


class GenerationFinished(Event, frozen=True, kw_only=True):
    """One for each generation of a chat, whatever its end; effects are idempotent on ``generation_id``."""

    subject: ClassVar[str] = "event.orchestrator.generation_finished.v1"
    workspace_id: UUID
    user_id: UUID | None
    generation_id: UUID
    source: GenerationSource
    status: GenerationStatus
    kind: GenerationKind = "chat"
    conversation_id: UUID | None = None
    answer_id: UUID | None = None
    api_key_id: UUID | None = None
    provider: str | None = None
    model: str | None = None
    usage: Usage
    cost: Money
    error_code: str | None = None
    first_token_milliseconds: int | None = None
    steps: tuple[StepRecord, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[str, ...] = ()
    """What the answer had to do without: codes of ``WARNINGS``."""
    started_at: datetime
    finished_at: datetime


class GenerationsServed(Event, frozen=True, kw_only=True):
    """API calls that ended, of whatever workspaces: one event for all that one transaction recorded.

    Each is told of once; effects are idempotent on its ``generation_id``.
    """

    subject: ClassVar[str] = "event.orchestrator.generations_served.v1"
    patient: ClassVar[bool] = True
    ends: tuple[GenerationFinished, ...]


class Source(msgspec.Struct, frozen=True):
    """A passage that an answer was given; ``number`` is how the answer cites it: ``[1]``. Where it cites none,
    ``bears_out`` are the sentences of the answer that we found to be borne out by this one.
    """

    number: int
    knowledge_base_id: UUID
    document_id: UUID
    chunk_id: UUID
    name: str
    media_type: str
    page: int | None = None
    heading: str | None = None
    bears_out: tuple[str, ...] = ()


class WorkspaceSettingsChanged(Event, frozen=True, kw_only=True):
    """What was known of a workspace's choices is out of date; ``name`` is the concern, ``changed_by`` a person."""

    subject: ClassVar[str] = "event.orchestrator.workspace_settings_changed.v1"
    workspace_id: UUID
    name: str
    changed_by: UUID | None = None


class PersonalDataRevealed(Event, frozen=True, kw_only=True):
    """Somebody has looked at the value behind a placeholder, as ``EMAIL_3``."""

    subject: ClassVar[str] = "event.orchestrator.personal_data_revealed.v1"
    workspace_id: UUID
    user_id: UUID
    placeholder: str
    occurred_at: datetime


class AnswerExplained(Event, frozen=True, kw_only=True):
    """Somebody has looked at what was sent to the model for an answer."""

    subject: ClassVar[str] = "event.orchestrator.answer_explained.v1"
    workspace_id: UUID
    user_id: UUID
    answer_id: UUID
    occurred_at: datetime


class GenerationRecord(msgspec.Struct, frozen=True):
    """``GET /internal/orchestrator/generations/{id}``: what chat stores as the answer."""

    generation_id: UUID
    status: GenerationStatus
    text: str
    provider: str | None
    model: str | None
    usage: Usage
    cost: Money
    error_code: str | None = None
    error_detail: str | None = None
    sources: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()


WARNINGS: dict[str, str] = {
    "documents_not_searched": "The documents could not be searched; the answer is without them.",
    "names_not_hidden": "Names could not be looked for just now, so they were sent as they are.",
    "conversation_not_recalled": "The beginning of this conversation could not be recalled; the answer is without it.",
}
"""What a reader is told of an answer that had to do without something, by its code."""


class KnownKnowledgeBases(msgspec.Struct, frozen=True):
    """``GET /internal/orchestrator/knowledge-bases?workspace_id=…&user_id=…&ids=…,…``: which the person may use."""

    ids: tuple[UUID, ...]


class WriteTitle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /internal/orchestrator/titles``; the answer is ``Title``."""

    workspace_id: UUID
    user_id: UUID
    question: str
    answer: str
    model: str | None = None


class Title(msgspec.Struct, frozen=True):
    title: str


def log_name(generation_id: UUID) -> str:
    """The live token log's name in Valkey."""
    return f"gen:{generation_id}"
