"""F8, F10 to F13 and NATS: the stores die, forget, fall silent, fill up or get slow."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import LiteralString

import httpx2
import psycopg

from tests.faults.books import Attempt
from tests.faults.checker import Allowed, honest
from tests.faults.client import Client
from tests.faults.experiment import Experiment, added_gap, p99
from tests.faults.matrix import Row
from tests.faults.system import NotSo, waited

_BACK_WITHIN_S = 30.0
"""What dies again and again is started again after a pause that grows."""


async def stop_postgres(run: Experiment) -> None:
    """Killed every 5 to 40 s, each time at once."""
    probe = await run.client()
    slowest_refusal = longest_recovery = 0.0
    async with run.crowd(people=6):
        until = time.monotonic() + run.scaled(14, 600)
        kills = 0
        while time.monotonic() < until:
            await run.pause(3, run.scaled(6, 40))
            run.system.kill("postgres")
            kills += 1
            refused, back = await _away(run, probe)
            slowest_refusal = max(slowest_refusal, refused)
            started = time.monotonic() - back
            longest_recovery = max(longest_recovery, await run.until_served(probe) + started)
    run.verdict.figures["kills"] = str(kills)
    run.verdict.at_most("slowest refusal", slowest_refusal, 2)
    run.verdict.at_most("fine after a start within", longest_recovery, 5)
    await run.judge()


async def _away(run: Experiment, probe: Client) -> tuple[float, float]:
    """Asks while Postgres is away; the slowest refusal, and when it was back."""
    slowest = 0.0
    until = time.monotonic() + _BACK_WITHIN_S
    while time.monotonic() < until:
        said = await probe.call("GET", "/api/conversations", within=32)
        if said.status == 503:
            slowest = max(slowest, said.seconds)
            run.verdict.expect(said.retry_after, "I9 a 503 without Retry-After")
        elif said.status != 200:
            run.verdict.wrong.append(f"I9 while Postgres is away: {said.status} {said.broke} {said.body[:120]}")
        if await asyncio.to_thread(_answers, run):
            return slowest, time.monotonic()
        await asyncio.sleep(0.05)
    raise NotSo(f"I8 Postgres was not started again within {_BACK_WITHIN_S:.0f} s")


def _answers(run: Experiment) -> bool:
    try:
        return bool(run.system.rows("chat", "SELECT 1"))
    except psycopg.Error:
        return False


async def empty_valkey(run: Experiment) -> None:
    """Killed and come back with nothing, then flushed at the peak, in the middle of answers."""
    probe = await run.client()
    async with run.crowd(people=6) as turns:
        await run.pause(3, 5)
        hit = await run.streaming(turns)
        moment = time.monotonic()
        run.system.empty_valkey()
        run.verdict.at_most("served after the kill", await run.until_served(probe), 30)
        await waited(run.system.is_whole, "Valkey is back", 30)
        killed = added_gap(turns, hit, moment)
        for _ in range(round(run.scaled(2, 10))):
            await run.pause(1, 3)
            await run.streaming(turns)
            await asyncio.to_thread(run.system.flush_valkey)
        run.verdict.at_most("served after a flush", await run.until_served(probe), 30)
    run.verdict.figures["added gap p99, killed"] = f"{killed:.2f} s"
    await run.judge()


async def kill_nats(run: Experiment) -> None:
    probe = await run.client()
    async with run.crowd(people=6) as turns:
        await run.pause(3, 5)
        hit = await run.streaming(turns)
        moment = time.monotonic()
        run.system.kill("nats")
        run.verdict.at_most("served after", await run.until_served(probe), 30)
        await run.pause(2, 3)
    run.verdict.at_most("added gap p99", added_gap(turns, hit, moment), 2)
    await run.judge()


async def half_open(run: Experiment) -> None:
    """The sockets to Postgres stay open and silent, as behind a router that forgot them; then nobody gets through."""
    probe = await run.client()
    database = run.system.proxies["chat"]
    async with run.crowd(people=4):
        await run.pause(3, 4)
        slowest, held = 0.0, 0
        for _ in range(round(run.scaled(2, 6))):
            held += database.half_open()
            calls = [probe.call("GET", "/api/conversations", within=32) for _ in range(6)]
            slowest = max([slowest, *(call.seconds for call in await asyncio.gather(*calls))])
            await run.pause(1, 2)
        database.silent(on=True)
        calls = [probe.call("GET", "/api/conversations", within=32) for _ in range(6)]
        answers = await asyncio.gather(*calls)
        _typed(run, answers)
        silent = max(call.seconds for call in answers)
        database.silent(on=False)
        database.heal()
    run.verdict.figures["sockets held"] = str(held)
    run.verdict.at_most("slowest call, half open", slowest, 5)
    run.verdict.at_most("slowest call, all silent", silent, 7)
    await asyncio.sleep(1)
    stuck = await asyncio.to_thread(_in_use, run)
    run.verdict.expect(stuck <= 1, f"{stuck} transactions still open")
    await run.judge()


def _in_use(run: Experiment) -> int:
    query: LiteralString = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'chat_db' AND xact_start < now() - interval '8 s'"
    )
    return int(run.system.rows("chat", query)[0][0])


async def exhausted_pool(run: Experiment) -> None:
    """A table is locked for longer than anyone waits, and many ask: the pool of three is used up at once."""
    probe = await run.client()
    await run.ask(probe, run.question(tokens=2, gap=0))
    burst = await asyncio.gather(*(probe.call("GET", "/api/conversations", within=40) for _ in range(40)))
    alone = max(call.seconds for call in burst)
    seconds = run.scaled(13, 20)
    lock = asyncio.create_task(asyncio.to_thread(_hold_lock, run, seconds))
    await asyncio.sleep(0.5)
    calls = [asyncio.create_task(probe.call("GET", "/api/conversations", within=40)) for _ in range(40)]
    live = []
    while not lock.done():
        live += await asyncio.to_thread(_livez, run)
        await asyncio.sleep(0.5)
    await lock
    moment = time.monotonic()
    answers = await asyncio.gather(*calls)
    _typed(run, answers)
    refused = [call for call in answers if call.status == 503]
    run.verdict.expect(refused, "nobody was refused although the pool was used up")
    # The pool's wait is ten seconds; what is past it must be refused at once.
    run.verdict.figures["as many, alone"] = f"{alone:.2f} s"
    last = max(refused, key=lambda call: call.seconds)
    run.verdict.at_most("refused past the bound by", last.seconds - 10, alone + 0.1)
    if last.seconds > 10 + alone + 0.1:
        run.verdict.wrong.append(f"the last refusal: {last.problem.get('detail')}")
    run.verdict.expect(all(status == 200 for status in live), f"/livez while locked: {set(live)}")
    run.verdict.figures["refused"] = f"{len(refused)} of {len(calls)}"
    await run.until_served(probe)
    run.verdict.at_most("recovered", time.monotonic() - moment, 10)
    await run.judge()


def _hold_lock(run: Experiment, seconds: float) -> None:
    with run.system.connect("chat", autocommit=False) as connection:
        connection.execute("LOCK TABLE conversation IN ACCESS EXCLUSIVE MODE")
        connection.execute("SELECT pg_sleep(%s)", [seconds])


def _livez(run: Experiment) -> list[int]:
    return [httpx2.get(f"http://127.0.0.1:{port}/livez", timeout=3).status_code for port in run.system.ports("chat")]


def _typed(run: Experiment, answers: Sequence[Attempt]) -> None:
    run.verdict.wrong += [problem for answer in answers for problem in honest(answer, Allowed())]


async def slow_valkey(run: Experiment) -> None:
    """Half a second a call, then silence: who asks is held up for a call's deadline, and then not at all."""
    probe = await run.client()
    proxy = run.system.proxies["valkey"]
    await run.pause(1, 2)
    alone = await _calls(probe, 10)
    faults: dict[str, Callable[[], None]] = {
        "slow": lambda: proxy.slow(0.5),
        "silent": lambda: proxy.silent(on=True),
    }
    for name, begin in faults.items():
        begin()
        moment = time.monotonic()
        answers = []
        while time.monotonic() - moment < run.scaled(5, 15):
            answers += await _calls(probe, 1)
        late = [call for call in answers if call.started - moment > 2]
        run.verdict.wrong += [f"{call.status} {call.body[:100]}" for call in answers if call.status != 200]
        run.verdict.figures[f"{name}: first calls"] = f"{max(c.seconds for c in answers if c not in late):.2f} s"
        # With the breaker open a call costs what it costs alone; one probe a second is held up for its deadline.
        run.verdict.at_most(
            f"{name}: p99 after 2 s", p99([c.seconds for c in late]), 0.25 + p99([c.seconds for c in alone])
        )
        turn = await run.ask(probe, run.question(tokens=5, gap=0), 40)
        run.verdict.expect(turn.end == "finish", f"{name}: a turn ended with {turn.end}")
        proxy.slow(0)
        proxy.silent(on=False)
        await run.until_served(probe)
    await run.judge()


async def _calls(client: Client, count: int) -> list[Attempt]:
    return [await client.call("GET", "/api/conversations", within=32) for _ in range(count)]


ROWS = [
    Row(
        "F8",
        "Postgres killed at once, again and again",
        "0 acknowledged lost; 503 ≤ 2 s; fine ≤ 5 s after each start",
        stop_postgres,
    ),
    Row("F12", "Valkey killed empty; FLUSHALL at the peak", "streams unchanged; recovers alone ≤ 30 s", empty_valkey),
    Row("F15a", "kill -9 NATS", "no effect on running answers; added gap ≤ 2 s", kill_nats),
    Row("F10", "half-open database sockets", "each call ends ≤ 5 s; no stuck transaction", half_open, narrow=True),
    Row(
        "F11",
        "pool exhausted by a locked table",
        "refused at the bound; /livez 200; recovered ≤ 10 s",
        exhausted_pool,
        narrow=True,
    ),
    Row("F13", "Valkey slow 500 ms, then silent", "50 ms a call; breaker ≤ 2 s", slow_valkey, narrow=True),
]
