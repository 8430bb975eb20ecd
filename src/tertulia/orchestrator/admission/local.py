"""What a process may give out alone while Valkey is away: its part of each limit, never nothing and never all."""

import time

from tertulia.orchestrator.admission.types import ProviderLimits


class LocalAllowance:
    """Evenly over time, without bursts; ``replicas`` is how many processes were last known to share the limits."""

    def __init__(self, limits: ProviderLimits) -> None:
        self._limits = limits
        self._free_at = {"requests": 0.0, "tokens": 0.0}
        self.replicas = 1

    def take(self, held: int, tokens: int) -> bool:
        limits, now = self._limits, time.monotonic()
        if limits.concurrency is not None and held >= max(1, limits.concurrency // self.replicas):
            return False
        if any(free_at > now for free_at in self._free_at.values()):
            return False
        for name, limit, cost in (("requests", limits.requests, 1), ("tokens", limits.tokens, tokens)):
            if limit is not None:
                self._free_at[name] = now + cost * limits.per.total_seconds() * self.replicas / limit
        return True
