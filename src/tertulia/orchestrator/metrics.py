"""What operators see of generations: how they end, what they use, how long the first token takes and by whose fault."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

ENDS = Counter("tertulia_generations_total", "Generations by how they ended", ("source", "kind", "status", "error"))
TOKENS = Counter("tertulia_tokens_total", "Tokens used", ("model", "direction"))
FIRST_TOKEN = Histogram(
    "tertulia_first_token_seconds", "From taking the work to the first token", ("source",), buckets=_SECONDS
)
OUR_SHARE = Histogram(
    "tertulia_first_token_own_seconds",
    "Our share of the time to the first token: what passed before the provider was called",
    ("source",),
    buckets=_SECONDS,
)
RUNNING = Gauge("tertulia_generations_running", "Generations that this process works on", ("source",))
UNRECORDED = Gauge("tertulia_generations_unrecorded", "Ended generations that the database has not taken yet")
