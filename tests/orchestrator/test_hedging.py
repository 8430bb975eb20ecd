"""A provider that is slow to begin, and a second attempt beside it: who answers, what is given back, what it costs."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from bench.provider.text import text
from tertulia.orchestrator.providers import file
from tertulia.orchestrator.providers.failures import ProviderFailure, ProviderRejected, ProviderSilent
from tertulia.orchestrator.providers.file import ProviderSpec
from tertulia.orchestrator.providers.port import Deadlines
from tertulia.platform.settings import SettingsError
from tests.orchestrator.conftest import PATIENCE
from tests.orchestrator.test_failover import KEYS, Sides, Wired, answer, call, pair, sides, spec
from tests.simulated import Simulated

__all__ = ["pair", "sides"]

SOON = timedelta(milliseconds=250)
LONG_MS = 1000
"""Less than the deadline of the first token here, and far more than ``SOON``."""

FIRST_TOKEN = timedelta(seconds=3)
SAY = "[[sim: seed=3 tokens=5]]"


@pytest.fixture
def deadlines() -> Deadlines:
    return Deadlines(FIRST_TOKEN, timedelta(seconds=3), timedelta(seconds=10), timedelta(seconds=20))


def hedges(provider: str) -> dict[str, float]:
    """The outcomes that there were."""
    found = {
        outcome: REGISTRY.get_sample_value("tertulia_provider_hedges_total", {"provider": provider, "outcome": outcome})
        for outcome in ("won", "lost", "refused", "failed")
    }
    return {outcome: count for outcome, count in found.items() if count}


class Counted:
    """What the metric says of a provider since this was made."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.before = hedges(provider)

    def __call__(self) -> dict[str, float]:
        found = {outcome: count - self.before.get(outcome, 0) for outcome, count in hedges(self.provider).items()}
        return {outcome: count for outcome, count in found.items() if count}


def slow(name: str, side: Simulated, **more: Any) -> ProviderSpec:
    """One that may be hedged, and is always asked first: the other is its fallback."""
    return spec(name, side, hedge_after=SOON, fallbacks=("b",), **more)


def other(side: Simulated, name: str = "b") -> ProviderSpec:
    return spec(name, side, model="sim-other")


async def quiet(side: Simulated) -> None:
    """Until no call is on its way there: the loser's connection is closed."""
    await until(lambda: side.state()["in_flight"] == 0)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(so):
            await asyncio.sleep(0.02)


def tried(asked: Any) -> list[tuple[str, str]]:
    return [(one.provider, one.status) for one in asked.attempts]


async def test_the_second_answers_when_the_first_is_slow(sides: Sides) -> None:
    """Its words alone are heard; the first is cancelled at the provider, gives its permit back and is in the books."""
    counted = Counted("limited")
    failover = sides.make(slow("limited", sides.a), other(sides.b))
    sides.behave(sides.a, ttft=LONG_MS, text="never heard")
    asked = await call(failover, SAY)
    assert await answer(failover, asked) == text(3, 5)
    assert tried(asked) == [("limited", "cancelled"), ("b", "ok")]
    assert (asked.answering.provider, asked.answering.id) == ("b", "sim-other")
    assert counted() == {"won": 1}
    await quiet(sides.a)
    sides.behave(sides.a)
    assert await answer(failover, await call(failover, SAY, "limited/sim-m")) == text(3, 5)


async def test_who_begins_in_time_is_asked_alone(sides: Sides) -> None:
    """And so is every provider whose entry does not ask for it."""
    counted = Counted("a")
    failover = sides.make(slow("a", sides.a), other(sides.b))
    for _ in range(5):
        asked = await call(failover, SAY)
        assert await answer(failover, asked) == text(3, 5)
        assert tried(asked) == [("a", "ok")]
    plain = sides.make(spec("a", sides.a, fallbacks=("b",)), other(sides.b))
    sides.behave(sides.a, ttft=LONG_MS)
    await answer(plain, await call(plain, SAY))
    assert (sides.asked()[1], counted()) == (0, {})


async def test_the_first_may_still_win(sides: Sides) -> None:
    """Then the second is the one that is cancelled and gives its permit back."""
    counted = Counted("a")
    failover = sides.make(
        spec("a", sides.a, hedge_after=SOON, fallbacks=("limited",)), spec("limited", sides.b, model="sim-other")
    )
    sides.behave(sides.a, ttft=LONG_MS)
    sides.behave(sides.b, silent=0)
    asked = await call(failover, SAY)
    assert await answer(failover, asked) == text(3, 5)
    assert tried(asked) == [("limited", "cancelled"), ("a", "ok")]
    assert (asked.answering.provider, counted()) == ("a", {"lost": 1})
    await quiet(sides.b)
    sides.behave(sides.b)
    assert await answer(failover, await call(failover, SAY, "limited/sim-other")) == text(3, 5)


async def test_when_both_begin_at_once_one_is_heard(sides: Sides) -> None:
    """Whoever it is: a whole answer of one of them, one permit back, the other's call ended."""
    failover = sides.make(slow("limited", sides.a), other(sides.b))
    sides.behave(sides.a, ttft=SOON.total_seconds() * 1000, text="one two three", pieces="char", gap=1)
    sides.behave(sides.b, text="four five six", pieces="char", gap=1)
    for _ in range(8):
        asked = await call(failover)
        assert await answer(failover, asked) in ("one two three", "four five six")
        assert [status for _, status in tried(asked)][-1] == "ok"
        assert sum(status == "ok" for _, status in tried(asked)) == 1
        await quiet(sides.a)
        await quiet(sides.b)


async def test_without_a_retry_to_spend_nobody_is_hedged(sides: Sides) -> None:
    """All slow: what is asked in all stays within a fifth more than the calls."""
    counted = Counted("a")
    failover = sides.make(slow("a", sides.a), other(sides.b))
    sides.behave(sides.a, ttft=LONG_MS / 2)
    sides.behave(sides.b, ttft=LONG_MS)
    calls = [await call(failover) for _ in range(20)]
    for asked in calls:
        await answer(failover, asked)
    assert sum(sides.asked()) <= 1.2 * 20 + 1
    assert sum(len(asked.attempts) for asked in calls) == sum(sides.asked())
    found = counted()
    assert (found["refused"] + found["lost"], found["lost"]) == (20, sides.asked()[1])


async def test_who_would_have_to_wait_for_a_permit_is_not_asked(sides: Sides) -> None:
    """A hedge stands in no queue, and shows the reader none."""
    counted = Counted("a")
    failover = sides.make(
        spec("a", sides.a, hedge_after=SOON, fallbacks=("limited",)), spec("limited", sides.b, model="sim-other")
    )
    holder = await call(failover, model="limited/sim-other")
    await failover.admit(holder)
    sides.behave(sides.a, ttft=LONG_MS)
    asked = await call(failover, SAY)
    places: list[int] = []
    asked.shown = places.append
    assert await answer(failover, asked) == text(3, 5)
    assert (tried(asked), places, sides.asked()[1]) == ([("a", "ok")], [], 0)
    assert counted() == {"refused": 1}
    holder.give_back()


async def ended(failover: Wired) -> tuple[Any, ProviderFailure]:
    asked = await call(failover)
    with pytest.raises(ProviderFailure) as caught:
        await answer(failover, asked)
    return asked, caught.value


async def test_both_fail_and_the_reader_is_told_why(sides: Sides) -> None:
    """What came last is told; at most three were asked, and each is in the books."""
    counted = Counted("a")
    failover = sides.make(slow("a", sides.a), other(sides.b), in_a_row=1000, sample=1000)
    sides.behave(sides.a, ttft=30_000)
    sides.behave(sides.b, fail=500)
    asked, failure = await ended(failover)
    assert isinstance(failure, ProviderSilent)
    assert tried(asked) == [("b", "provider_failed"), ("a", "provider_silent")]
    assert counted() == {"failed": 1}


async def test_a_refusal_of_the_request_is_told_before_all_else(sides: Sides) -> None:
    """It is nobody's fault but its own, and nobody is asked again."""
    failover = sides.make(slow("a", sides.a), other(sides.b))
    sides.behave(sides.a, ttft=30_000)
    sides.behave(sides.b, fail=400)
    asked, failure = await ended(failover)
    assert isinstance(failure, ProviderRejected)
    assert tried(asked) == [("b", "provider_rejected"), ("a", "provider_silent")]


async def test_a_second_that_fails_does_not_end_the_first(sides: Sides) -> None:
    """Which goes on to answer."""
    failover = sides.make(slow("a", sides.a), other(sides.b))
    sides.behave(sides.a, ttft=LONG_MS)
    sides.behave(sides.b, fail=503)
    asked = await call(failover, SAY)
    assert await answer(failover, asked) == text(3, 5)
    assert tried(asked) == [("b", "provider_failed"), ("a", "ok")]


async def test_the_winner_may_still_break_off(sides: Sides) -> None:
    """Its failure is the reader's, as without a hedge: nothing that was said is said again by another."""
    failover = sides.make(slow("a", sides.a), other(sides.b))
    sides.behave(sides.a, ttft=LONG_MS)
    sides.behave(sides.b, truncate=3)
    asked, failure = await ended(failover)
    assert failure.code == "provider_broke_off"
    assert (tried(asked)[-1], len(asked.attempts)) == (("b", "ok"), 2)


@pytest.mark.parametrize("when", ["both are asked", "one answers"])
async def test_a_reader_who_leaves_takes_all_along(sides: Sides, when: str) -> None:
    """Both calls end at their providers, and the permit is free again."""
    failover = sides.make(slow("limited", sides.a), other(sides.b))
    sides.behave(sides.a, silent=0)
    sides.behave(sides.b, **({"silent": 0} if when == "both are asked" else {"gap": 50, "tokens": 1000}))
    began = asyncio.Event()

    async def read() -> None:
        async with failover.stream(await call(failover)) as batches:
            async for _ in batches:
                began.set()

    reading = asyncio.create_task(read())
    if when == "both are asked":
        await until(lambda: sides.b.state()["in_flight"] == 1)
    else:
        await began.wait()
    reading.cancel()
    await asyncio.wait([reading])
    await quiet(sides.a)
    await quiet(sides.b)
    sides.behave(sides.a)
    assert await answer(failover, await call(failover, SAY, "limited/sim-m")) == text(3, 5)


async def test_another_key_of_the_same_provider_will_do(sides: Sides) -> None:
    """As the next to ask after a failure."""
    failover = sides.make(spec("a", sides.a, keys=KEYS, hedge_after=SOON))
    sides.a.script(silent=0)
    asked = await call(failover, SAY)
    assert await answer(failover, asked) == text(3, 5)
    assert tried(asked) == [("a", "cancelled"), ("a", "ok")]
    assert len({entry["authorization"] for entry in sides.a.log()}) == 2


async def test_what_nobody_waits_for_is_not_hedged(sides: Sides) -> None:
    """A batch has time."""
    failover = sides.make(slow("a", sides.a), other(sides.b))
    sides.behave(sides.a, ttft=LONG_MS)
    asked = await call(failover, SAY)
    asked.batch = True
    assert await answer(failover, asked) == text(3, 5)
    assert sides.asked()[1] == 0


def test_it_is_asked_for_in_the_providers_file(tmp_path: Path) -> None:
    """In milliseconds, by provider; off where it is left out, and a time that is none is refused."""
    entry = (
        '[[provider]]\nname = "{name}"\nbase_url = "http://a/v1"\n{more}[[provider.model]]\nname = "m"\nfree = true\n'
    )
    path = tmp_path / "providers.toml"
    path.write_text(entry.format(name="a", more="hedge_after_ms = 800\n") + entry.format(name="b", more=""))
    assert [one.hedge_after for one in file.read(path, {})] == [timedelta(milliseconds=800), None]
    path.write_text(entry.format(name="a", more="hedge_after_ms = 0\n"))
    with pytest.raises(SettingsError, match="hedge_after_ms is 0; it must be at least 1"):
        file.read(path, {})
