"""Evaluation sets, their runs and what came of them, as people's clients see them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
_Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
_DocumentName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_Fact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EvaluationCase(BaseModel):
    """``documents``: the names of those that answer; ``facts``: words that the passages must hold. With neither, the
    documents do not tell, and nothing should be found.
    """

    model_config = ConfigDict(extra="forbid")
    question: _Question
    documents: Annotated[list[_DocumentName], Field(max_length=20)] = []
    facts: Annotated[list[_Fact], Field(max_length=20)] = []


class NewEvaluationSet(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: _Name
    knowledge_base_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    cases: Annotated[list[EvaluationCase], Field(min_length=1, max_length=500)]


class EvaluationSetView(BaseModel):
    id: UUID
    name: str
    knowledge_base_ids: list[UUID]
    cases: list[EvaluationCase]
    created_by: UUID
    created_at: datetime


class EvaluationFigure(BaseModel):
    """A share from 0 to 1; ``before`` is the last run's."""

    name: str
    value: float
    less_is_better: bool
    before: float | None = None


class EvaluationRunView(BaseModel):
    """``error``: why it could not be run."""

    id: UUID
    set_id: UUID
    status: Literal["queued", "finished", "failed"]
    figures: list[EvaluationFigure]
    error: str | None
    started_by: UUID
    started_at: datetime
    finished_at: datetime | None


class EvaluationResultView(BaseModel):
    """How the case at this position of the set (from 0) was judged."""

    position: int
    correct: bool
    judged: dict[str, Any]


class EvaluationRunDetails(EvaluationRunView):
    results: list[EvaluationResultView]
