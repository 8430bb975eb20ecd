"""A workspace's privacy settings, and what would be found in a text."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, field_validator

from tertulia.orchestrator.redaction.names import State
from tertulia.orchestrator.redaction.patterns import Layer
from tertulia.orchestrator.redaction.policy import KINDS, Action
from tertulia.platform.wire import Wire

_Allowed = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PrivacyView(Wire):
    kinds: dict[str, Action]
    """Every kind of personal data, and what is done with it."""
    allow_list: list[str]
    names: State
    """Whether the model that finds names is there."""


class PrivacyChange(Wire):
    model_config = ConfigDict(extra="forbid")
    kinds: dict[str, Action] = Field({})
    """What is done with which kind; one that is left out is as in a new workspace."""
    allow_list: list[_Allowed] = Field([], max_length=500)

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: dict[str, Action]) -> dict[str, Action]:
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise ValueError(f"there are no kinds {', '.join(unknown)[:200]}; there are {', '.join(KINDS)}")
        return kinds


class PrivacyTry(Wire):
    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    """Something to look through."""


class Finding(Wire):
    kind: str
    """What it is, such as `EMAIL`."""
    start: int
    """Its first character, from 0."""
    end: int
    """The character behind its last."""
    action: Action
    """What is done with it."""


class FindingView(Wire):
    """A value that has a placeholder in the workspace, without the value."""

    id: UUID
    placeholder: str
    """What a model sees in its place."""
    kind: str
    """What it is, such as `EMAIL`."""
    layer: Layer
    """What found it first: a pattern or the model of names."""
    found_at: datetime
    """When it was found first."""


class Revealed(Wire):
    placeholder: str
    """What a model sees."""
    value: str
    """What stands behind it."""


class Findings(Wire):
    findings: list[Finding]
    """In the order of the text."""
