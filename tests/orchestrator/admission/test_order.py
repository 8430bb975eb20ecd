"""Who is served next, who is refused, what the reader is shown, and what becomes of permits when their holder dies."""

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from bench.processes import running_beside
from tertulia.orchestrator.admission import (
    Admission,
    Ask,
    Bounds,
    Gate,
    NotAdmittedInTime,
    Permit,
    ProviderLimits,
    QueueFull,
    WorkspaceQueueFull,
)
from tertulia.platform.valkey import Valkey
from tests.orchestrator.admission.asking import Replica, ask, until
from tests.orchestrator.admission.client import Load, Plan
from tests.simulated import KEY, Simulated


async def test_batches_wait_while_anybody_waits(replica: Replica) -> None:
    """Over replicas, however long they stand there and however much the others ask for; fair among themselves."""
    gates = [await replica(ProviderLimits(concurrency=1)) for _ in range(2)]
    held = await gates[0].enter(ask())
    served: list[str] = []

    async def call(gate: Gate, name: str, asked: Ask) -> None:
        permit = await gate.enter(asked)
        served.append(name)
        await until(lambda: len(waiting) == count)  # everybody is in line before the second is served
        permit.leave(asked.tokens)

    waiting: list[asyncio.Task[None]] = []
    count = 12
    eager, modest = uuid4(), uuid4()
    for name, workspace in (("eager", eager),) * 4 + (("modest", modest),) * 2:
        asked = ask(workspace, batch=True)
        waiting.append(asyncio.create_task(call(gates[len(waiting) % 2], name, asked)))
        await until(lambda: sum(len(gate._waiters) for gate in gates) == len(waiting))
    for _ in range(6):
        asked = ask(eager, tokens=10_000)
        waiting.append(asyncio.create_task(call(gates[len(waiting) % 2], "person", asked)))
        await until(lambda: sum(len(gate._waiters) for gate in gates) == len(waiting))
    held.leave()
    await asyncio.gather(*waiting)
    assert served[:6] == ["person"] * 6
    assert "modest" in served[6:8]


async def test_a_batch_makes_room_in_a_full_queue(replica: Replica) -> None:
    """Who waits himself is not refused because lines of batches fill the queue."""
    gate = await replica(ProviderLimits(concurrency=1), Bounds(waiting=2))
    held = await gate.enter(ask())
    lines = [asyncio.create_task(gate.enter(ask(batch=True))) for _ in range(2)]
    await until(lambda: len(gate._waiters) == len(lines))
    person = asyncio.create_task(gate.enter(ask()))
    (refused,), _ = await asyncio.wait(lines, return_when=asyncio.FIRST_COMPLETED)
    assert isinstance(refused.exception(), QueueFull)
    held.leave()
    (await person).leave()
    (left,) = (task for task in lines if task is not refused)
    (await left).leave()


async def test_no_limits_no_gate(servers: Any) -> None:
    """A provider without limits costs no call to Valkey."""
    valkey = Valkey(servers.valkey.url, name="test")
    async with Admission(valkey, Valkey(servers.valkey.url, name="wakes"), {"free": ProviderLimits()}) as admission:
        assert admission.gate("free") is None
        assert admission.gate("unknown") is None


async def test_a_greedy_workspace_takes_nothing_from_others(replica: Replica) -> None:
    """One at twenty times its share, with long calls, over two replicas: the others have 95 % of their tokens."""
    limits = ProviderLimits(concurrency=4)
    gates = [await replica(limits), await replica(limits)]
    greedy, others = uuid4(), [uuid4() for _ in range(4)]
    used: Counter[UUID] = Counter()
    stop = asyncio.Event()

    async def call_again(gate: Gate, workspace: UUID, tokens: int) -> None:
        while not stop.is_set():
            permit = await gate.enter(ask(workspace, tokens=tokens))
            await asyncio.sleep(0.02)
            permit.leave(tokens)
            used[workspace] += tokens

    callers = [asyncio.create_task(call_again(gates[at % 2], greedy, 400)) for at in range(60)]
    callers += [asyncio.create_task(call_again(gate, other, 100)) for other in others for gate in gates]
    await until(lambda: used[greedy] > 4000)
    used.clear()
    await until(lambda: sum(used.values()) > 60_000)
    counted = dict(used)
    stop.set()
    await asyncio.gather(*callers)
    share = sum(counted.values()) / 5
    assert min(counted[other] for other in others) >= 0.95 * share


@pytest.mark.parametrize(("seconds_ago", "first"), [(0, 15), (21, 8)])
async def test_what_a_workspace_leaves_counts_for_a_while(replica: Replica, seconds_ago: int, first: int) -> None:
    """A workspace that is always there waits for what it had while another asked for nothing: for what it had in the
    last ten to twenty seconds, not before.
    """
    gate = await replica(ProviderLimits(concurrency=1))
    greedy, modest = uuid4(), uuid4()
    served: list[UUID] = []
    ends = asyncio.Semaphore(0)

    async def once(workspace: UUID) -> None:
        permit = await gate.enter(ask(workspace, tokens=500))
        served.append(workspace)
        await ends.acquire()
        permit.leave(500)

    calls = [asyncio.create_task(once(greedy)) for _ in range(40)]
    for _ in range(15):
        ends.release()
    await until(lambda: len(served) == 16)
    await gate._valkey.call("HINCRBYFLOAT", f"admission:{{{gate.name}}}:state", "m", -seconds_ago * 1_000_000)
    calls += [asyncio.create_task(once(modest)) for _ in range(15)]
    await until(lambda: len(gate._waiters) == 39)
    for _ in calls:
        ends.release()
    await asyncio.gather(*calls)
    assert abs(served[16:31].count(modest) - first) <= 1


async def test_weight_is_by_plan(replica: Replica) -> None:
    """A workspace whose plan weighs four times as much gets four times the tokens when both want more."""
    gate = await replica(ProviderLimits(concurrency=1))
    served: list[str] = []
    workspaces = {"free": uuid4(), "pro": uuid4()}

    async def once(plan: str) -> None:
        permit = await gate.enter(ask(workspaces[plan], plan=plan))
        served.append(plan)
        permit.leave(100)

    first = await gate.enter(ask())
    waiting = [asyncio.create_task(once(plan)) for plan in ("free", "pro") for _ in range(40)]
    await until(lambda: len(gate._waiters) == 80)
    first.leave()
    await asyncio.gather(*waiting)
    assert 7 <= served[:40].count("free") <= 9


async def test_what_was_used_beyond_the_estimate_counts(replica: Replica) -> None:
    """A workspace that says little and uses much is behind one that keeps its word."""
    gate = await replica(ProviderLimits(concurrency=1))
    liar, honest = uuid4(), uuid4()
    served: Counter[UUID] = Counter()

    async def again(workspace: UUID, used: int) -> None:
        while sum(served.values()) < 40_000:
            permit = await gate.enter(ask(workspace))
            permit.leave(used)
            served[workspace] += used

    await asyncio.gather(*(again(who, used) for who, used in ((liar, 1000), (honest, 100)) for _ in range(4)))
    assert served[honest] >= 0.5 * served[liar]


async def test_the_queue_is_bounded_and_refuses_with_a_time(replica: Replica) -> None:
    """A workspace's own bound is 429, the bound of all 503; who has asked for less takes the place of who has more."""
    gate = await replica(ProviderLimits(concurrency=1), Bounds(waiting=3, waiting_of_workspace=2))
    held = await gate.enter(ask())
    first, second = uuid4(), uuid4()
    waiting = [asyncio.create_task(gate.enter(ask(who))) for who in (first, first, second)]
    await until(lambda: len(gate._waiters) == 3)
    with pytest.raises(WorkspaceQueueFull) as busy:
        await gate.enter(ask(first))
    assert (busy.value.status, busy.value.retry_after is not None) == (429, True)
    modest = asyncio.create_task(gate.enter(ask()))
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=20)
    refused = done.pop().exception()
    assert isinstance(refused, QueueFull)
    assert (refused.status, refused.retry_after is not None) == (503, True)
    held.leave()
    for task in [*waiting, modest]:
        if task not in done and not (task.done() and task.exception()):
            (await task).leave()


async def test_waiting_ends_with_its_patience_or_its_caller(replica: Replica) -> None:
    """Both leave the queue at once."""
    gate = await replica(ProviderLimits(concurrency=1))
    held = await gate.enter(ask())
    with pytest.raises(NotAdmittedInTime):
        await gate.enter(ask(patience=timedelta(milliseconds=50)))
    gone = asyncio.create_task(gate.enter(ask()))
    await until(lambda: gate.waiting)
    gone.cancel()
    await asyncio.wait((gone,))
    next_ = asyncio.create_task(gate.enter(ask()))
    await until(lambda: gate.waiting)
    held.leave()
    (await next_).leave()


async def test_the_reader_is_told_a_falling_place(replica: Replica) -> None:
    """Each place that is shown is nearer than the last; who passes is not told of."""
    gate = await replica(ProviderLimits(concurrency=1))
    held: Permit = await gate.enter(ask())
    patient = uuid4()
    places: list[int] = []

    async def pass_through(workspace: UUID) -> None:
        permit = await gate.enter(ask(workspace))
        permit.leave()

    before = [asyncio.create_task(pass_through(patient)) for _ in range(5)]
    await until(lambda: len(gate._waiters) == 5)
    mine = asyncio.create_task(gate.enter(ask(patient, shown=places.append)))
    await until(lambda: places == [6])
    newcomers = [asyncio.create_task(pass_through(uuid4())) for _ in range(3)]
    await until(lambda: len(gate._waiters) == 9)
    held.leave()
    (await mine).leave()
    await asyncio.gather(*before, *newcomers)
    assert places[0] == 6
    assert places == sorted(set(places), reverse=True)


async def test_permits_return_when_their_holder_is_killed(servers: Any, simulated: Simulated, replica: Replica) -> None:
    """A replica that dies holding every permit and a long queue costs its lease, and no more."""
    gate = await replica(ProviderLimits(concurrency=2), Bounds(lease=timedelta(seconds=3)))
    plan = Plan(
        servers.valkey.url,
        simulated.base_url,
        KEY,
        {gate.name: ProviderLimits(concurrency=2)},
        [Load(gate.name, "sim-ttft60000", uuid4(), loops=20)],
        seconds=60,
        lease=3,
    )
    given = msgspec.json.encode(plan).decode()
    command = [sys.executable, "-m", "tests.orchestrator.admission.client", given]
    async with running_beside(command, stdout=asyncio.subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert json.loads(await killed.stdout.readline())
        mine = asyncio.create_task(gate.enter(ask()))
        await until(lambda: gate._metrics.waiting._value.get() > 10)
        killed.kill()
        died = time.monotonic()
        await killed.wait()
        (await mine).leave()
        assert time.monotonic() - died < 3 * 3


async def test_valkey_dies_and_comes_back(servers: Any, replica: Replica) -> None:
    """Meanwhile each replica gives its part, and those who wait go on waiting; afterwards the limit is shared again."""
    limits = ProviderLimits(concurrency=4)
    gates = [await replica(limits), await replica(limits)]
    await until(lambda: all(gate._local.replicas == 2 for gate in gates))
    servers.valkey.kill()
    try:
        alone = [await gate.enter(ask()) for gate in gates for _ in range(2)]
        waiting = [asyncio.create_task(gate.enter(ask())) for gate in gates]
        await until(lambda: all(gate.waiting for gate in gates))
        alone.pop().leave()
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=20)
        assert len(done) == 1
    finally:
        servers.valkey.start()
    late = next(task for task in waiting if task not in done)
    await until(lambda: not any(gate._away for gate in gates))
    for permit in (*alone, done.pop().result()):
        permit.leave()
    (await late).leave()
    await until(lambda: gates[0]._metrics.held._value.get() == 0)
    again = [await gates[at % 2].enter(ask()) for at in range(4)]
    with pytest.raises(NotAdmittedInTime):
        await gates[0].enter(ask(patience=timedelta(milliseconds=200)))
    for permit in again:
        permit.leave()
