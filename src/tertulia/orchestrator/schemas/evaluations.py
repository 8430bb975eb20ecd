"""Evaluation sets, their runs and what came of them, as people's clients see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tertulia.platform.names import Name, as_shown

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


class EvaluationCase(BaseModel):
    """``documents``: the names of those that answer; ``facts``: words that the passages must hold. With neither, the
    documents do not tell, and nothing should be found.
    """

    model_config = ConfigDict(extra="forbid")
    question: _Question
    documents: Annotated[list[_DocumentName], Field(max_length=20)] = []
    facts: Annotated[list[_Fact], Field(max_length=20)] = []


class EvaluationSetContent(BaseModel):
    """What a set is made of, when it is new and when it is changed."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    knowledge_base_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    cases: Annotated[list[EvaluationCase], Field(min_length=1, max_length=500)]


class EvaluationSetChange(EvaluationSetContent):
    """``version`` is the set's as it was read: where it is another by now, somebody else's change would be lost."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class EvaluationSetView(BaseModel):
    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    cases: list[EvaluationCase]
    version: int
    created_by: UUID
    created_at: datetime


class EvaluationFigure(BaseModel):
    """A share from 0 to 1; ``before`` is that of the run before."""

    name: str
    value: float
    less_is_better: bool
    before: float | None = None


class EvaluationCost(BaseModel):
    """``amount`` in micro-units of the currency."""

    amount: int
    currency: str


class NewEvaluationRun(BaseModel):
    """``model`` answers the questions too; without one only what is found for them is judged."""

    model_config = ConfigDict(extra="forbid")
    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


class EvaluationEstimate(BaseModel):
    """``most_cost``: what the answers cost at most, about; null where nobody has told the model's price."""

    model: str
    questions: int
    most_cost: EvaluationCost | None


class EvaluationRunView(BaseModel):
    """``error``: why it could not be run. ``done`` of its ``questions`` have a result; ``cost`` is of its answers, null
    where no ``model`` answers.
    """

    id: UUID
    set_id: UUID
    status: Literal["queued", "finished", "failed", "cancelled"]
    model: str | None
    questions: int
    done: int
    cost: EvaluationCost | None
    figures: list[EvaluationFigure]
    error: str | None
    started_by: UUID
    started_at: datetime
    finished_at: datetime | None


class EvaluationSetSummary(BaseModel):
    """``questions`` counts them; ``last_run`` is the newest."""

    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    questions: int
    created_at: datetime
    last_run: EvaluationRunView | None


class EvaluationJudgement(BaseModel):
    """``rank`` of the first document that answers, from 1; ``recalled``, the share of them among the first five;
    ``grounded``, the share of the facts that the passages hold. None where the question does not ask for it.
    """

    told: bool
    refused: bool
    rank: int | None
    recalled: float | None
    grounded: float | None


class EvaluationAnswerJudgement(BaseModel):
    """``refused``: it claims nothing. ``held``: the share of the facts that it holds; ``grounded``: the share of its
    sentences that its passages bear out; null where there is nothing to say. ``failed``: why there is no answer.
    """

    refused: bool
    held: float | None
    grounded: float | None
    failed: str | None


class EvaluationResultView(EvaluationCase):
    """A question as the run asked it, and how it was judged; ``position`` counts from 0. Where it was ``answered``,
    ``correct`` is about the answer.
    """

    position: int
    correct: bool
    judged: EvaluationJudgement
    answered: EvaluationAnswerJudgement | None


class EvaluationRunBefore(BaseModel):
    """The last finished run before, with answers where this one has some; ``same``: it asked the same questions of the
    same knowledge bases.
    """

    id: UUID
    started_at: datetime
    same: bool
    model: str | None


class EvaluationRunDetails(EvaluationRunView):
    before: EvaluationRunBefore | None
    results: list[EvaluationResultView]


class EvaluationPassage(BaseModel):
    chunk_id: UUID
    knowledge_base_id: UUID
    document_id: UUID
    document_name: str
    text: str
    page: int | None
    heading: str | None


class EvaluationClaim(BaseModel):
    """A sentence of an answer; ``lacks`` says what of it no passage bears out."""

    text: str
    lacks: Literal["numbers", "names", "negation", "words"] | None


class EvaluationAnswer(BaseModel):
    text: str
    claims: list[EvaluationClaim]


class EvaluationPassages(BaseModel):
    """The best first. ``gone``: how many more were found, of documents that are deleted or read anew since, or in a
    knowledge base that the asker may not use. ``answer``: what the model said, for who may use all of the run's.
    """

    data: list[EvaluationPassage]
    gone: int
    answer: EvaluationAnswer | None
