"""One call to a provider: what is asked, for whom, and what has become of it so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from tertulia.contracts.orchestrator import Attempt
from tertulia.orchestrator.admission import Permit
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.providers.targets import Target


@dataclass(slots=True)
class ProviderCall:
    """``body`` names ``model`` as its provider does. ``characters`` is the prompt's length, ``most_tokens`` the
    request's own bound of the answer; ``shown`` hears of the place in the queue; ``alone``: only this provider will do;
    ``batch``: it waits behind every call that somebody waits for; ``otherwise`` is asked where nobody can answer as
    ``model``, and has the last attempt for itself.
    """

    model: Model
    body: bytes
    workspace_id: UUID
    plan: str
    characters: int
    most_tokens: int | None = None
    shown: Callable[[int], None] | None = None
    alone: bool = False
    batch: bool = False
    otherwise: Model | None = None
    attempts: list[Attempt] = field(default_factory=list)
    """What was tried, for the books."""
    answered: Model | None = None
    """Who answers: another than ``model`` after a fallback."""
    _admitted: tuple[Target, Permit] | None = None

    @property
    def answering(self) -> Model:
        return self.answered or self.model

    @property
    def is_answered_as_asked(self) -> bool:
        """By the model that was asked and by no other in its place."""
        return self.answering.id == self.model.id

    def give_back(self) -> None:
        """The permit of an admitted call that will not be made."""
        if self._admitted is not None:
            (target, permit), self._admitted = self._admitted, None
            target.breaker.undecided()
            permit.leave(0)

    def admitted(self, target: Target, permit: Permit) -> None:
        self._admitted = (target, permit)

    def take_admitted(self) -> tuple[Target, Permit] | None:
        taken, self._admitted = self._admitted, None
        return taken

    def note(self, asked: Model, status: str, milliseconds: int) -> None:
        """What came of asking this model."""
        self.attempts.append(Attempt(asked.provider, asked.name, status, milliseconds))

    def body_for(self, asked: Model) -> bytes:
        if asked.name == self.model.name:
            return self.body
        return msgspec.json.encode({**msgspec.json.decode(self.body), "model": asked.name})
