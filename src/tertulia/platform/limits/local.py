"""A small share of each limit, given out by one process alone while Valkey is away: never nothing, never unlimited."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from tertulia.platform.limits.types import Bucket, Decision, LeaseLimit, State

_V = TypeVar("_V")
_KEPT = 20_000
_REMEMBER_REVOKED = 15 * 60.0
_DEBT_PERIODS = 10


class LocalLimits:
    """The same rules as the script's, on this process's clock; the least recently used keys are forgotten."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._leases: OrderedDict[str, dict[str, float]] = OrderedDict()
        self._revoked: OrderedDict[str, float] = OrderedDict()

    def admit(self, buckets: Sequence[Bucket], leases: Sequence[LeaseLimit], revoked: Sequence[str]) -> Decision:
        now = time.monotonic()
        if any(self._revoked.get(marker, 0.0) > now for marker in revoked):
            return Decision(allowed=False, revoked=True)
        denied, wait = self._denied(buckets, leases, now)
        if denied is None:
            for bucket in buckets:
                self._take(bucket, bucket.cost, now)
            for lease in leases:
                self._held(lease, now)[lease.id] = now + lease.ttl.total_seconds()
        states = (*(self._bucket_state(b, now) for b in buckets), *(self._lease_state(one, now) for one in leases))
        return Decision(
            allowed=denied is None,
            denied_by=denied,
            states=states,
            retry_after=None if denied is None else timedelta(seconds=wait),
        )

    def move(self, bucket: Bucket, cost: int) -> None:
        self._take(bucket, cost, time.monotonic())

    def release(self, lease: LeaseLimit) -> None:
        if held := self._leases.get(lease.key):
            held.pop(lease.id, None)

    def remember_revoked(self, marker: str) -> None:
        _put(self._revoked, marker, time.monotonic() + _REMEMBER_REVOKED)

    def _denied(self, buckets: Sequence[Bucket], leases: Sequence[LeaseLimit], now: float) -> tuple[str | None, float]:
        for bucket in buckets:
            period = bucket.per.total_seconds()
            over = self._full(bucket, now) + max(bucket.cost, 1) * self._one(bucket) - (now + period)
            if over > 0:
                return bucket.key, over
        for lease in leases:
            held = self._held(lease, now)
            if lease.id not in held and len(held) >= self._places(lease):
                return lease.key, 1.0
        return None, 0.0

    def _size(self, bucket: Bucket) -> int:
        share = self._share if bucket.local_share is None else bucket.local_share
        return max(1, int(bucket.capacity * share))

    def _places(self, lease: LeaseLimit) -> int:
        return max(1, int(lease.limit * self._share))

    def _one(self, bucket: Bucket) -> float:
        return bucket.per.total_seconds() / self._size(bucket)

    def _full(self, bucket: Bucket, now: float) -> float:
        return max(self._full_at.get(bucket.key, 0.0), now)

    def _take(self, bucket: Bucket, cost: int, now: float) -> None:
        most = now + bucket.per.total_seconds() * (1 + _DEBT_PERIODS)
        _put(self._full_at, bucket.key, min(self._full(bucket, now) + cost * self._one(bucket), most))

    def _held(self, lease: LeaseLimit, now: float) -> dict[str, float]:
        held = {id_: ends for id_, ends in self._leases.get(lease.key, {}).items() if ends > now}
        _put(self._leases, lease.key, held)
        return held

    def _bucket_state(self, bucket: Bucket, now: float) -> State:
        full = self._full(bucket, now)
        left = int((now + bucket.per.total_seconds() - full) / self._one(bucket))
        return State(bucket.capacity, max(0, left), timedelta(seconds=full - now))

    def _lease_state(self, lease: LeaseLimit, now: float) -> State:
        return State(lease.limit, max(0, self._places(lease) - len(self._held(lease, now))), timedelta(0))


def _put(kept: OrderedDict[str, _V], key: str, value: _V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > _KEPT:
        kept.popitem(last=False)
