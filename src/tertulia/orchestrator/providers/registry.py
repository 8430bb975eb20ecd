"""Which models there are, who answers for each, and which one answers when none is named.

A provider's models come from its entry or, where it has none, from its own list, which is read again now and then. The
first provider's first chat model is the default; what a model costs is known before it is used. A name that several
providers serve is one model with several routes; ``provider/name`` is one of them alone. A workspace's own providers
are a registry of their own (``own``), whose models are all called ``own/provider/name``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Literal, Protocol
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.providers.file import Capability, ModelSpec, ProviderSpec
from tertulia.orchestrator.providers.known import chats, embeds, known_model
from tertulia.orchestrator.providers.port import Provider
from tertulia.orchestrator.providers.prices import Price, PriceChange, price_at
from tertulia.platform.errors import NotFound, TertuliaError, Unavailable

log = structlog.get_logger()

_EVERY = 300.0
_SOON = 5.0
_PATIENCE = 2.0


Kind = Literal["chat", "embedding", "other"]


class ModelNotFound(NotFound):
    code, title = "model_not_found", "No such model"


class NoModel(Unavailable):
    """There is no provider, or none has told its models yet."""

    code, title = "no_model", "No model can answer"
    status: ClassVar[int] = 503


_SMALL = 16_384
"""A model with no larger window is taken for a small one."""


class Model(msgspec.Struct, frozen=True):
    """``id`` is what people name; ``name`` is what its provider calls it. ``price`` is None where none is known,
    and holds until the first of its changes.
    """

    id: str
    name: str
    provider: str
    kind: Kind
    context: int
    price: Price | None
    price_changes: tuple[PriceChange, ...] = ()
    owner: UUID | None = None
    """The workspace at whose own provider it is; None: the installation's."""

    capabilities: tuple[Capability, ...] | None = None
    """None where nobody has told."""

    @property
    def is_small(self) -> bool:
        """It does best what it is asked plainly, behind what it is about; it copies forms, notes and examples."""
        return self.context <= _SMALL

    def price_at(self, moment: datetime) -> Price | None:
        return price_at(moment, self.price, self.price_changes)

    def require_chat(self) -> None:
        """Raises: ModelNotFound for one that only embeds texts."""
        if self.kind == "embedding":
            raise ModelNotFound(f"The model `{self.id}` embeds texts and does not chat.", param="model")


OWN = "own/"


class Catalogue(Protocol):
    """The models that somebody may use."""

    async def models(self) -> list[Model]:
        """All that is known; lists that are just being read are waited for, a little."""
        ...

    async def find(self, asked: str | None) -> Model:
        """The model of this id (or ``provider/name``), or the default when none is named.

        Raises: ModelNotFound, NoModel.
        """
        ...

    def default(self) -> Model | None: ...

    def spec(self, model: Model) -> ProviderSpec:
        """Of the provider that it is at."""
        ...

    def is_computed_here(self, model: Model) -> bool:
        """By this process, and not by a provider."""
        ...


Catalogues = Callable[[UUID], Awaitable[Catalogue]]
"""A workspace's."""


class Registry:
    """The ``Catalogue`` of these ``providers``, of which each name has one.

    ``own_embedding`` is the model that this process runs itself; ``owner`` is the workspace whose providers they are.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        *,
        own_embedding: Model | None = None,
        default: str | None = None,
        owner: UUID | None = None,
    ) -> None:
        self._owner = owner
        self._providers = {provider.spec.name: provider for provider in providers}
        self._own_embedding = own_embedding
        self._named_default = default
        self._told: dict[str, tuple[ModelSpec, ...]] = {
            name: provider.spec.models for name, provider in self._providers.items() if provider.spec.models is not None
        }
        self._models: dict[str, Model] = {}
        self._routes: dict[str, tuple[Model, ...]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._asked = float("-inf")
        self._collect()

    async def run(self) -> None:
        """A worker: reads the lists that providers keep themselves, again and again."""
        asking = [provider for provider in self._providers.values() if provider.spec.models is None]
        while True:
            if asking:
                await self.refresh()
            missing = any(provider.spec.name not in self._told for provider in asking)
            await asyncio.sleep(_SOON if missing else _EVERY)

    async def refresh(self) -> None:
        """Ask each provider that keeps its own list; one that does not answer keeps what it last told.

        All who want it at once wait for the same asking.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all(), name="read models")
        await asyncio.shield(self._asking)

    async def models(self) -> list[Model]:
        if self._incomplete():
            await self._know_more()
        return list(self._models.values())

    async def find(self, asked: str | None) -> Model:
        found = self._look_up(asked)
        if found is None and self._incomplete():
            await self._know_more()
            found = self._look_up(asked)
        if found is not None:
            return found
        if asked is None:
            raise NoModel("No model can answer at the moment. Try again shortly, or tell your operator.")
        if self._incomplete():
            raise NoModel(
                f"The model `{asked[:200]}` may be at a provider that has not told its models yet. Try again shortly."
            )
        raise ModelNotFound(
            f"The model `{asked[:200]}` does not exist here. GET /v1/models lists what does.", param="model"
        )

    def default(self) -> Model | None:
        if self._named_default:
            return self._look_up(self._named_default)
        return next((model for model in self._models.values() if model.kind == "chat"), None)

    def spec(self, model: Model) -> ProviderSpec:
        return self._providers[model.provider].spec

    def routes(self, model: Model) -> tuple[Model, ...]:
        """Who can answer as this model: it at each provider that serves it, under the id that was asked for."""
        return self._routes.get(model.id, (model,))

    def fallbacks(self, model: Model) -> list[Model]:
        """Who answers instead, in the order of the file: the same model elsewhere or, in a chat, another one."""
        found: list[Model] = []
        for name in self._providers[model.provider].spec.fallbacks if model.provider in self._providers else ():
            there = [other for other in self._models.values() if other.provider == name and other.kind == model.kind]
            same = next((other for other in there if other.name == model.name), None)
            if same is not None:
                found.append(same)
            elif there and model.kind == "chat":
                found.append(there[0])
        return found

    def is_computed_here(self, model: Model) -> bool:
        return model is self._own_embedding

    def _look_up(self, asked: str | None) -> Model | None:
        if asked is None:
            return self.default()
        if (found := self._models.get(asked)) is not None:
            return found
        provider, _, name = asked.partition("/")
        found = next((m for m in self._models.values() if m.provider == provider and m.name == name), None)
        if found is not None and len(self.routes(found)) > 1:
            return msgspec.structs.replace(found, id=asked)
        return found

    async def _know_more(self) -> None:
        """Wait for the lists that are being read; ask for them when that was not just done."""
        asking = self._asking is not None and not self._asking.done()
        if not asking and time.monotonic() - self._asked < _PATIENCE:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.refresh()
        except TimeoutError:
            log.info("models_not_told_in_time")

    def _incomplete(self) -> bool:
        return any(name not in self._told for name in self._providers)

    async def _ask_all(self) -> None:
        self._asked = time.monotonic()
        asking = [provider for provider in self._providers.values() if provider.spec.models is None]
        await asyncio.gather(*map(self._ask, asking))

    async def _ask(self, provider: Provider) -> None:
        try:
            names = await provider.models()
        except TertuliaError as failure:
            log.warning("models_not_told", provider=provider.spec.name, code=failure.code)
            return
        specs = tuple(known_model(name, provider.spec.base_url) for name in names)
        unpriced = [spec.name for spec in specs if spec.price is None]
        if unpriced and provider.spec.name not in self._told:
            log.warning("models_without_price", provider=provider.spec.name, models=len(unpriced), first=unpriced[0])
        self._told[provider.spec.name] = specs
        self._collect()

    def _collect(self) -> None:
        models: dict[str, Model] = {}
        for name in self._providers:
            for spec in self._told.get(name, ()):
                identifier = self._identifier(name, spec.name, models)
                models[identifier] = Model(
                    id=identifier,
                    name=spec.name,
                    provider=name,
                    kind=_kind(spec),
                    context=spec.context,
                    price=spec.price,
                    price_changes=spec.price_changes,
                    owner=self._owner,
                    capabilities=spec.capabilities,
                )
        if self._own_embedding is not None:
            models.setdefault(self._own_embedding.id, self._own_embedding)
        self._models = models
        self._routes = {
            model.id: tuple(
                msgspec.structs.replace(other, id=model.id)
                for other in models.values()
                if other.name == model.name and other.kind == model.kind
            )
            for model in models.values()
            if model.id == model.name
        }

    def _identifier(self, provider: str, name: str, taken: Mapping[str, Model]) -> str:
        if self._owner is not None:
            return f"{OWN}{provider}/{name}"
        return name if name not in taken else f"{provider}/{name}"


def _kind(spec: ModelSpec) -> Kind:
    if spec.embeds or embeds(spec.name):
        return "embedding"
    return "chat" if chats(spec.name) else "other"
