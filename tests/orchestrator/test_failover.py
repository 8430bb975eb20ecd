"""Two providers that misbehave on demand: who answers, how often each is asked, and what is given back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import msgspec
import pytest
from prometheus_client import REGISTRY

from bench.provider.text import text
from tertulia.orchestrator.admission import Admission, ProviderLimits
from tertulia.orchestrator.breaker import BreakerRules
from tertulia.orchestrator.providers.call import ProviderCall
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.failures import (
    ProviderBusy,
    ProviderFailed,
    ProviderFailure,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderSilent,
    ProviderUnreachable,
)
from tertulia.orchestrator.providers.file import ModelSpec, ProviderSpec
from tertulia.orchestrator.providers.openai import OpenAiProvider
from tertulia.orchestrator.providers.port import Deadlines
from tertulia.orchestrator.providers.prices import FREE
from tertulia.orchestrator.providers.registry import Registry
from tertulia.platform.http import HttpClient
from tertulia.platform.valkey import Valkey
from tests.simulated import Simulated, simulated_with

KEYS = ("sk-one", "sk-two")
DEADLINES = Deadlines(*(timedelta(seconds=seconds) for seconds in (0.5, 0.5, 2, 5)))
PATIENT = Deadlines(*(timedelta(seconds=60) for _ in range(4)))
"""Where a slow machine must not end an attempt before the provider has heard of it."""


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Simulated, Simulated]]:
    with simulated_with(*KEYS) as one, simulated_with(*KEYS) as other:
        yield one, other


class Wired(Failover):
    """With the registry that its calls' models are found in."""

    registry: Registry


class Sides:
    """``behave`` sets what a provider does from now on; ``asked`` is what it has seen."""

    def __init__(self, pair: tuple[Simulated, Simulated], failover: Callable[..., Wired]) -> None:
        self.a, self.b = pair
        self.make = failover
        for side in pair:
            side.forget_script()
            side.forget_log()

    def behave(self, side: Simulated, **behaviour: Any) -> None:
        side.always(**behaviour)

    def asked(self) -> tuple[int, int]:
        return len(self.a.log()), len(self.b.log())


@pytest.fixture
def deadlines() -> Deadlines:
    """A test module may override them."""
    return DEADLINES


@pytest.fixture
async def sides(servers: Any, pair: tuple[Simulated, Simulated], deadlines: Deadlines) -> AsyncIterator[Sides]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(HttpClient())
        valkey = await stack.enter_async_context(Valkey(servers.valkey.url, name="test"))
        admission = Admission(
            valkey, Valkey(servers.valkey.url, name="wakes"), {"limited": ProviderLimits(concurrency=1)}
        )
        await stack.enter_async_context(admission)

        def failover(*specs: ProviderSpec, **rules: Any) -> Wired:
            providers = {spec.name: [OpenAiProvider(spec, http, deadlines, key) for key in spec.keys] for spec in specs}
            registry = Registry([keys[0] for keys in providers.values()])
            made = Wired(registry, providers, admission, rules=BreakerRules(**rules), patience=timedelta(seconds=5))
            made.registry = registry
            return made

        yield Sides(pair, failover)


def spec(
    name: str, side: Simulated, *, keys: tuple[str, ...] = KEYS[:1], model: str = "sim-m", **more: Any
) -> ProviderSpec:
    return ProviderSpec(name, side.base_url, keys, models=(ModelSpec(model, price=FREE),), **more)


async def call(failover: Wired, content: str = "x", model: str = "sim-m") -> ProviderCall:
    found = await failover.registry.find(model)
    messages = [{"role": "user", "content": content}]
    body = msgspec.json.encode({"model": found.name, "messages": messages, "stream": True})
    return ProviderCall(found, body, uuid4(), "free", characters=len(content))


async def answer(failover: Wired, asked: ProviderCall) -> str:
    said = ""
    async with failover.stream(asked) as batches:
        async for events in batches:
            for event in events:
                said += "".join(choice.delta.content or "" for choice in event.chunk.choices)
    return said


async def outcome(failover: Wired, content: str = "x") -> tuple[ProviderCall, Exception | None]:
    asked = await call(failover, content)
    try:
        await answer(failover, asked)
    except ProviderFailure as failure:
        return asked, failure
    return asked, None


async def test_a_model_of_two_providers_is_shared_by_weight(sides: Sides) -> None:
    """Three to one, under one name; ``name/model`` is the one alone."""
    failover = sides.make(spec("a", sides.a, weight=3), spec("b", sides.b))
    for _ in range(120):
        assert (await outcome(failover))[1] is None
    first, second = sides.asked()
    assert 70 <= first <= 110
    assert first + second == 120
    alone = await call(failover, model="b/sim-m")
    await answer(failover, alone)
    assert alone.answering.provider == "b"


async def test_who_fails_is_left_out(sides: Sides) -> None:
    """Every call is answered by the healthy one; the other is asked until its breaker opens, and no more."""
    failover = sides.make(spec("a", sides.a), spec("b", sides.b))
    for _ in range(20):
        await outcome(failover)
    sides.behave(sides.a, fail=500)
    before, _ = sides.asked()
    failures = [failure for _, failure in [await outcome(failover) for _ in range(60)] if failure]
    assert sides.asked()[0] - before <= 5 + 1
    assert not failures


@pytest.mark.parametrize("deadlines", [PATIENT], ids=["patient"])
@pytest.mark.parametrize("behaviour", [{"fail": 500}, {"fail": 503}, {"reset": -1}, {"cut": 0}, {"malformed": 0}])
async def test_a_storm_is_not_made_worse(sides: Sides, behaviour: dict[str, Any]) -> None:
    """All providers failing: three attempts a call at most, 1.2 a call in all, each call a typed end, none charged."""
    failover = sides.make(spec("a", sides.a), spec("b", sides.b), in_a_row=1000, sample=1000)
    sides.behave(sides.a, **behaviour)
    sides.behave(sides.b, **behaviour)
    ends = await asyncio.gather(*(outcome(failover) for _ in range(60)))
    assert sum(sides.asked()) <= 1.2 * 60
    assert all(failure is not None for _, failure in ends)
    assert max(len(asked.attempts) for asked, _ in ends) <= 3
    assert sum(len(asked.attempts) for asked, _ in ends) == sum(sides.asked())


async def test_a_busy_key_rests_and_the_other_is_used(sides: Sides) -> None:
    """``Retry-After`` is honoured; when both rest, the shortest of them is told, and nobody is asked."""
    failover = sides.make(spec("a", sides.a, keys=KEYS))
    sides.a.script(fail=429, retry_after=30)
    asked, failure = await outcome(failover)
    assert failure is None
    assert [attempt.status for attempt in asked.attempts] == ["rate_limit_exceeded", "ok"]
    keys = [entry["authorization"] for entry in sides.a.log()]
    assert len(set(keys)) == 2
    for _ in range(5):
        await outcome(failover)
    assert Counter(entry["authorization"] for entry in sides.a.log())[keys[0]] == 1
    sides.a.script(fail=429, retry_after=7)
    _, failure = await outcome(failover)
    assert isinstance(failure, ProviderBusy)
    assert failure.retry_after is not None
    assert 5 < failure.retry_after.total_seconds() <= 7
    before = sides.asked()
    asked, failure = await outcome(failover)
    assert isinstance(failure, ProviderBusy)
    assert (asked.attempts, sides.asked()) == ([], before)


async def test_a_key_that_is_refused_gives_way_to_the_next(sides: Sides) -> None:
    """And where none is right, the reader is told whose fault it is."""
    failover = sides.make(spec("a", sides.a, keys=("sk-wrong", KEYS[0])))
    asked, failure = await outcome(failover)
    assert failure is None
    assert [attempt.status for attempt in asked.attempts] == ["provider_misconfigured", "ok"]
    assert isinstance((await outcome(sides.make(spec("a", sides.a, keys=("sk-wrong",)))))[1], ProviderMisconfigured)


async def test_a_slow_first_token_falls_back_and_a_late_silence_does_not(sides: Sides) -> None:
    """Nothing that the reader has seen is said again by another."""
    failover = sides.make(spec("a", sides.a, fallbacks=("b",)), spec("b", sides.b, model="sim-other"))
    sides.behave(sides.a, ttft=30_000)
    asked = await call(failover, "[[sim: seed=3 tokens=5]]")
    assert await answer(failover, asked) == text(3, 5)
    assert [(one.provider, one.status) for one in asked.attempts] == [("a", "provider_silent"), ("b", "ok")]
    assert (asked.answering.provider, asked.answering.id) == ("b", "sim-other")
    assert sides.b.log()[-1]["request"]["model"] == "sim-other"
    sides.behave(sides.a, silent=2)
    before = sides.asked()[1]
    assert isinstance((await outcome(failover))[1], ProviderSilent)
    assert sides.asked()[1] == before


async def test_fallbacks_are_followed_in_order(sides: Sides) -> None:
    """As the file says, and each is one attempt."""
    failover = sides.make(
        spec("a", sides.a, fallbacks=("b", "c")),
        spec("b", sides.b, model="sim-fail500"),
        spec("c", sides.b, model="sim-third"),
    )
    sides.behave(sides.a, fail=503)
    for _ in range(12):
        asked, failure = await outcome(failover)
        if failure is None:
            break
    assert failure is None
    assert [one.provider for one in asked.attempts][-1] == "c"
    assert [one.provider for one in asked.attempts] in (["a", "b", "c"], ["b", "c"], ["c"])


async def test_a_request_that_is_refused_is_not_tried_again(sides: Sides) -> None:
    """Its fault is its own."""
    failover = sides.make(spec("a", sides.a), spec("b", sides.b))
    for side in (sides.a, sides.b):
        sides.behave(side, fail=400)
    assert isinstance((await outcome(failover))[1], ProviderRejected)
    assert sum(sides.asked()) == 1


async def test_a_provider_in_trouble_is_given_a_rest_and_probed(sides: Sides) -> None:
    """Open, nobody asks it; after its rest one call finds out that it is well."""
    failover = sides.make(spec("a", sides.a), in_a_row=2, rest=timedelta(seconds=1))
    sides.behave(sides.a, fail=500)
    failures = [(await outcome(failover))[1] for _ in range(6)]
    assert isinstance(failures[0], ProviderFailed)
    assert isinstance(failures[-1], ProviderUnreachable)
    assert failures[-1].retry_after is not None
    assert sides.asked()[0] == 2
    sides.behave(sides.a)
    async with asyncio.timeout(10):
        while (await outcome(failover))[1] is not None:
            await asyncio.sleep(0.05)
    assert sides.asked()[0] == 3


async def test_permits_come_back_from_whatever_fails(sides: Sides) -> None:
    """One at a time is allowed; a call that failed, was left, or was answered makes room for the next."""
    failover = sides.make(spec("limited", sides.a), in_a_row=1000, sample=1000)
    for behaviour in ({"fail": 500}, {"reset": 2}, {"silent": 1}, {"malformed": 3}, {}):
        sides.behave(sides.a, **behaviour)
        await outcome(failover)
    sides.behave(sides.a, gap=50, tokens=1000)
    async with failover.stream(await call(failover)) as batches:
        await anext(aiter(batches))
    admitted = await call(failover)
    await failover.admit(admitted)
    admitted.give_back()
    sides.behave(sides.a)
    assert (await outcome(failover))[1] is None
    assert sides.a.state()["peak"] == 1


async def test_no_call_counts_more_than_its_model_can_use(sides: Sides) -> None:
    """Whatever bound it names: what is asked of a gate would put its workspace, and in the end everybody, behind."""
    failover = sides.make(spec("limited", sides.a))
    tokens = "tertulia_admission_tokens_total", {"provider": "limited"}
    before = REGISTRY.get_sample_value(*tokens) or 0.0
    asked = await call(failover)
    asked.most_tokens = 128 * 2**31
    await answer(failover, asked)
    assert (REGISTRY.get_sample_value(*tokens) or 0.0) - before == 4 * asked.model.context


async def test_an_unreachable_provider_is_passed_over(sides: Sides) -> None:
    """Nobody listens at its address."""
    nowhere = Simulated("http://127.0.0.1:9/v1")
    failover = sides.make(spec("a", nowhere, fallbacks=("b",)), spec("b", sides.b, model="sim-other"))
    asked, failure = await outcome(failover)
    assert failure is None
    assert [one.status for one in asked.attempts] == ["provider_unreachable", "ok"]
    with pytest.raises(httpx2.ConnectError):
        nowhere.log()


_PAY_TWO_RETRIES = 12


def strong_at(side: Simulated) -> ProviderSpec:
    models = (ModelSpec("sim-strong", price=FREE), ModelSpec("sim-pays", price=FREE))
    return ProviderSpec("strong", side.base_url, KEYS, models=models)


async def auto(failover: Wired, content: str = "x") -> ProviderCall:
    """A call that another model may answer where its own cannot, after as many others as pay for its retries."""
    for _ in range(_PAY_TWO_RETRIES):
        await answer(failover, await call(failover, model="sim-pays"))
    asked = await call(failover, content)
    asked.otherwise = await failover.registry.find("sim-strong")
    return asked


async def test_the_other_model_has_the_last_attempt(sides: Sides) -> None:
    """However many keys and fallbacks the first one has: three are asked, and the third is the other model."""
    small = spec("a", sides.a, keys=KEYS, fallbacks=("spare",))
    failover = sides.make(small, spec("spare", sides.a, keys=KEYS, model="sim-spare"), strong_at(sides.b))
    sides.behave(sides.a, fail=500)
    asked = await auto(failover, "[[sim: seed=3 tokens=5]]")
    assert await answer(failover, asked) == text(3, 5)
    tried = [(one.model, one.status) for one in asked.attempts]
    assert tried == [("sim-m", "provider_failed"), ("sim-m", "provider_failed"), ("sim-strong", "ok")]
    assert asked.answering.id == "sim-strong"


async def test_the_other_model_is_asked_before_the_same_again(sides: Sides) -> None:
    """With one key there is nobody else of the first; when the other fails too, the bound of attempts holds."""
    failover = sides.make(spec("a", sides.a), strong_at(sides.b))
    sides.behave(sides.a, fail=503)
    asked = await auto(failover)
    await answer(failover, asked)
    assert [one.model for one in asked.attempts] == ["sim-m", "sim-strong"]
    asked = await auto(failover)
    sides.behave(sides.b, fail=503)
    with pytest.raises(ProviderFailed):
        await answer(failover, asked)
    assert [one.model for one in asked.attempts] == ["sim-m", "sim-strong", "sim-strong"]


async def test_what_one_model_refuses_the_other_may_take(sides: Sides) -> None:
    """Once: a request that both refuse is refused after two."""
    failover = sides.make(spec("a", sides.a, keys=KEYS), strong_at(sides.b))
    sides.behave(sides.a, fail=400)
    asked = await auto(failover)
    await answer(failover, asked)
    assert [one.status for one in asked.attempts] == ["provider_rejected", "ok"]
    asked = await auto(failover)
    sides.behave(sides.b, fail=400)
    with pytest.raises(ProviderRejected):
        await answer(failover, asked)
    assert [one.model for one in asked.attempts] == ["sim-m", "sim-strong"]


async def test_the_other_model_answers_when_no_permit_is_to_be_had(sides: Sides) -> None:
    """A small model that is busy to its limit is passed over, unasked."""
    failover = sides.make(spec("limited", sides.a), strong_at(sides.b))
    holder = await call(failover)
    await failover.admit(holder)
    asked = await auto(failover)
    await answer(failover, asked)
    assert [one.model for one in asked.attempts] == ["sim-strong"]
    holder.give_back()
