"""Which key of which provider is asked next: by weight among those that serve the model, then its fallbacks in order.

A target that its breaker refuses, or that asked for a rest, is passed over. Nothing is asked here.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial

import structlog
from prometheus_client import Counter, Gauge

from tertulia.orchestrator.breaker import Breaker, BreakerRules
from tertulia.orchestrator.providers.failures import (
    ProviderBusy,
    ProviderFailed,
    ProviderFailure,
    ProviderOutOfQuota,
    ProviderRejected,
    ProviderUnreachable,
)
from tertulia.orchestrator.providers.port import Provider
from tertulia.orchestrator.providers.registry import Model, Registry

log = structlog.get_logger()

_OPEN = Gauge("tertulia_provider_breaker_open", "1 while calls are refused", ("provider", "key", "model"))
_OPENED = Counter("tertulia_provider_breaker_opened_total", "Times that it opened", ("provider", "key", "model"))

_OUT_OF_QUOTA_REST = timedelta(minutes=5)
_UNASKED_REST = timedelta(seconds=1)
"""What ``failures`` says where the provider named no time."""


class Target:
    """One key at one provider, for one model."""

    __slots__ = ("breaker", "model", "provider")

    def __init__(self, provider: Provider, model: Model, breaker: Breaker) -> None:
        self.provider = provider
        self.model = model
        self.breaker = breaker

    def judge(self, failure: ProviderFailure) -> None:
        """What a failure says about it."""
        breaker = self.breaker
        if isinstance(failure, ProviderRejected):
            breaker.succeeded()
        elif isinstance(failure, ProviderOutOfQuota):
            breaker.sleep(_OUT_OF_QUOTA_REST)
        elif isinstance(failure, ProviderBusy):
            breaker.sleep(failure.retry_after or _UNASKED_REST)
        else:
            breaker.failed()
            if isinstance(failure, ProviderFailed) and failure.retry_after and failure.retry_after > _UNASKED_REST:
                breaker.sleep(failure.retry_after)


class Targets:
    """``providers`` are by name, one for each of its keys. ``choose`` is for tests."""

    def __init__(
        self,
        registry: Registry,
        providers: Mapping[str, Sequence[Provider]],
        rules: BreakerRules,
        *,
        choose: Callable[[], float] = random.random,
    ) -> None:
        self._registry = registry
        self._providers = providers
        self._rules = rules
        self._choose = choose
        self._targets: dict[Model, list[Target]] = {}
        self._breakers: dict[tuple[str, str, str], Breaker] = {}

    def next(self, model: Model, passed_over: Iterable[Target], *, alone: bool = False) -> Target | None:
        """The next to ask, whose breaker has let this call through; None when none is left.

        ``alone``: nobody but the model's own provider will do.
        """
        out = set(passed_over)
        routes = [model] if alone else list(self._registry.routes(model))
        while routes:
            chosen = self._by_weight(routes)
            if (target := self._free(chosen, out)) is not None:
                return target
            routes.remove(chosen)
        for fallback in () if alone else self._registry.fallbacks(model):
            if (target := self._free(fallback, out)) is not None:
                return target
        return None

    def nobody(self, model: Model) -> ProviderFailure:
        """Why no target can be asked at all, with the shortest time after which one can."""
        all_of_it = [*self._registry.routes(model), *self._registry.fallbacks(model)]
        breakers = [target.breaker for one in all_of_it for target in self.of(one)]
        asleep = [breaker.asleep_for() for breaker in breakers if breaker.asleep_for() > 0]
        if asleep and len(asleep) == len(breakers):
            return ProviderBusy(
                "The model's provider is at its limit. Try again shortly.", retry_after=timedelta(seconds=min(asleep))
            )
        soonest = min((breaker.ready_in() for breaker in breakers), default=1.0)
        return ProviderUnreachable(
            "The model's provider is failing and is given a rest. Try again shortly, or choose another model.",
            retry_after=timedelta(seconds=min(max(soonest, 1.0), 60.0)),
        )

    def _by_weight(self, routes: list[Model]) -> Model:
        if len(routes) == 1:
            return routes[0]
        weights = [self._providers[route.provider][0].spec.weight for route in routes]
        point = self._choose() * sum(weights)
        for route, weight in zip(routes, weights, strict=True):
            point -= weight
            if point < 0:
                return route
        return routes[-1]

    def _free(self, model: Model, out: set[Target]) -> Target | None:
        """The one of the provider's keys that has rested longest, of those that have not failed lately if there are."""
        targets = self.of(model)
        if len(targets) > 1:
            targets.sort(key=lambda target: target.breaker.failed_lately())
        for at, target in enumerate(targets):
            if target not in out and target.breaker.begin():
                targets.append(targets.pop(at))
                return target
        return None

    def of(self, model: Model) -> list[Target]:
        """The model at its provider, by each of the provider's keys."""
        found = self._targets.get(model)
        if found is None:
            found = self._targets[model] = [
                Target(provider, model, self._breaker(model, number))
                for number, provider in enumerate(self._providers.get(model.provider, ()), 1)
            ]
        return found

    def _breaker(self, model: Model, key: int) -> Breaker:
        name = (model.provider, str(key), model.name)
        if name not in self._breakers:
            shown = name if model.owner is None else (self._registry.spec(model).label, "", "")
            self._breakers[name] = Breaker(self._rules, told=partial(_tell, shown))
        return self._breakers[name]


def _tell(name: tuple[str, str, str], rest: float) -> None:
    """``name`` is provider, key's number and model."""
    _OPEN.labels(*name).set(rest > 0)
    provider, key, model = name
    if rest:
        _OPENED.labels(*name).inc()
        log.warning("breaker_opened", provider=provider, key=key, model=model, rest=rest)
    else:
        log.info("breaker_closed", provider=provider, key=key, model=model)
