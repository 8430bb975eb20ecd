"""The two shapes of load: closed (so many in flight, the next begins when one ends) and open (so many a second).

An open loop starts each request when it is due, whatever has become of the others, and counts its time from when it
was due: a server that falls behind cannot hide it (no coordinated omission).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec

from bench.client import Answer

_BUSY = 0.85
Send = Callable[[int], Awaitable[Answer]]
"""Sends the request of this number."""


class Load(msgspec.Struct):
    """What a loop has brought. ``own_cpu`` is the share of one core that the generator itself used."""

    answers: list[Answer]
    seconds: float
    own_cpu: float

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds

    @property
    def failed(self) -> list[Answer]:
        return [answer for answer in self.answers if not answer.ok]

    @property
    def limit(self) -> str:
        """Who was the limit, as far as the generator can tell: itself, when its one core was busy."""
        return "the generator" if self.own_cpu > _BUSY else ""


async def closed(send: Send, *, in_flight: int, seconds: float) -> Load:
    answers: list[Answer] = []
    started, cpu = time.monotonic(), time.process_time()
    until = started + seconds
    numbers = iter(range(1 << 60))

    async def worker() -> None:
        while time.monotonic() < until:
            answers.append(await send(next(numbers)))

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(worker())
    return _load(answers, started, cpu)


async def opened(send: Send, *, per_second: float, seconds: float) -> Load:
    answers: list[Answer] = []
    started, cpu = time.monotonic(), time.process_time()

    async def one(number: int, due: float) -> None:
        answer = await send(number)
        answer.started = due
        answers.append(answer)

    async with asyncio.TaskGroup() as group:
        for number in range(round(per_second * seconds)):
            due = started + number / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(one(number, due))
    return _load(answers, started, cpu)


async def at_once(send: Send, *, count: int, spread: float) -> Load:
    """``count`` requests in flight together, begun over ``spread`` seconds so that they do not march in step."""
    answers: list[Answer] = []
    started, cpu = time.monotonic(), time.process_time()

    async def one(number: int) -> None:
        await asyncio.sleep(spread * number / count)
        answers.append(await send(number))

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(number))
    return _load(answers, started, cpu)


def _load(answers: list[Answer], started: float, cpu: float) -> Load:
    seconds = time.monotonic() - started
    return Load(answers, seconds, (time.process_time() - cpu) / seconds)
