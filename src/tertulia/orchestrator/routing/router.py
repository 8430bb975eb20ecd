"""Offers ``auto`` where a workspace has a small and a strong model to choose from, and chooses.

The strong one is the default model, the small one the cheapest that costs less; a workspace may name others, and say
from which difficulty on the strong one answers. A model of a provider that is really called ``auto`` goes first.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar
from uuid import UUID

import msgspec
from prometheus_client import Counter

from tertulia.orchestrator.providers.registry import Catalogue, Catalogues, Model, ModelNotFound
from tertulia.orchestrator.routing.demand import Demand

AUTO = "auto"
THRESHOLD = 0.4
"""The highest that lost at most two points on the part of the labelled set that is tuned on: docs/routing.md."""

_CHOSEN = Counter(
    "tertulia_router_choices_total", "Questions to the model auto, by the kind that answered", ("chosen",)
)


class Routing(msgspec.Struct, frozen=True):
    """What a workspace chooses; None leaves the model to us. At ``threshold`` 0 the strong one answers everything."""

    setting: ClassVar[str] = "routing"
    small: str | None = None
    strong: str | None = None
    threshold: float = THRESHOLD


class Choice(msgspec.Struct, frozen=True):
    """Who answers a question, and why: it was up to ``threshold`` difficult or more.

    ``otherwise`` answers when the small model cannot: that it was chosen is nobody's wish but ours.
    """

    model: Model
    small: bool
    difficulty: float
    threshold: float
    otherwise: Model | None


class Pair(msgspec.Struct, frozen=True):
    small: Model
    strong: Model


class Auto(Model, frozen=True, kw_only=True):
    """The model ``auto``: it answers nothing itself."""

    pair: Pair
    threshold: float

    def choose(self, demand: Demand) -> Choice:
        difficulty = demand.difficulty(self.pair.small.context)
        small = difficulty < self.threshold
        _CHOSEN.labels("small" if small else "strong").inc()
        model, otherwise = (self.pair.small, self.pair.strong) if small else (self.pair.strong, None)
        return Choice(model, small, difficulty, self.threshold, otherwise)


Chosen = Callable[[UUID], Awaitable[Routing]]
"""What a workspace has chosen. Raises: Unavailable when that cannot be known."""


class Router:
    def __init__(self, catalogues: Catalogues, chosen: Chosen) -> None:
        self._catalogues = catalogues
        self._chosen = chosen

    async def catalogue(self, workspace_id: UUID) -> Catalogue:
        """All that the workspace may use, with ``auto`` where there are two to choose from. Raises: Unavailable.

        What the workspace has chosen is asked only where ``auto`` is.
        """
        return _WithAuto(await self._catalogues(workspace_id), partial(self._chosen, workspace_id))


class _WithAuto:
    """A ``Catalogue``."""

    def __init__(self, catalogue: Catalogue, chosen: Callable[[], Awaitable[Routing]]) -> None:
        self._catalogue = catalogue
        self._chosen = chosen
        self.default = catalogue.default
        self.spec = catalogue.spec
        self.is_computed_here = catalogue.is_computed_here

    async def models(self) -> list[Model]:
        models = await self._catalogue.models()
        auto = await self._auto(models)
        return models if auto is None else [*models, auto]

    async def find(self, asked: str | None) -> Model:
        try:
            return await self._catalogue.find(asked)
        except ModelNotFound:
            if asked != AUTO:
                raise
            auto = await self._auto(await self._catalogue.models())
            if auto is None:
                raise ModelNotFound(
                    "`auto` needs two models that chat, of which one costs less. GET /v1/models lists what there is.",
                    param="model",
                ) from None
            return auto

    async def _auto(self, models: Sequence[Model]) -> Auto | None:
        routing = await self._chosen()
        pair = pair_of(models, self._catalogue.default(), routing)
        if pair is None or any(model.id == AUTO for model in models):
            return None
        return Auto(
            id=AUTO,
            name=AUTO,
            provider=AUTO,
            kind="chat",
            context=pair.strong.context,
            price=None,
            pair=pair,
            threshold=routing.threshold,
        )


async def auto_of(catalogue: Catalogue) -> Auto | None:
    """What ``auto`` chooses from; None where it is not offered."""
    return next((model for model in await catalogue.models() if isinstance(model, Auto)), None)


def pair_of(models: Sequence[Model], default: Model | None, routing: Routing) -> Pair | None:
    """The two that are chosen from; None where there are none, or one that was named is gone."""
    chatting = {model.id: model for model in models if model.kind == "chat"}
    costs = {name: cost for name, model in chatting.items() if (cost := _cost(model)) is not None}
    small = routing.small or min(costs, key=costs.__getitem__, default=None)
    strong = routing.strong or (default.id if default is not None and default.id != small else None)
    strong = strong or max(costs, key=costs.__getitem__, default=None)
    if small not in chatting or strong not in chatting or small == strong:
        return None
    named = routing.small is not None and routing.strong is not None
    if not named and costs.get(small, 0) >= costs.get(strong, float("inf")):
        return None
    return Pair(chatting[small], chatting[strong])


def _cost(model: Model) -> float | None:
    """Of as many tokens in as out; None where no price is known."""
    price = model.price_at(datetime.now(UTC))
    return None if price is None else float(price.input + price.output)
