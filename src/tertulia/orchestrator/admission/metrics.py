"""What operators see of admission: how long plans wait, how deep queues are, what is refused, how full a limit is."""

from prometheus_client import Counter, Gauge, Histogram

from tertulia.orchestrator.admission.types import ProviderLimits

WAIT = Histogram(
    "tertulia_admission_wait_seconds",
    "From asking for a permit to having it",
    ("plan", "kind"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
_WAITING = Gauge("tertulia_admission_waiting", "Calls that wait for a provider, over all replicas", ("provider",))
_BATCHES_WAITING = Gauge("tertulia_admission_batches_waiting", "Those of them that are lines of batches", ("provider",))
REFUSED = Counter("tertulia_admission_refused_total", "Calls that got no permit", ("provider", "reason", "kind"))
_GIVEN = Counter("tertulia_admission_permits_total", "Permits given to this process", ("provider", "where"))
_TOKENS = Counter("tertulia_admission_tokens_total", "Tokens of those permits, as estimated", ("provider",))
_HELD = Gauge("tertulia_admission_held", "Permits held, over all replicas", ("provider",))
_LIMIT = Gauge("tertulia_admission_limit", "A provider's limit", ("provider", "kind"))
_UTILISATION = Gauge(
    "tertulia_admission_utilisation", "Share of a provider's concurrency that is in use", ("provider",)
)


class GateMetrics:
    """One provider's."""

    def __init__(self, provider: str, limits: ProviderLimits) -> None:
        self.given = _GIVEN.labels(provider, "valkey")
        self.given_alone = _GIVEN.labels(provider, "local")
        self.tokens_given = _TOKENS.labels(provider)
        self.batches_waiting = _BATCHES_WAITING.labels(provider)
        self.held = _HELD.labels(provider)
        self.waiting = _WAITING.labels(provider)
        self._utilisation = _UTILISATION.labels(provider)
        self._concurrency = limits.concurrency
        for kind in ("requests", "tokens", "concurrency"):
            if (limit := getattr(limits, kind)) is not None:
                _LIMIT.labels(provider, kind).set(limit)

    def see(self, held: int, waiting: int) -> None:
        self.held.set(held)
        self.waiting.set(waiting)
        if self._concurrency is not None:
            self._utilisation.set(held / self._concurrency)
