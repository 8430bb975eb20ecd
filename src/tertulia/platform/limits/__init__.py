"""Rates and concurrency, exact across replicas: one Lua script, one round trip, Valkey's clock.

A bucket is kept as the time at which it will be full again (GCRA): one number, whatever its size. A lease is a member
of a sorted set that ends with its release or its time. Which limits a call has, and what a refusal says, is the
caller's.

Keys carry the tenant in braces (``rate:{<workspace>}:requests``), so that a cluster holds them in one slot. Markers of
revoked credentials have tags of their own: on a cluster ``admit`` becomes two calls, markers first, with no other
change.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import timedelta

import structlog
from prometheus_client import Counter

from tertulia.platform.limits.local import LocalLimits
from tertulia.platform.limits.scripts import ADMIT, HOLD, MOVE, SETTLE, SETTLE_ONCE
from tertulia.platform.limits.types import Bucket, Decision, LeaseLimit, State
from tertulia.platform.valkey import Argument, Valkey, ValkeyUnavailable

__all__ = ["Bucket", "Decision", "LeaseLimit", "Limits", "State"]

log = structlog.get_logger()
_MOST_UNSETTLED = 10_000
_DECISIONS = Counter("tertulia_limits_decisions_total", "Admissions asked for", ["outcome", "where"])


class Limits:
    """Admission for one process; all processes on one Valkey share its numbers."""

    def __init__(self, valkey: Valkey, *, local_share: float = 0.1) -> None:
        """``local_share``: the part of each limit that this process may give out while Valkey is away."""
        self._valkey = valkey
        self._local = LocalLimits(local_share)
        self._unsettled: deque[tuple[Bucket, int, LeaseLimit]] = deque()
        self._settling: asyncio.Task[None] | None = None

    async def admit(
        self, buckets: Sequence[Bucket], leases: Sequence[LeaseLimit] = (), revoked: Sequence[str] = ()
    ) -> Decision:
        """Take from all buckets and take all leases, or none; a marker among ``revoked`` refuses outright.

        A bucket with cost 0 must hold something and gives nothing. Valkey being away is no error: a small local share
        is given out then, and markers that this process has seen still refuse.
        """
        keys = [*revoked, *(bucket.key for bucket in buckets), *(lease.key for lease in leases)]
        args: list[Argument] = [len(revoked), len(buckets)]
        for bucket in buckets:
            args += (bucket.capacity, _micros(bucket.per), bucket.cost)
        for lease in leases:
            args += (lease.id, lease.limit, _micros(lease.ttl))
        try:
            marked, denied, wait, *numbers = await self._valkey.eval(ADMIT, keys, args)
        except ValkeyUnavailable:
            decision = self._local.admit(buckets, leases, revoked)
            _DECISIONS.labels("admitted" if decision.allowed else "denied", "local").inc()
            return decision
        if marked:
            self._local.remember_revoked(revoked[marked - 1])
            _DECISIONS.labels("revoked", "valkey").inc()
            return Decision(allowed=False, revoked=True)
        asked: list[Bucket | LeaseLimit] = [*buckets, *leases]
        states = tuple(
            State(one.bound, numbers[2 * i], timedelta(microseconds=numbers[2 * i + 1])) for i, one in enumerate(asked)
        )
        _DECISIONS.labels("denied" if denied else "admitted", "valkey").inc()
        if not denied:
            return Decision(allowed=True, states=states)
        retry = timedelta(microseconds=wait) if wait >= 0 else None
        return Decision(allowed=False, denied_by=asked[denied - 1].key, states=states, retry_after=retry)

    async def refund(self, bucket: Bucket) -> None:
        """Give back what an admission took; never above the bucket's capacity."""
        await self._move(bucket, -bucket.cost)

    async def debit(self, bucket: Bucket, cost: int) -> None:
        """Take without asking: the bucket may go below zero, by ten periods' worth at most, and refuses until then."""
        await self._move(bucket, cost)

    async def hold(self, lease: LeaseLimit) -> None:
        """Keep a place for its ttl from now. One that has ended stays so. Raises: ValkeyUnavailable."""
        await self._valkey.eval(HOLD, (lease.key,), (lease.id, _micros(lease.ttl)))

    async def release(self, lease: LeaseLimit) -> None:
        """End a lease; one that has ended already is no error. While Valkey is away it ends by its time."""
        self._local.release(lease)
        try:
            await self._valkey.call("ZREM", lease.key, lease.id)
        except ValkeyUnavailable:
            log.warning("lease_left_to_expire", key=lease.key)

    async def settle(self, bucket: Bucket, cost: int, lease: LeaseLimit) -> None:
        """``debit`` and ``release`` in one round trip, for the end of a piece of work; later when Valkey is away."""
        self._local.release(lease)
        try:
            await self._settle(SETTLE, bucket, cost, lease)
        except ValkeyUnavailable:
            self._local.move(bucket, cost)
            if len(self._unsettled) < _MOST_UNSETTLED:
                self._unsettled.append((bucket, cost, lease))
            return
        if self._unsettled and self._settling is None:
            self._settling = asyncio.create_task(self._settle_late(), name="settle late")

    async def _settle(self, script: str, bucket: Bucket, cost: int, lease: LeaseLimit) -> None:
        args = (bucket.capacity, _micros(bucket.per), cost, lease.id)
        await self._valkey.eval(script, (bucket.key, lease.key), args)

    async def _settle_late(self) -> None:
        """A store that was only slow has kept the leases: left to expire they would fill their holders' limits."""
        try:
            while self._unsettled:
                await self._settle(SETTLE_ONCE, *self._unsettled[0])
                self._unsettled.popleft()
        except ValkeyUnavailable as error:
            log.info("still_unsettled", count=len(self._unsettled), reason=error.reason)
        finally:
            self._settling = None

    async def _move(self, bucket: Bucket, cost: int) -> None:
        try:
            await self._valkey.eval(MOVE, (bucket.key,), (bucket.capacity, _micros(bucket.per), cost))
        except ValkeyUnavailable:
            self._local.move(bucket, cost)


def _micros(time: timedelta) -> int:
    return time // timedelta(microseconds=1)
