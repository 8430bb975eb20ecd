"""What an evaluation is, and what comes of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from tertulia.orchestrator.evals.laboratory import Laboratory


class Figure(msgspec.Struct, frozen=True):
    """``target`` is what is wanted of it, where something is; ``unit`` is empty for a share from 0 to 1."""

    name: str
    value: float
    target: float | None = None
    less_is_better: bool = False
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """None where nothing is wanted."""
        if self.target is None:
            return None
        return self.value <= self.target if self.less_is_better else self.value >= self.target


@dataclass(frozen=True)
class Evaluation:
    """``about`` says on what it is measured; the catalogue knows it by ``name``. One that ``asks_a_model`` finds a
    chat model in its laboratory; one that is ``apart`` has a database of its own, since what it puts in would weigh on
    what the others find.
    """

    name: str
    about: str
    measure: Callable[[Laboratory], Awaitable[list[Figure]]]
    asks_a_model: bool = False
    apart: bool = False
