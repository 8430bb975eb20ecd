"""A workspace's privacy settings, and what would be found in a text."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from tertulia.orchestrator.redaction.names import State
from tertulia.orchestrator.redaction.patterns import Layer
from tertulia.orchestrator.redaction.policy import KINDS, Action

_Allowed = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PrivacyView(BaseModel):
    """Every kind, and what is done with it; ``names`` says whether the model that finds names is there."""

    kinds: dict[str, Action]
    allow_list: list[str]
    names: State


class PrivacyChange(BaseModel):
    """Replaces the settings; a kind that is left out is as in a new workspace."""

    model_config = ConfigDict(extra="forbid")
    kinds: dict[str, Action] = {}
    allow_list: Annotated[list[_Allowed], Field(max_length=500)] = []

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: dict[str, Action]) -> dict[str, Action]:
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise ValueError(f"there are no kinds {', '.join(unknown)[:200]}; there are {', '.join(KINDS)}")
        return kinds


class PrivacyTry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class Finding(BaseModel):
    """``start`` and ``end`` are in characters."""

    kind: str
    start: int
    end: int
    action: Action


class FindingView(BaseModel):
    """A value that has a placeholder in the workspace, without the value; ``layer`` found it first."""

    id: UUID
    placeholder: str
    kind: str
    layer: Layer
    found_at: datetime


class Revealed(BaseModel):
    placeholder: str
    value: str


class Findings(BaseModel):
    findings: list[Finding]
