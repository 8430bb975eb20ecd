"""Evaluation sets, their runs and what came of them, as people's clients see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from tertulia.platform.names import Name, as_shown
from tertulia.platform.wire import Wire

_LONGEST_NAME = 255


def _as_named(value: str) -> str:
    """As the document is called by now; what has nothing to show calls none."""
    shown = as_shown(value)
    if not 0 < len(shown) <= _LONGEST_NAME:
        msg = f"must have visible characters, and {_LONGEST_NAME} at most"
        raise ValueError(msg)
    return shown


_Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
_DocumentName = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_NAME), AfterValidator(_as_named)]
_Fact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EvaluationCase(Wire):
    """A question with neither documents nor facts is one that the documents do not tell: nothing should be found."""

    model_config = ConfigDict(extra="forbid")
    question: _Question
    documents: list[_DocumentName] = Field([], max_length=20)
    """The names of the documents that answer it."""
    facts: list[_Fact] = Field([], max_length=20)
    """Words that the passages must hold."""


class EvaluationSetContent(Wire):
    """What a set is made of, when it is new and when it is changed."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    knowledge_base_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    cases: Annotated[list[EvaluationCase], Field(min_length=1, max_length=500)]
    """The questions, with what is expected."""


class EvaluationSetChange(EvaluationSetContent):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """The set's as it was read: where it is another by now, the change is refused."""


class EvaluationSetView(Wire):
    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    cases: list[EvaluationCase]
    """The questions, with what is expected."""
    version: int
    """It counts changes; a change sends the one that it was made to."""
    created_by: UUID
    """Who made it."""
    created_at: datetime


class EvaluationFigure(Wire):
    name: str
    """What is measured, such as `hit@5`."""
    value: float
    """A share from 0 to 1."""
    less_is_better: bool
    """Whether a smaller share is the better one."""
    before: float | None = None
    """The share in the run before; null where it has none."""


class EvaluationCost(Wire):
    amount: int
    currency: str


class NewEvaluationRun(Wire):
    model_config = ConfigDict(extra="forbid")
    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """It answers the questions too; left out, only what is found for them is judged."""


class EvaluationEstimate(Wire):
    model: str
    questions: int
    """How many the set has."""
    most_cost: EvaluationCost | None
    """About what the answers cost at most; null where the model's price is not known."""


class EvaluationRunView(Wire):
    id: UUID
    set_id: UUID
    """The set that it asks."""
    status: Literal["queued", "finished", "failed", "cancelled"]
    model: str | None
    """The model that answers; null where none does."""
    questions: int
    """How many it asks."""
    done: int
    """How many of them have a result."""
    cost: EvaluationCost | None
    """What its answers cost; null where no model answers."""
    figures: list[EvaluationFigure]
    """How good it was: there once the run is finished."""
    error: str | None
    """Why it could not be run: a code."""
    started_by: UUID
    """Who started it: each question is asked with this person's rights."""
    started_at: datetime
    finished_at: datetime | None


class EvaluationSetSummary(Wire):
    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    questions: int
    """How many it has."""
    created_at: datetime
    last_run: EvaluationRunView | None
    """Its newest run; null where it was never run."""


class EvaluationJudgement(Wire):
    """How what was found is judged; a figure is null where the question does not ask for it."""

    told: bool
    """Whether the documents tell it."""
    refused: bool
    """Whether nothing was found."""
    rank: int | None
    """The place of the first document that answers, from 1."""
    recalled: float | None
    """The share of the documents that are among the first five."""
    grounded: float | None
    """The share of the facts that the passages hold."""


class EvaluationAnswerJudgement(Wire):
    """How an answer is judged; a figure is null where there is nothing to say."""

    refused: bool
    """Whether it claims nothing."""
    held: float | None
    """The share of the facts that it holds."""
    grounded: float | None
    """The share of its sentences that its passages bear out."""
    failed: str | None
    """Why there is no answer: a code."""


class EvaluationResultView(EvaluationCase):
    """A question as the run asked it, and how it was judged."""

    position: int
    """Its place in the set, from 0."""
    correct: bool
    """Whether all is as expected: of the answer, where there is one."""
    judged: EvaluationJudgement
    """How what was found is judged."""
    answered: EvaluationAnswerJudgement | None
    """How the answer is judged; null where no model answers."""


class EvaluationRunBefore(Wire):
    """The last finished run before, with answers where this one has some."""

    id: UUID
    started_at: datetime
    same: bool
    """Whether it asked the same questions of the same knowledge bases."""
    model: str | None


class EvaluationRunDetails(EvaluationRunView):
    before: EvaluationRunBefore | None
    """The run that the figures are held against; null for the first."""
    results: list[EvaluationResultView]
    """How each question was judged."""


class EvaluationPassage(Wire):
    chunk_id: UUID
    knowledge_base_id: UUID
    document_id: UUID
    document_name: str
    text: str
    page: int | None
    heading: str | None


class EvaluationClaim(Wire):
    """A sentence of an answer."""

    text: str
    lacks: Literal["numbers", "names", "negation", "words"] | None
    """What of it no passage bears out; null where all is borne out."""


class EvaluationAnswer(Wire):
    text: str
    claims: list[EvaluationClaim]
    """Its sentences, as they were judged."""


class EvaluationPassages(Wire):
    data: list[EvaluationPassage]
    """The best first."""
    gone: int
    """How many more were found that are deleted, read anew, or not the asker's to see."""
    answer: EvaluationAnswer | None
    """What the model said, for who may use all knowledge bases of the run."""
