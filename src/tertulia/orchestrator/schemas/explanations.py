"""Why an answer is as it is: what was sent to the model for it, and how it came about."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class ExplainedPart(BaseModel):
    """``name``: ``system``, ``instructions``, ``summary``, ``passages`` or ``placeholders``; in a conversation the
    role. ``tokens`` is a count of ours.
    """

    name: str
    text: str
    tokens: int


class ExplainedPassage(BaseModel):
    """``number`` is how the answer cites it; ``score`` its nearness to the question, 0 where words alone found it."""

    number: int
    score: float
    name: str
    page: int | None
    heading: str | None
    knowledge_base_id: UUID
    document_id: UUID
    chunk_id: UUID


class ExplainedStep(BaseModel):
    name: str
    status: str
    milliseconds: int
    error_code: str | None


class ExplainedAttempt(BaseModel):
    """One asking of a provider: ``status`` is ``ok`` or the failure's code."""

    provider: str
    model: str
    status: str
    milliseconds: int


class ExplainedChoice(BaseModel):
    """How ``auto`` came to its model: the small one where the question's ``difficulty`` (0 to 1) is below the
    ``threshold``.
    """

    small: bool
    difficulty: float
    threshold: float


class ExplainedUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    cached_prompt_tokens: int
    estimated: bool


class ExplainedCost(BaseModel):
    amount: int
    currency: str


class ExplanationView(BaseModel):
    """Personal data stands in placeholders, as the model saw it. ``searched_for`` is the question as it was written
    anew for the search, empty where it was not. ``replaced`` counts values by kind; ``left_out`` counts messages that
    were sent and would have been too much to keep.
    """

    message_id: UUID
    conversation_id: UUID
    status: str
    model: str | None
    provider: str | None
    parts: list[ExplainedPart]
    conversation: list[ExplainedPart]
    left_out: int
    replaced: dict[str, int]
    passages: list[ExplainedPassage]
    steps: list[ExplainedStep]
    attempts: list[ExplainedAttempt]
    warnings: list[str]
    chosen: ExplainedChoice | None
    searched_for: str
    usage: ExplainedUsage
    cost: ExplainedCost
    first_token_milliseconds: int | None
    started_at: datetime
    finished_at: datetime
