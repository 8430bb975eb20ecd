"""What operators see of admission: how long plans wait, how deep queues are, what is refused, how full a limit is."""

from prometheus_client import Counter, Gauge, Histogram

WAIT = Histogram(
    "tertulia_admission_wait_seconds",
    "From asking for a permit to having it",
    ("plan", "kind"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
WAITING = Gauge("tertulia_admission_waiting", "Calls that wait for a provider, over all replicas", ("provider",))
BATCHES_WAITING = Gauge("tertulia_admission_batches_waiting", "Those of them that are lines of batches", ("provider",))
REFUSED = Counter("tertulia_admission_refused_total", "Calls that got no permit", ("provider", "reason", "kind"))
GIVEN = Counter("tertulia_admission_permits_total", "Permits given to this process", ("provider", "where"))
TOKENS = Counter("tertulia_admission_tokens_total", "Tokens of those permits, as estimated", ("provider",))
HELD = Gauge("tertulia_admission_held", "Permits held, over all replicas", ("provider",))
LIMIT = Gauge("tertulia_admission_limit", "A provider's limit", ("provider", "kind"))
UTILISATION = Gauge("tertulia_admission_utilisation", "Share of a provider's concurrency that is in use", ("provider",))
