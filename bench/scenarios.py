"""The figures of the report, each measured on a target and, in the same round, on what it is held against.

Every scenario gives rows of plain numbers; what they mean, their bounds and their spread over rounds is the report's.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import msgspec

from bench import figures, loops
from bench.client import Answer, Client
from bench.provider import text
from bench.targets import MODEL, Target

TOKENS = 64
GAP_MS = 5
MAX_GAP = 0.050
TURNS = 10
SPREAD = 0.5
IN_FLIGHT = 32
_FREE_WITHIN = 60.0
STEPS = (25, 50, 100, 200, 300, 400, 600)


class Scale(msgspec.Struct, frozen=True):
    """How long and how much; the short one only proves that everything runs."""

    seconds: float = 5.0
    steps: tuple[int, ...] = STEPS
    idle_streams: int = 2_000
    settling: float = 15.0


SHORT = Scale(seconds=0.5, steps=(10,), idle_streams=20, settling=0.5)


class Figure(msgspec.Struct, frozen=True):
    """One number of one round. ``limit`` names what kept it from being better, where that is known."""

    name: str
    target: str
    value: float
    limit: str = ""


def completion(content: str, *, stream: bool = False, redact: bool | None = None) -> bytes:
    body: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": content}]}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if redact is not None:
        body["metadata"] = {"tertulia": json.dumps({"redact": redact})}
    return json.dumps(body).encode()


def streamed(number: int) -> bytes:
    return completion(f"Go on. [[sim: seed={number % 500} tokens={TOKENS} gap={GAP_MS}]]", stream=True)


async def throughput(target: Target, scale: Scale) -> list[Figure]:
    """Small answers with 32 in flight: requests a second, and CPU of the whole process tree for each."""
    if not target.redacts:
        return await _throughput(target, scale, "", None)
    with_redaction = await _throughput(target, scale, "", True)
    return with_redaction + await _throughput(target, scale, ", redaction off", False)


async def _throughput(target: Target, scale: Scale, kind: str, redact: bool | None) -> list[Figure]:
    client = target.client()
    body = completion("Write to ada@example.com, please. [[sim: tokens=1]]", redact=redact)

    async def send(_: int) -> Answer:
        return await client.post("/chat/completions", body)

    await loops.closed(send, in_flight=IN_FLIGHT, seconds=scale.seconds / 5)
    before = figures.cpu_by_name(target.pids)
    load = await loops.closed(send, in_flight=IN_FLIGHT, seconds=scale.seconds)
    used = figures.since(before, figures.cpu_by_name(target.pids))
    client.close()
    refuse_failures(load)
    each = 1000 / len(load.answers)
    return [
        Figure(f"requests/s at {IN_FLIGHT} in flight{kind}", target.name, load.per_second, load.limit),
        Figure(f"CPU a request, ms{kind}", target.name, each * sum(used.values()), shares(used, each)),
    ]


def shares(used: dict[str, float], each: float) -> str:
    """Where it went: the four that used most, each in the figure's own unit."""
    most = sorted(used, key=lambda name: -used[name])[:4]
    return ", ".join(f"{name} {used[name] * each:.3g}" for name in most)


async def latency(target: Target, scale: Scale) -> list[Figure]:
    """Small answers at 50 a second."""
    client = target.client()
    body = completion("Hello. [[sim: tokens=1]]")
    load = await loops.opened(lambda _: client.post("/chat/completions", body), per_second=50, seconds=scale.seconds)
    client.close()
    refuse_failures(load)
    times = [answer.seconds * 1000 for answer in load.answers]
    return [
        Figure("latency at 50/s, p50, ms", target.name, figures.median(times)),
        Figure("latency at 50/s, p99, ms", target.name, figures.percentile(times, 0.99)),
    ]


async def first_token(target: Target, scale: Scale) -> list[Figure]:
    """Streams at 5 a second."""
    client = target.client()
    load = await loops.opened(
        lambda number: client.post("/chat/completions", streamed(number)), per_second=5, seconds=scale.seconds
    )
    client.close()
    refuse_failures(load)
    times = [figures.first_token(answer) * 1000 for answer in load.answers]
    return [Figure("time to first token at 5 streams/s, p50, ms", target.name, figures.median(times))]


async def streams(target: Target, scale: Scale) -> list[Figure]:
    """How many streams of 64 tokens, 5 ms apart, keep a p99 gap under 50 ms with every byte right; and what a token
    costs where so many are kept open, the next begun as soon as one has ended.
    """
    client = target.client()
    best, limit = 0, ""
    costs: list[tuple[float, str]] = []

    async def send(number: int) -> Answer:
        return await client.post("/chat/completions", streamed(number))

    for count in scale.steps:
        load = await loops.at_once(send, count=count, spread=SPREAD)
        refuse_failures(load)
        refuse_wrong_bytes(load.answers)
        widest = figures.percentile(figures.gaps(load.answers), 0.99)
        if widest >= MAX_GAP:
            limit = load.limit or f"a p99 gap of {1000 * widest:.0f} ms at {count}"
            break
        best = count
        costs.append(await _token(target, send, count, scale.seconds / 2))
    client.close()
    found = [Figure("streams of 64 tokens with p99 gap < 50 ms", target.name, best, limit or "the largest step")]
    if costs:
        cost, where = min(costs)
        found.append(Figure("CPU a streamed token, µs", target.name, cost, where))
    return found


async def _token(target: Target, send: loops.Send, count: int, seconds: float) -> tuple[float, str]:
    """CPU of a token, in microseconds, and where it went."""
    before = figures.cpu_by_name(target.pids)
    load = await loops.closed(send, in_flight=count, seconds=seconds)
    used = figures.since(before, figures.cpu_by_name(target.pids))
    refuse_failures(load)
    refuse_wrong_bytes(load.answers)
    each = 1e6 / (len(load.answers) * TOKENS)
    return each * sum(used.values()), shares(used, each)


async def chat_turns(target: Target, scale: Scale) -> list[Figure]:
    """Turns through the log, stored: how many a second with 32 in flight, and the time to first text at 10 a second."""
    person = target.person()
    send = _turn(person)
    await loops.closed(send, in_flight=IN_FLIGHT, seconds=scale.seconds / 5)
    before = figures.cpu_by_name(target.pids)
    load = await loops.closed(send, in_flight=IN_FLIGHT, seconds=scale.seconds)
    used = figures.since(before, figures.cpu_by_name(target.pids))
    refuse_failures(load)
    calm = await loops.opened(send, per_second=10, seconds=scale.seconds)
    refuse_failures(calm)
    person.close()
    times = [1000 * _first_text(answer) for answer in calm.answers]
    each = 1000 / len(load.answers)
    return [
        Figure("chat turns/s", target.name, load.per_second, load.limit),
        Figure("CPU a chat turn, ms", target.name, each * sum(used.values()), shares(used, each)),
        Figure("chat: time to first text at 10/s, p50, ms", target.name, figures.median(times)),
        Figure("chat: time to first text at 10/s, p99, ms", target.name, figures.percentile(times, 0.99)),
    ]


async def idle_streams(target: Target, scale: Scale) -> list[Figure]:
    """Memory of the process tree for each stream that is open and says nothing. They are opened one after another: a
    rush would be measured with what it needs for itself.
    """
    client = target.client()
    body = completion("[[sim: ttft=600000]]", stream=True)
    before = figures.memory_by_name(target.pids)

    async def open_one(number: int) -> Answer:
        await asyncio.sleep(scale.settling / 2 * number / scale.idle_streams)
        return await client.post("/chat/completions", body)

    waiting = [asyncio.ensure_future(open_one(number)) for number in range(scale.idle_streams)]
    done, _ = await asyncio.wait(waiting, timeout=scale.settling, return_when=asyncio.FIRST_COMPLETED)
    ended = [task.result() for task in done]
    grown = figures.since(before, figures.memory_by_name(target.pids))
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    client.close()
    if ended:
        raise WrongResult(
            f"a stream that should wait ended: {ended[0].status} {ended[0].error} {ended[0].body[:200]!r}"
        )
    await _places_free_again(target)
    each = 1 / scale.idle_streams / 1024
    return [Figure("memory an idle stream, KiB", target.name, sum(grown.values()) * each, shares(grown, each))]


async def _places_free_again(target: Target) -> None:
    """Until there are places for as many calls as a scenario makes at once: so many streams take seconds to end, and a
    workspace of the plan ``unlimited`` may have no more than they were.
    """
    client, short = target.client(), completion("[[sim: tokens=1]]")
    async with asyncio.timeout(_FREE_WITHIN):
        while True:
            answers = await asyncio.gather(*(client.post("/chat/completions", short) for _ in range(2 * IN_FLIGHT)))
            if all(answer.ok for answer in answers):
                break
    client.close()


class WrongResult(Exception):
    """What came back is not what was asked for: no figure can be made of it."""


def refuse_failures(load: loops.Load) -> None:
    if load.failed:
        first = load.failed[0]
        shown = f"{first.status} {first.error} {first.body[:300]!r}"
        raise WrongResult(f"{len(load.failed)} of {len(load.answers)} failed, the first: {shown}")


def refuse_wrong_bytes(answers: list[Answer]) -> None:
    expected = {text.text(seed, TOKENS) for seed in range(500)}
    wrong = [answer for answer in answers if answer.text() not in expected]
    if wrong:
        raise WrongResult(
            f"{len(wrong)} streams differ from what the provider said, the first: {wrong[0].text()[:200]!r}"
        )


def _turn(person: Client) -> Callable[[int], Awaitable[Answer]]:
    """Conversations of ten turns each, as many as are in flight and as many again that rest."""
    resting: deque[tuple[str, int]] = deque()

    async def send(_: int) -> Answer:
        conversation, turn = resting.popleft() if len(resting) > IN_FLIGHT else (str(uuid4()), 0)
        message = {"id": str(uuid4()), "role": "user", "parts": [{"type": "text", "text": "Hello. [[sim: tokens=8]]"}]}
        answer = await person.post("/api/chat", json.dumps({"id": conversation, "message": message}).encode())
        if turn + 1 < TURNS:
            resting.append((conversation, turn + 1))
        return answer

    return send


def _first_text(answer: Answer) -> float:
    """Seconds until the piece of body that holds the first text; pieces are the server's own writes."""
    head, _, _ = answer.body.partition(b'"text-delta"')
    length = 0
    for size, arrived in zip(answer.sizes, answer.arrivals, strict=True):
        length += size
        if length > len(head):
            return arrived - answer.started
    return answer.seconds
