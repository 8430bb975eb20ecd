"""Why an answer is as it is: what was sent to the model for it, and how it came about."""

from datetime import datetime
from uuid import UUID

from tertulia.platform.wire import Wire


class ExplainedPart(Wire):
    name: str
    """`system`, `instructions`, `summary`, `passages`, `placeholders`; in a conversation the role."""
    text: str
    tokens: int
    """As we count them."""


class ExplainedPassage(Wire):
    number: int
    """How the answer cites it."""
    score: float
    """Its nearness to the question; 0 where words alone found it."""
    name: str
    """The document's name."""
    page: int | None
    heading: str | None
    knowledge_base_id: UUID
    document_id: UUID
    chunk_id: UUID


class ExplainedStep(Wire):
    name: str
    """A step of the pipeline."""
    status: str
    """`ok`, `failed`, `skipped` or `cancelled`."""
    milliseconds: int
    error_code: str | None
    """Why it failed or was skipped; null where it was not."""


class ExplainedAttempt(Wire):
    """One asking of a provider."""

    provider: str
    model: str
    status: str
    """`ok`, or the failure's code."""
    milliseconds: int
    """Until it began to answer, or failed."""


class ExplainedChoice(Wire):
    """How ``auto`` came to its model."""

    small: bool
    """Whether it is the small model."""
    difficulty: float
    """The question's, from 0 to 1."""
    threshold: float
    """From here on the strong model answers."""


class ExplainedUsage(Wire):
    prompt_tokens: int
    completion_tokens: int
    cached_prompt_tokens: int
    estimated: bool


class ExplainedCost(Wire):
    amount: int
    currency: str


class ExplanationView(Wire):
    """Personal data stands in placeholders, as the model saw it."""

    message_id: UUID
    """The answer."""
    conversation_id: UUID
    status: str
    """How the answer ended."""
    model: str | None
    provider: str | None
    parts: list[ExplainedPart]
    """What was sent before the conversation."""
    conversation: list[ExplainedPart]
    """The messages that were sent, the question last."""
    left_out: int
    """How many more messages were sent, too much to be kept here."""
    replaced: dict[str, int]
    """How many values of each kind went as placeholders."""
    passages: list[ExplainedPassage]
    """What was found in the documents."""
    steps: list[ExplainedStep]
    """The pipeline's steps, as they ended."""
    attempts: list[ExplainedAttempt]
    """Which providers were asked."""
    warnings: list[str]
    """What the answer had to do without: codes."""
    chosen: ExplainedChoice | None
    """How `auto` came to its model; null for any other model."""
    searched_for: str
    """The question as it was written anew for the search; empty where it was not."""
    usage: ExplainedUsage
    cost: ExplainedCost
    first_token_milliseconds: int | None
    """From taking the work to the first token; null where there was none."""
    started_at: datetime
    finished_at: datetime
