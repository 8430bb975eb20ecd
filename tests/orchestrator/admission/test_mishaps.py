"""Answers that come late, processes that are held up, callers that leave, and estimates that cannot be."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tertulia.orchestrator.admission import Bounds, Gate, NotAdmittedInTime, Permit, ProviderLimits, QueueFull
from tertulia.orchestrator.admission.scripts import ENTER, TEND
from tertulia.platform.valkey import Argument, Valkey, ValkeyUnavailable
from tests.orchestrator.admission.asking import Replica, ask, until

MOMENT = timedelta(milliseconds=300)
ONE = ProviderLimits(concurrency=1)


class LateValkey(Valkey):
    """It does as it is told, and says so too late: so often as ``late`` counts."""

    def __init__(self, url: str, *, name: str, deadline: timedelta) -> None:
        super().__init__(url, name=name, deadline=deadline)
        self.late: Counter[str] = Counter()
        self.told = asyncio.Event()

    async def eval(
        self, script: str, keys: Sequence[Argument], args: Sequence[Argument], *, deadline: timedelta | None = None
    ) -> Any:
        answer = await super().eval(script, keys, args, deadline=deadline)
        if self.late[script]:
            self.late[script] -= 1
            self.told.set()
            raise ValkeyUnavailable("late")
        return answer


def late(gate: Gate) -> LateValkey:
    assert isinstance(gate._valkey, LateValkey)
    return gate._valkey


def key(gate: Gate, name: str) -> str:
    return f"admission:{{{gate.name}}}:{name}"


async def in_line(gate: Gate, workspace: UUID, served: list[UUID], tokens: int = 100) -> asyncio.Task[Permit]:
    """A call that waits, and notes when it is served."""

    async def call() -> Permit:
        permit = await gate.enter(ask(workspace, tokens=tokens))
        served.append(workspace)
        return permit

    waiting = len(gate._waiters)
    task = asyncio.create_task(call())
    await until(lambda: len(gate._waiters) == waiting + 1)
    await until(lambda: gate._metrics.waiting._value.get() > 0)
    return task


@pytest.mark.parametrize("looks", [0, 1])
async def test_a_late_answer_passes_no_limit(replica: Replica, looks: int) -> None:
    """Only who finds Valkey away gives out its own part: an answer that is late, and then a look that is, do not tell
    that. The others hold every place meanwhile.
    """
    limits = ProviderLimits(concurrency=2)
    others, gate = await replica(limits), await replica(limits, kind=LateValkey)
    held = [await others.enter(ask()) for _ in range(2)]
    late(gate).late.update({ENTER: 1, TEND: looks})
    with pytest.raises(NotAdmittedInTime):
        await gate.enter(ask(patience=MOMENT))
    assert late(gate).late.total() == 0
    for permit in held:
        permit.leave()
    (await gate.enter(ask())).leave()


async def test_a_permit_that_is_told_of_late_is_taken(replica: Replica) -> None:
    """Valkey had given it: it is found by a look, counted once and given back once."""
    gate = await replica(ONE, kind=LateValkey)
    late(gate).late[ENTER] = 1
    permit = await gate.enter(ask())
    assert await gate._valkey.call("ZCARD", key(gate, "permits")) == 1
    permit.leave()
    permit.leave()
    (await gate.enter(ask())).leave()


async def test_who_was_held_up_keeps_its_place(replica: Replica) -> None:
    """A process that has said nothing for long, and gives a permit back: it lives, and so do its waiting calls."""
    late_one, other = await replica(ONE), await replica(ONE)
    held = await late_one.enter(ask())
    served: list[UUID] = []
    first, second = uuid4(), uuid4()
    waiting = [await in_line(late_one, first, served), await in_line(other, second, served)]
    await late_one._valkey.call("ZINCRBY", key(late_one, "replicas"), -60_000_000, late_one._replica)
    held.leave()
    (await waiting[0]).leave()
    (await waiting[1]).leave()
    assert served == [first, second]


async def test_who_made_room_is_not_charged(replica: Replica) -> None:
    """A call that left the queue unserved leaves its workspace's turn where it was."""
    gate = await replica(ONE, Bounds(waiting=4))
    held = await gate.enter(ask())
    served: list[UUID] = []
    pushed, other, leaver, newcomer = (uuid4() for _ in range(4))
    waiting = [await in_line(gate, pushed, served), await in_line(gate, other, served, tokens=150)]
    last = await in_line(gate, pushed, served)
    leaves = await in_line(gate, leaver, served)
    replaces = asyncio.create_task(gate.enter(ask(newcomer)))
    with pytest.raises(QueueFull):
        await last
    for task in (leaves, replaces):
        task.cancel()
        await asyncio.wait((task,))
    await until(lambda: len(gate._waiters) == 2 and gate._sending is None)
    waiting += [await in_line(gate, other, served), await in_line(gate, pushed, served)]
    held.leave()
    for task in (waiting[0], waiting[1], waiting[3], waiting[2]):
        (await task).leave()
    assert served == [pushed, other, pushed, other]


async def test_who_leaves_while_it_is_admitted_takes_no_tokens(replica: Replica) -> None:
    """Its call is not made; the next has all that it would have used."""
    gate = await replica(ProviderLimits(tokens=1000), kind=LateValkey)
    late(gate).late.update({ENTER: 1, TEND: 1000})
    leaving = asyncio.create_task(gate.enter(ask(tokens=1000)))
    await late(gate).told.wait()
    leaving.cancel()
    await asyncio.wait((leaving,))
    late(gate).late.clear()
    await until(lambda: gate._sending is None and not gate._away)
    (await gate.enter(ask(tokens=1000, patience=MOMENT))).leave(1000)


@pytest.mark.parametrize("tokens", [-1000, 0, 1000, 10**30])
async def test_whatever_is_estimated_a_limit_holds(replica: Replica, tokens: int) -> None:
    """No estimate gives tokens away, stops the gate, or makes what was really used count less."""
    gate = await replica(ProviderLimits(tokens=100))
    (await gate.enter(ask(tokens=tokens))).leave(200)
    with pytest.raises(NotAdmittedInTime):
        await gate.enter(ask(tokens=100, patience=MOMENT))


async def test_what_was_not_used_is_free_at_once(replica: Replica) -> None:
    """A workspace that says forty times what it uses stops nobody: when every window is full, the others use a limit's
    tokens within five times the time in which all of them could be used.
    """
    per = timedelta(seconds=2)
    gate = await replica(ProviderLimits(tokens=40_000, per=per))
    boaster, used = uuid4(), 0

    async def again(workspace: UUID, told: int, really: int) -> None:
        nonlocal used
        while used < 80_000:
            permit = await gate.enter(ask(workspace, tokens=told))
            await asyncio.sleep(0.05)
            permit.leave(really)
            used += 0 if workspace == boaster else really

    others = [again(workspace, 400, 400) for workspace in (uuid4(), uuid4(), uuid4(), uuid4()) for _ in range(3)]
    calls = asyncio.gather(*others, *(again(boaster, 4000, 100) for _ in range(4)))
    await until(lambda: used >= 40_000)
    began = time.monotonic()
    await calls
    assert time.monotonic() - began < 5 * per.total_seconds()
