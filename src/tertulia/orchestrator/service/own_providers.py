"""A workspace's own providers: its own keys at providers that it pays itself, beside the models of the installation.

Their keys are sealed with the workspace's key and never shown again. They may lead to the open internet only, unless
the operator says otherwise. Limits of the installation's providers do not count for them; the workspace's own do.
"""

import base64
from collections import OrderedDict
from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.breaker import BreakerRules
from tertulia.orchestrator.providers.failures import ProviderFailure
from tertulia.orchestrator.providers.file import ModelSpec, ProviderSpec
from tertulia.orchestrator.providers.port import Provider
from tertulia.orchestrator.providers.registry import OWN, Catalogue, Model, Registry
from tertulia.orchestrator.providers.targets import Targets
from tertulia.orchestrator.schemas.own_providers import MOST_MODELS, OwnKind
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.request import wrong
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.orchestrator.settings import Reach
from tertulia.platform.envelopes import MasterKeyMissing, SealBroken
from tertulia.platform.errors import Conflict, Forbidden, NotFound
from tertulia.platform.http.guard import NotPublic, require_public

log = structlog.get_logger()

MOST_PROVIDERS = 10
_MOST_KEPT = 500
_SHOWN = 4


class OwnProvider(msgspec.Struct, frozen=True):
    """``sealed`` is the key; ``key_end`` its last characters, by which its owner knows it."""

    name: str
    kind: OwnKind
    base_url: str
    sealed: str
    key_end: str
    models: tuple[str, ...]


class OwnProviderList(msgspec.Struct, frozen=True):
    setting: ClassVar[str] = "providers"
    providers: tuple[OwnProvider, ...] = ()

    def named(self, name: str) -> OwnProvider | None:
        return next((one for one in self.providers if one.name == name), None)

    def without(self, name: str) -> "OwnProviderList":
        return OwnProviderList(tuple(one for one in self.providers if one.name != name))


class Wish(msgspec.Struct, frozen=True):
    """``key`` is None to keep the one that is known; without ``models`` the provider is asked for its own list."""

    name: str
    kind: OwnKind
    base_url: str
    key: str | None
    models: tuple[str, ...] | None


class OwnProvidersOff(Forbidden):
    code, title = "own_providers_off", "Not offered here"


class TooManyProviders(Conflict):
    code, title = "too_many_providers", "Too many providers"


class ProviderKeyLost(Conflict):
    code, title = "provider_key_lost", "The provider's key is lost"


class NoSuchProvider(NotFound):
    code, title = "provider_not_found", "No such provider"


class _Known(msgspec.Struct, frozen=True):
    """What was made of a list; ``of`` is that list, so that a change shows."""

    of: OwnProviderList
    registry: Registry
    targets: Targets
    lost: frozenset[str]
    """Those whose key cannot be opened any more."""


class OwnProviders:
    """``speak`` makes the adapters of a provider."""

    def __init__(
        self,
        shared: Registry,
        chosen: WorkspaceSettings,
        keys: Keys,
        speak: Callable[[ProviderSpec], list[Provider]],
        *,
        rules: BreakerRules,
        reach: Reach,
    ) -> None:
        self._shared = shared
        self._chosen = chosen
        self._keys = keys
        self._speak = speak
        self._rules = rules
        self._reach = reach
        self._known: OrderedDict[UUID, _Known] = OrderedDict()

    async def catalogue(self, workspace_id: UUID) -> Catalogue:
        """All that the workspace may use. Raises: Unavailable when that cannot be known."""
        listed = await self.of(workspace_id)
        if not listed.providers or self._reach == "off":
            return self._shared
        known = self._known.get(workspace_id)
        if known is None or known.of != listed:
            known = await self._make(workspace_id, listed)
        self._known[workspace_id] = known
        self._known.move_to_end(workspace_id)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return _Both(known, self._shared)

    async def targets(self, workspace_id: UUID) -> Targets:
        """Whom a call may be made to for which a model was found in the catalogue.

        Others may have taken its place since: it is made again then. Raises: Unavailable.
        """
        if workspace_id not in self._known:
            await self.catalogue(workspace_id)
        known = self._known.get(workspace_id)
        return known.targets if known is not None else Targets(Registry([]), {}, self._rules)

    async def of(self, workspace_id: UUID) -> OwnProviderList:
        return await self._chosen.get(workspace_id, OwnProviderList)

    async def put(self, workspace_id: UUID, user_id: UUID, wish: Wish) -> OwnProvider:
        """Keeps a provider, new or in place of the one of that name, once it has answered.

        Raises: OwnProvidersOff, Unprocessable, TooManyProviders.
        """
        self._require_reachable(wish.base_url)
        before = (await self.of(workspace_id)).named(wish.name)
        secret = wish.key or await self._kept_key(workspace_id, wish, before)
        made = OwnProvider(
            wish.name,
            wish.kind,
            wish.base_url.rstrip("/"),
            await self._sealed(workspace_id, wish.name, secret),
            secret[-_SHOWN:],
            wish.models or await self._ask_models(wish, secret),
        )

        def with_it(listed: OwnProviderList) -> OwnProviderList:
            others = listed.without(wish.name)
            if len(others.providers) >= MOST_PROVIDERS:
                raise TooManyProviders(f"A workspace may have {MOST_PROVIDERS} providers of its own. Remove one first.")
            return OwnProviderList((*others.providers, made))

        await self._chosen.change(workspace_id, user_id, OwnProviderList, with_it)
        return made

    async def remove(self, workspace_id: UUID, user_id: UUID, name: str) -> None:
        """Raises: NoSuchProvider."""

        def without_it(listed: OwnProviderList) -> OwnProviderList:
            if listed.named(name) is None:
                raise NoSuchProvider("The workspace has no provider of this name.")
            return listed.without(name)

        await self._chosen.change(workspace_id, user_id, OwnProviderList, without_it)
        self.forget(workspace_id)

    def forget(self, workspace_id: UUID) -> None:
        """What was made of its list, keys included."""
        self._known.pop(workspace_id, None)

    def _require_reachable(self, base_url: str) -> None:
        if self._reach == "off":
            raise OwnProvidersOff("Providers of one's own are switched off in this installation.")
        if self._reach == "public":
            try:
                require_public(base_url)
            except NotPublic:
                raise wrong("base_url", "must be a web address on the open internet") from None

    async def _kept_key(self, workspace_id: UUID, wish: Wish, before: OwnProvider | None) -> str:
        """A key goes to no other address than the one it was given for."""
        if before is None or before.base_url != wish.base_url.rstrip("/"):
            raise wrong("api_key", "is needed for a new provider and for a new address")
        try:
            return await self._opened(workspace_id, before)
        except MasterKeyMissing:
            raise
        except SealBroken as lost:
            raise wrong("api_key", "is needed anew: the known one can no longer be opened") from lost

    async def _ask_models(self, wish: Wish, secret: str) -> tuple[str, ...]:
        spec = ProviderSpec(wish.name, wish.base_url.rstrip("/"), (secret,), kind=wish.kind, own=True)
        (provider,) = self._speak(spec)
        try:
            names = await provider.models()
        except ProviderFailure as failure:
            problem = f"did not list its models with this key ({failure.code}); check both, or name the models"
            raise wrong("base_url", problem) from failure
        if not names or len(names) > MOST_MODELS:
            raise wrong("models", f"the provider told {len(names)} models; name those that are wanted")
        return tuple(names)

    async def _make(self, workspace_id: UUID, listed: OwnProviderList) -> _Known:
        specs, lost = [], set()
        for one in listed.providers:
            try:
                secret = await self._opened(workspace_id, one)
            except MasterKeyMissing:
                raise
            except SealBroken:
                log.warning("own_provider_key_lost", workspace_id=str(workspace_id), provider=one.name)
                lost.add(one.name)
                continue
            models = tuple(map(ModelSpec, one.models))
            specs.append(ProviderSpec(one.name, one.base_url, (secret,), kind=one.kind, models=models, own=True))
        speaking = {spec.name: self._speak(spec) for spec in specs}
        registry = Registry([keys[0] for keys in speaking.values()], owner=workspace_id)
        return _Known(listed, registry, Targets(registry, speaking, self._rules), frozenset(lost))

    async def _sealed(self, workspace_id: UUID, name: str, secret: str) -> str:
        key = await self._keys.of(workspace_id)
        return base64.b64encode(key.seal(secret.encode(), _place(workspace_id, name))).decode()

    async def _opened(self, workspace_id: UUID, one: OwnProvider) -> str:
        key = await self._keys.of(workspace_id)
        return key.open(base64.b64decode(one.sealed), _place(workspace_id, one.name)).decode()


class _Both:
    """A ``Catalogue``: the workspace's own models first, then the installation's."""

    def __init__(self, known: _Known, shared: Registry) -> None:
        self._own = known.registry
        self._lost = known.lost
        self._shared = shared

    async def models(self) -> list[Model]:
        return [*await self._own.models(), *await self._shared.models()]

    async def find(self, asked: str | None) -> Model:
        """Raises: ProviderKeyLost, as ``Registry.find``."""
        name = (asked or "").removeprefix(OWN).partition("/")[0]
        if name in self._lost and self._is_own(asked):
            raise ProviderKeyLost(
                f"The key of the provider `{name}` can no longer be opened, since the workspace's own key was lost. An "
                "owner or admin enters it again under Settings → Providers.",
                param="model",
            )
        return await (self._own if self._is_own(asked) else self._shared).find(asked)

    def default(self) -> Model | None:
        return self._shared.default() or self._own.default()

    def spec(self, model: Model) -> ProviderSpec:
        return (self._shared if model.owner is None else self._own).spec(model)

    def is_computed_here(self, model: Model) -> bool:
        return self._shared.is_computed_here(model)

    def _is_own(self, asked: str | None) -> bool:
        """An installation without a provider leaves the default to the workspace."""
        return self._shared.default() is None if asked is None else asked.startswith(OWN)


def _place(workspace_id: UUID, name: str) -> str:
    return f"{workspace_id} provider {name}"
