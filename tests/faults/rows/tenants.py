"""F14, F26 and F29: calls cut off at any byte, the same call many times, and a neighbour who wants everything."""

import asyncio
import json
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import LiteralString
from urllib.parse import urlsplit
from uuid import UUID

import psutil

from bench.processes import running_beside
from tertulia.contracts.access import PLANS
from tests.faults.books import Attempt
from tests.faults.checker import Allowed, honest
from tests.faults.client import Client
from tests.faults.experiment import Experiment, percentile
from tests.faults.matrix import Row

CREATED, CONFLICT, UNPROCESSABLE = 201, 409, 422


async def cancelled_anywhere(run: Experiment) -> None:
    """Many tenants' calls through few connections, most of them left at a random byte; every byte is looked at."""
    tenants = [await run.client() for _ in range(20)]
    conversations = {}
    for tenant in tenants:
        turn = await run.ask(tenant, f"{tenant.tenant} [[sim: echo=last]]")
        conversations[tenant.tenant] = turn.conversation
    words = {tenant.tenant.encode() for tenant in tenants}
    left = whole = 0
    gate = asyncio.Semaphore(24)

    async def one() -> None:
        nonlocal left, whole
        tenant = run.chance.choice(tenants)
        request = _some_request(run, tenant, conversations[tenant.tenant])
        cut = None if run.chance.random() < 0.25 else run.chance.choice((0, run.chance.randint(1, 4000)))
        async with gate:
            got = await _bytes_of(run.system.url, request, cut)
        left, whole = left + (cut is not None), whole + (cut is None)
        foreign = [word for word in words - {tenant.tenant.encode()} if word in got]
        run.verdict.expect(not foreign, f"I5 {tenant.tenant} got bytes of {foreign}")
        if cut is None and b" 200 OK" in got[:40]:
            run.verdict.expect(tenant.tenant.encode() in got, f"{request[:60]!r} without the tenant's own word")

    await asyncio.gather(*(one() for _ in range(round(run.scaled(600, 5000)))))
    run.verdict.figures["calls"] = f"{left} left, {whole} read to the end"
    await asyncio.sleep(1)
    burst = await asyncio.gather(*(tenant.call("GET", "/api/conversations", within=32) for tenant in tenants))
    for tenant, answer in zip(tenants, burst, strict=True):
        run.verdict.expect(answer.status == 200, f"after it: {answer.status} {answer.broke}")
        foreign = [word for word in words - {tenant.tenant.encode()} if word.decode() in answer.body]
        run.verdict.expect(not foreign, f"I5 after it {tenant.tenant} got bytes of {foreign}")
    stuck = await asyncio.to_thread(
        run.system.rows,
        "chat",
        "SELECT count(*) FROM pg_stat_activity WHERE datname IN ('chat_db', 'orchestrator_db') "
        "AND state LIKE 'idle in transaction%' AND xact_start < now() - interval '3 s'",
    )
    run.verdict.expect(stuck[0][0] == 0, f"{stuck[0][0]} connections stay in a transaction")
    await run.judge()


def _some_request(run: Experiment, tenant: Client, conversation: str) -> bytes:
    kind = run.chance.randrange(5)
    if kind == 0:
        return _request(tenant, "GET", "/api/conversations")
    if kind == 1:
        return _request(tenant, "GET", f"/api/conversations/{conversation}/messages")
    if kind == 2:
        return _request(tenant, "GET", f"/api/conversations/search?q={tenant.tenant}")
    messages = [{"role": "user", "content": f"{tenant.tenant} [[sim: echo=last pieces=word]]"}]
    return _request(
        tenant, "POST", "/v1/chat/completions", {"model": "sim-fast", "messages": messages, "stream": kind == 3}
    )


def _request(tenant: Client, method: str, path: str, body: object = None) -> bytes:
    raw = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", "connection: close", f"content-length: {len(raw)}"]
    lines += [f"authorization: Bearer {tenant.token}", "content-type: application/json", "", ""]
    return "\r\n".join(lines).encode() + raw


async def _bytes_of(url: str, request: bytes, cut: int | None) -> bytes:
    """What came, up to the byte at which the client leaves."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    got = b""
    with suppress(OSError):
        writer.write(request)
        async with asyncio.timeout(40):
            while cut is None or len(got) < cut:
                piece = await reader.read(4096 if cut is None else min(4096, cut - len(got)))
                if not piece:
                    break
                got += piece
    writer.transport.abort()
    return got


async def one_key_many_calls(run: Experiment) -> None:
    client = await run.client(key=False)
    name, key = run.word(), run.word()
    calls = [_make(client, name, key) for _ in range(50)]
    answers = await asyncio.gather(*calls)
    _typed(run, answers)
    made = {answer.problem["id"] for answer in answers if answer.status == CREATED}
    others = {answer.status for answer in answers} - {CREATED, CONFLICT}
    run.verdict.expect(len(made) == 1 and not others, f"50 calls made {len(made)} workspaces, and gave {others}")
    other = await _make(client, run.word(), key)
    run.verdict.expect(other.status == UNPROCESSABLE, f"another body under the same key: {other.status}")
    await _retried_after_a_crash(run, client)
    count = await asyncio.to_thread(run.system.rows, "auth", "SELECT count(*) FROM workspace WHERE name = %s", [name])
    run.verdict.expect(count[0][0] == 1, f"{count[0][0]} workspaces of one key")
    await _one_question_many_times(run)
    await run.judge()


async def _make(client: Client, name: str, key: str) -> Attempt:
    return await client.call("POST", "/api/workspaces", {"name": name}, {"idempotency-key": key})


async def _retried_after_a_crash(run: Experiment, client: Client) -> None:
    """Auth is killed while twenty are being made; each is asked for again, under its key, until it is there."""
    names = [run.word() for _ in range(20)]
    flying = [asyncio.create_task(_make(client, name, name)) for name in names]
    await run.pause(0.01, 0.1)
    run.system.kill("auth")
    await asyncio.gather(*flying)
    begun = time.monotonic()
    waiting = list(names)
    while waiting and time.monotonic() - begun < 60:
        answers = await asyncio.gather(*(_make(client, name, name) for name in waiting))
        waiting = [name for name, answer in zip(waiting, answers, strict=True) if answer.status != CREATED]
        await asyncio.sleep(0.3)
    run.verdict.figures["retried after a crash"] = f"all there after {time.monotonic() - begun:.1f} s"
    run.verdict.expect(not waiting, f"{len(waiting)} were never made")
    count = await asyncio.to_thread(
        run.system.rows, "auth", "SELECT count(*), count(DISTINCT name) FROM workspace WHERE name = ANY(%s)", [names]
    )
    run.verdict.expect(count[0] == (20, 20), f"20 keys made {count[0]} workspaces")


async def _one_question_many_times(run: Experiment) -> None:
    """A question's id is its key: fifty who send it follow one answer."""
    client = await run.client()
    first = client.turn(run.question(tokens=30, gap=50))
    copies = [client.turn(first.text, first.conversation) for _ in range(49)]
    for copy in copies:
        copy.question = first.question
    everybody = [first, *copies]
    await asyncio.gather(*map(client.ask, everybody))
    run.turns += everybody
    calls = [one for one in run.system.emissions() if one.question == first.text]
    run.verdict.expect(len(calls) == 1, f"one question, {len(calls)} calls of the provider")
    run.verdict.figures["one question 50 times"] = f"{len(calls)} call"


def _typed(run: Experiment, answers: Sequence[Attempt]) -> None:
    run.verdict.wrong += [problem for answer in answers for problem in honest(answer, Allowed())]


async def greedy_neighbour(run: Experiment) -> None:
    """One tenant asks for twenty times what is its own, of two kinds, and sends giant questions."""
    others = [await run.client() for _ in range(3)]
    await _slow_readers(run)
    greedy = await _on_a_plan(run, "free")
    seconds, rounds = run.scaled(5, 20), round(run.scaled(2, 4))
    await _watch(run, others, 2)
    alone: list[float] = []
    beside: list[float] = []
    answers: dict[str, Counter[str]] = {path: Counter() for path in QUOTAS}
    begun = 0.0
    for _ in range(rounds):
        alone += await _watch(run, others, seconds)
        async with _floods(run, greedy, seconds) as floods:
            begun = begun or time.monotonic()
            giant = asyncio.create_task(run.ask(greedy, run.question(tokens=5) + " why" * 22_000, 60))
            flowing = {path: asyncio.create_task(_flood(process)) for path, process in floods.items()}
            beside += await _watch(run, others, seconds)
            for path, flow in flowing.items():
                answers[path] += await flow
            await giant
    # The two worst of two hundred calls, which the short form has, say more of the machine than of the neighbour.
    share = run.scaled(0.95, 0.99)
    before, during = percentile(alone, share), percentile(beside, share)
    run.verdict.figures[f"others' p{share:.0%} alone".replace("%", "")] = f"{before * 1000:.0f} ms"
    run.verdict.at_most("beside", during, max(1.5 * before, before + 0.05))
    for path, quota in QUOTAS.items():
        least = 0.9 * (quota.at_once + quota.a_second * seconds * rounds)
        most = 1.05 * (quota.at_once + quota.a_second * (time.monotonic() - begun)) + 1
        _its_own(run, path, answers[path], least, most)
    await run.judge(Allowed(failures=True))


@dataclass(frozen=True)
class Quota:
    """What the plan ``free`` gives, and twenty times as much."""

    a_minute: int

    @property
    def at_once(self) -> int:
        return self.a_minute

    @property
    def a_second(self) -> float:
        return self.a_minute / 60

    @property
    def twentyfold(self) -> float:
        return 20 * self.a_second


QUOTAS = {
    "/v1/chat/completions": Quota(PLANS["free"].requests_per_minute),
    "/api/conversations": Quota(PLANS["free"].calls_per_minute),
}


def _its_own(run: Experiment, path: str, answers: Counter[str], least: float, most: float) -> None:
    given = answers["200"]
    run.verdict.figures[path] = f"{given} admitted of {answers.total()}, its own is {least / 0.9:.0f}"
    run.verdict.expect(given >= least, f"{path}: {given} admitted, at least {least:.0f} are its own")
    run.verdict.expect(given <= most, f"{path}: {given} admitted, at most {most:.0f} are its own")
    odd = {told for told in answers if told != "200" and not told.startswith("429")}
    run.verdict.expect(not odd, f"I9 {path} was answered with {odd}")


async def _on_a_plan(run: Experiment, plan: str) -> Client:
    """The plan is set before anybody has asked what it is, and remembers it."""
    client = await run.client(key=False)
    query: LiteralString = "UPDATE workspace SET plan = %s WHERE id = %s RETURNING id"
    await asyncio.to_thread(run.system.rows, "auth", query, [plan, UUID(client.workspace)])
    await client.make_key()
    return client


async def _watch(run: Experiment, clients: Sequence[Client], seconds: float) -> list[float]:
    """Times of small calls, ten a second of each client."""
    times: list[float] = []

    async def one(client: Client) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            answer = await client.call("GET", "/api/conversations", within=32)
            run.verdict.expect(answer.status == 200, f"I7 a neighbour got {answer.status}")
            times.append(answer.seconds)
            await asyncio.sleep(run.chance.uniform(0.05, 0.15))

    await asyncio.gather(*map(one, clients))
    return times


@asynccontextmanager
async def _floods(run: Experiment, client: Client, seconds: float) -> AsyncIterator[dict[str, Process]]:
    """Processes of their own, so that they do not disturb the clock of who measures; ready to begin."""
    processes = {}
    async with AsyncExitStack() as stack:
        for path, quota in QUOTAS.items():
            what = (run.system.url, client.token, path, str(quota.twentyfold), str(seconds))
            flood = running_beside([sys.executable, "-m", "tests.faults.flood", *what], stdin=PIPE, stdout=PIPE)
            processes[path] = made = await stack.enter_async_context(flood)
            assert made.stdout is not None
            await made.stdout.readline()
        yield processes


async def _flood(process: Process) -> Counter[str]:
    said, _ = await process.communicate(b"begin\n")
    return Counter(json.loads(said))


async def _slow_readers(run: Experiment, count: int = 20) -> None:
    """A byte a second of a long answer; what each adds to the memory of chat."""
    client = await run.client()
    for _ in range(2):  # what a process takes once and keeps
        await asyncio.gather(*(run.ask(client, run.question(tokens=8_000, gap=0)) for _ in range(4)))
    before = _memory(run)
    connections = []
    for _ in range(count):
        connections.append(await _begin_slowly(run, client))
        await asyncio.sleep(0.2)
    most = 0
    for _ in range(round(run.scaled(6, 40))):
        for reader, _ in connections:
            await reader.read(1)
        await asyncio.sleep(1)
        most = max(most, _memory(run) - before)
    for _, writer in connections:
        writer.transport.abort()
    run.verdict.figures["memory a slow reader"] = f"{most / count / 1024:.0f} KiB"
    run.verdict.expect(most / count <= 256 * 1024, f"{most / count / 1024:.0f} KiB for each slow reader")


async def _begin_slowly(run: Experiment, client: Client) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    turn = client.turn(run.question(tokens=8_000, gap=0))
    message = {"id": turn.question, "role": "user", "parts": [{"type": "text", "text": turn.text}]}
    address = urlsplit(run.system.url)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, (address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=narrow, limit=1024)
    writer.write(_request(client, "POST", "/api/chat", {"id": turn.conversation, "message": message}))
    return reader, writer


def _memory(run: Experiment) -> int:
    return sum(psutil.Process(run.system.pid(name)).memory_info().rss for name in run.system.replicas("chat"))


ROWS = [
    Row(
        "F14",
        "calls of 20 tenants left at random bytes, pools of 3",
        "**0 foreign bytes**; pools whole",
        cancelled_anywhere,
        narrow=True,
    ),
    Row(
        "F26",
        "one idempotency key 50 times; another body; retry after a crash",
        "one execution; 422; one execution",
        one_key_many_calls,
    ),
    Row(
        "F29",
        "a tenant at 20 times its quota, giant prompts, a reader at 1 B/s",
        "others p99 ≤ max(1.5 times, +50 ms); it gets ≥ 90 % of its own",
        greedy_neighbour,
    ),
]
