"""Limits: exact on one Valkey for any number of clients, all or nothing, and a small share while Valkey is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tertulia.platform.limits import Bucket, LeaseLimit, Limits
from tertulia.platform.valkey import Valkey

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)


@pytest.fixture
async def valkey(servers: Any) -> AsyncIterator[Valkey]:
    async with Valkey(servers.valkey.url, name="test", deadline=timedelta(seconds=2)) as opened:
        yield opened


def _bucket(capacity: int, per: timedelta = HOUR, cost: int = 1) -> Bucket:
    return Bucket(f"rate:{{{uuid4()}}}", capacity, per, cost)


def _lease(limit: int, key: str | None = None) -> LeaseLimit:
    return LeaseLimit(key or f"lease:{{{uuid4()}}}", uuid4().hex, limit, HOUR)


async def test_a_bucket_gives_its_capacity_and_then_says_when_to_come_back(valkey: Valkey) -> None:
    """After the last token the answer is no, with the time until the next one."""
    limits, bucket = Limits(valkey), _bucket(3)
    remaining = [(await limits.admit([bucket])).states[0].remaining for _ in range(3)]
    refused = await limits.admit([bucket])
    assert remaining == [2, 1, 0]
    assert (refused.allowed, refused.denied_by) == (False, bucket.key)
    assert refused.retry_after is not None
    assert timedelta(minutes=19) < refused.retry_after <= timedelta(minutes=20)


async def test_all_or_nothing(valkey: Valkey) -> None:
    """A refusal by the last of several limits takes nothing from the others."""
    limits, wide, narrow, lease = Limits(valkey), _bucket(10), _bucket(1), _lease(1)
    assert (await limits.admit([wide, narrow], [lease])).allowed
    other = LeaseLimit(lease.key, uuid4().hex, 1, HOUR)
    assert (await limits.admit([wide], [other])).denied_by == lease.key
    assert (await limits.admit([wide, narrow])).denied_by == narrow.key
    assert (await limits.admit([wide])).states[0].remaining == 8


async def test_a_revoked_marker_refuses_and_takes_nothing(valkey: Valkey) -> None:
    """A revoked credential is refused whatever is left."""
    limits, bucket, marker = Limits(valkey), _bucket(2), f"revoked:{uuid4()}"
    assert (await limits.admit([bucket], revoked=[marker])).allowed
    await valkey.call("SET", marker, "1", "EX", 60)
    refused = await limits.admit([bucket], revoked=[marker])
    assert (refused.allowed, refused.revoked) == (False, True)
    assert (await limits.admit([bucket])).states[0].remaining == 0


async def test_refund_gives_back_at_most_what_there_was(valkey: Valkey) -> None:
    """A refund makes the try undone; more refunds than tries make no more than the capacity."""
    limits, bucket = Limits(valkey), _bucket(2)
    await limits.admit([bucket])
    for _ in range(5):
        await limits.refund(bucket)
    assert [(await limits.admit([bucket])).allowed for _ in range(3)] == [True, True, False]


async def test_debit_goes_below_zero_and_a_bucket_of_cost_zero_only_looks(valkey: Valkey) -> None:
    """Tokens are counted after they were used: from then on the bucket refuses, without taking anything itself."""
    limits, tokens = Limits(valkey), _bucket(1000, cost=0)
    assert (await limits.admit([tokens])).states[0].remaining == 1000
    await limits.debit(tokens, 2500)
    refused = await limits.admit([tokens])
    assert refused.allowed is False
    assert refused.retry_after is not None
    assert refused.retry_after > timedelta(hours=1.4)


async def test_what_can_never_be_admitted_has_no_time_to_come_back(valkey: Valkey) -> None:
    """A cost above the capacity is refused for good."""
    assert (await Limits(valkey).admit([_bucket(2, cost=3)])).retry_after is None


async def test_leases_end_with_release_or_time(valkey: Valkey) -> None:
    """A place is free again when it is released, and when its time is over although nobody released it."""
    limits, first = Limits(valkey), _lease(1)
    assert (await limits.admit([], [first])).states[0].remaining == 0
    assert (await limits.admit([], [first])).allowed, "the same id renews its place"
    second = LeaseLimit(first.key, "second", 1, timedelta(milliseconds=1))
    assert not (await limits.admit([], [second])).allowed
    await limits.release(first)
    assert (await limits.admit([], [second])).allowed
    async with asyncio.timeout(5):
        while not (await limits.admit([], [_lease(1, first.key)])).allowed:
            await asyncio.sleep(0)


async def test_a_place_that_is_held_outlives_its_first_time(valkey: Valkey) -> None:
    """Who works on it keeps it; once it is given back, a late word of its holder does not bring it again."""
    limits, first = Limits(valkey), _lease(1)
    short = LeaseLimit(first.key, first.id, 1, timedelta(seconds=30))
    assert (await limits.admit([], [short])).allowed
    await limits.hold(first)
    assert int(await valkey.call("PTTL", first.key)) > 60_000
    assert not (await limits.admit([], [_lease(1, first.key)])).allowed
    await limits.release(first)
    await limits.hold(first)
    assert (await limits.admit([], [_lease(1, first.key)])).allowed


async def test_an_end_settles_its_tokens_and_its_place_at_once(valkey: Valkey) -> None:
    """What was used is off the bucket and the place is free again; nothing used leaves the bucket whole."""
    limits, tokens, place = Limits(valkey), _bucket(1000, cost=0), _lease(1)
    for used, left in ((0, 1000), (400, 600), (600, 0)):
        assert (await limits.admit([], [place])).allowed
        await limits.settle(tokens, used, place)
        assert (await limits.admit([], [LeaseLimit(place.key, f"next {used}", 1, timedelta(milliseconds=1))])).allowed
        assert (await limits.admit([tokens])).states[0].remaining == left
        async with asyncio.timeout(5):
            while not (await limits.admit([], [place])).allowed:
                await asyncio.sleep(0)


async def test_an_end_that_valkey_missed_is_settled_when_it_is_back(servers: Any, valkey: Valkey) -> None:
    """Places of a store that was only slow are not missing for the rest of their time, and nothing is charged twice."""
    async with Valkey(servers.valkey.url, name="impatient", deadline=timedelta(milliseconds=50)) as impatient:
        limits, tokens, places = Limits(impatient), _bucket(1000, cost=0), [_lease(3, f"lease:{{{uuid4()}}}")]
        places += [_lease(3, places[0].key) for _ in range(2)]
        for place in places:
            assert (await Limits(valkey).admit([], [place])).allowed
        servers.valkey.pause()
        try:
            for place in places[:2]:
                await limits.settle(tokens, 100, place)
        finally:
            servers.valkey.resume()
        async with asyncio.timeout(60):
            while await valkey.call("ZCARD", places[0].key):
                await limits.settle(tokens, 0, places[2])
        assert (await Limits(valkey).admit([tokens])).states[0].remaining == 800


async def test_four_clients_at_once_never_exceed(servers: Any) -> None:
    """Four replicas that ask as fast as they can get exactly the capacity, and exactly the places."""
    bucket, key = _bucket(50), f"lease:{{{uuid4()}}}"
    async with AsyncExitStack() as stack:
        replicas = [
            Limits(await stack.enter_async_context(Valkey(servers.valkey.url, name="r", deadline=timedelta(seconds=5))))
            for _ in range(4)
        ]
        asked = [replica.admit([bucket]) for replica in replicas for _ in range(40)]
        assert sum(d.allowed for d in await asyncio.gather(*asked)) == 50
        placed = [replica.admit([], [_lease(7, key)]) for replica in replicas for _ in range(10)]
        assert sum(d.allowed for d in await asyncio.gather(*placed)) == 7


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["admit", "debit", "refund"]), st.integers(0, 7)), min_size=1, max_size=25
    ),
    capacity=st.integers(1, 20),
)
def test_a_bucket_is_as_a_model_of_it(servers: Any, steps: list[tuple[str, int]], capacity: int) -> None:
    """Over an hour's bucket nothing flows back during the test: the script agrees with plain arithmetic."""

    async def run() -> None:
        key = f"rate:{{{uuid4()}}}"
        left = capacity
        async with Valkey(servers.valkey.url, name="t", deadline=timedelta(seconds=5)) as valkey:
            limits = Limits(valkey)
            for what, amount in steps:
                bucket = Bucket(key, capacity, timedelta(days=365), amount)
                if what == "admit":
                    decision = await limits.admit([bucket])
                    assert decision.allowed == (left >= max(amount, 1))
                    left -= amount if decision.allowed else 0
                    assert decision.states[0].remaining == max(0, left)
                elif what == "debit":
                    left = max(left - amount, -10 * capacity)
                    await limits.debit(bucket, amount)
                else:
                    left = min(left + amount, capacity)
                    await limits.refund(bucket)

    asyncio.run(run())


async def test_without_valkey_a_small_share_is_given_and_known_revocations_hold(servers: Any) -> None:
    """Nobody listens at the address: a tenth of the bucket, a place at least, and no revoked credential."""
    async with Valkey("redis://127.0.0.1:1/0", name="away") as away:
        limits, bucket, lease = Limits(away), _bucket(50), _lease(3)
        allowed = [(await limits.admit([bucket])).allowed for _ in range(20)]
        assert sum(allowed) == 5
        assert (await limits.admit([], [lease])).allowed
        assert not (await limits.admit([], [_lease(3, lease.key)])).allowed
        await limits.release(lease)
        assert (await limits.admit([], [_lease(3, lease.key)])).allowed
        own = Bucket(f"rate:{{{uuid4()}}}", 20, HOUR, local_share=0.5)
        assert sum([(await limits.admit([own])).allowed for _ in range(20)]) == 10, "a bucket may ask for more"
        limits._local.remember_revoked("revoked:x")
        assert (await limits.admit([], revoked=["revoked:x"])).revoked
        await limits.debit(bucket, 1)
        await limits.refund(bucket)
