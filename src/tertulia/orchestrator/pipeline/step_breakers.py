"""Whether a step that the answer can do without is worth trying: for this tenant, and at all.

A tenant whose step keeps failing (its documents are broken) is skipped alone. The step is skipped for everybody once
tenants have failed one after the other with nobody's success between: in that row each counts once, so that no tenant
can take the step from the others.
"""

from collections import OrderedDict
from collections.abc import Hashable
from functools import partial

import msgspec
import structlog
from prometheus_client import Counter, Gauge

from tertulia.orchestrator.breaker import Breaker, BreakerRules, State

log = structlog.get_logger()

MOST_TENANTS = 1000
"""So many that have failed are remembered for each step; the one that failed longest ago is forgotten first."""

_NO_SHARE = float("inf")
_RESTS = Gauge(
    "tertulia_pipeline_step_skipped", "1 while a step that keeps failing is skipped for everybody", ("step",)
)
_RESTED = Counter(
    "tertulia_pipeline_step_rests_total",
    "Times that a step began to be skipped: for one tenant, or all",
    ("step", "of"),
)


class StepBreakers:
    """Of one step."""

    def __init__(self, step: str, rules: BreakerRules) -> None:
        self._step = step
        self._rules = rules
        self._all = Breaker(msgspec.structs.replace(rules, share=_NO_SHARE), told=self._tell_all)
        self._failing: set[Hashable] = set()
        self._tenants: OrderedDict[Hashable, Breaker] = OrderedDict()

    def begin(self, tenant: Hashable) -> "Trial | None":
        """None where it is skipped; else say how it went, exactly once."""
        own = self._tenants.get(tenant)
        if own is not None and not own.begin():
            return None
        if not self._all.begin():
            if own is not None:
                own.undecided()
            return None
        return Trial(self, tenant, own)

    def succeeded(self, own: Breaker | None) -> None:
        self._failing.clear()
        self._all.succeeded()
        if own is not None:
            own.succeeded()

    def failed(self, tenant: Hashable, own: Breaker | None) -> None:
        """A tenant that is being probed itself, or has failed in this row before, says nothing of the others."""
        says_something = tenant not in self._failing and (own is None or own.state is State.CLOSED)
        self._remembered(tenant, own).failed()
        if says_something:
            self._failing.add(tenant)
            self._all.failed()
        else:
            self._all.undecided()

    def undecided(self, own: Breaker | None) -> None:
        self._all.undecided()
        if own is not None:
            own.undecided()

    def _remembered(self, tenant: Hashable, own: Breaker | None) -> Breaker:
        found = own or self._tenants.get(tenant) or Breaker(self._rules, told=partial(self._tell_tenant, tenant))
        self._tenants[tenant] = found
        self._tenants.move_to_end(tenant)
        if len(self._tenants) > MOST_TENANTS:
            self._tenants.popitem(last=False)
        return found

    def _tell_all(self, rest: float) -> None:
        self._failing.clear()
        _RESTS.labels(self._step).set(rest > 0)
        self._tell("all", rest)

    def _tell_tenant(self, tenant: Hashable, rest: float) -> None:
        self._tell("tenant", rest, tenant=str(tenant))

    def _tell(self, of: str, rest: float, **whose: str) -> None:
        if rest:
            _RESTED.labels(self._step, of).inc()
        log.warning("step_is_skipped" if rest else "step_is_tried_again", step=self._step, of=of, rest=rest, **whose)


class Trial:
    """One run of the step that was let through."""

    __slots__ = ("_breakers", "_own", "_tenant")

    def __init__(self, breakers: StepBreakers, tenant: Hashable, own: Breaker | None) -> None:
        self._breakers = breakers
        self._tenant = tenant
        self._own = own

    def succeeded(self) -> None:
        self._breakers.succeeded(self._own)

    def failed(self) -> None:
        self._breakers.failed(self._tenant, self._own)

    def undecided(self) -> None:
        """It told nothing of the step's health."""
        self._breakers.undecided(self._own)
