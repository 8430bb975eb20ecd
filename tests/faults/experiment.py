"""One row's run: a baseline, the fault among people who ask and read, healing, draining, and then the books.

A row says what happens and what it measures; how clients behave, what is judged and when is the same for all.
"""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.faults import checker
from tests.faults.books import Books, Turn
from tests.faults.checker import NOTHING, Allowed
from tests.faults.client import Client, opened
from tests.faults.system import NotSo, System

LETTERS = "bcdfghjklmnpqrstvwxz"


@dataclass
class Verdict:
    """What came of a row: what was wrong, and the figures that go into the matrix."""

    wrong: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)

    def expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)

    def at_most(self, name: str, seconds: float, most: float) -> None:
        """A measured time and its bound."""
        self.figures[name] = f"{seconds:.2f} s"
        self.expect(seconds <= most, f"{name} {seconds:.2f} s, at most {most:g} s")


@dataclass
class Experiment:
    """``full``: as long and as much as the matrix says; else a short form of the same."""

    system: System
    chance: random.Random
    full: bool
    session: aiohttp.ClientSession
    verdict: Verdict = field(default_factory=Verdict)
    turns: list[Turn] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    def scaled(self, short: float, full: float) -> float:
        return full if self.full else short

    def word(self) -> str:
        return "".join(self.chance.choices(LETTERS, k=12))

    def question(self, *, tokens: int = 60, gap: int = 50, more: str = "") -> str:
        """Its own seed makes each answer tell whose it is."""
        seed = self.chance.getrandbits(31)
        return f"{self.word()} [[sim: seed={seed} tokens={tokens} gap={gap} {more}]]"

    async def client(self, *, key: bool = True) -> Client:
        made = Client(self.system.url, self.session, self.word(), self.chance)
        await made.sign_up()
        if key:
            await made.make_key()
        self.clients.append(made)
        return made

    async def ask(self, client: Client, text: str, patience: float = 75.0) -> Turn:
        turn = client.turn(text)
        self.turns.append(turn)
        return await client.ask(turn, patience)

    @asynccontextmanager
    async def crowd(self, people: int = 6, *, tokens: int = 60, gap: int = 50) -> AsyncIterator[list[Turn]]:
        """People who ask one question after the other; inside are their turns. At the end each reads to its end."""
        clients = [await self.client() for _ in range(people)]
        leaving = asyncio.Event()
        turns: list[Turn] = []

        async def talk(client: Client) -> None:
            await asyncio.sleep(self.chance.uniform(0, tokens * gap / 1000))
            while not leaving.is_set():
                turn = client.turn(self.question(tokens=tokens, gap=gap))
                turns.append(turn)
                self.turns.append(turn)
                await client.ask(turn)

        talking = [asyncio.create_task(talk(client)) for client in clients]
        try:
            yield turns
            leaving.set()
            await asyncio.gather(*talking)
        finally:
            for task in talking:
                task.cancel()

    async def streaming(self, turns: Sequence[Turn], least: int = 3, within: float = 20.0) -> list[Turn]:
        """Waits until so many are in the middle of an answer; those."""
        until = time.monotonic() + within
        while len(live := in_the_middle(turns)) < least:
            if time.monotonic() > until:
                raise NotSo(f"{least} live streams within {within:.0f} s")
            await asyncio.sleep(0.02)
        return live

    async def until_served(self, client: Client, within: float = 60.0) -> float:
        """How long it takes until a new question gets a whole answer at the first try."""
        begun = time.monotonic()
        while time.monotonic() - begun < within:
            turn = client.turn(self.question(tokens=2, gap=0))
            started = time.monotonic()
            await client.ask(turn, 3)
            self.turns.append(turn)
            if turn.end == "finish" and len(turn.attempts) == 1:
                return started - begun
            await asyncio.sleep(0.1)
        raise NotSo(f"I8 no new question was answered within {within:.0f} s")

    async def pause(self, least: float, most: float) -> None:
        """Chance says when."""
        await asyncio.sleep(self.chance.uniform(least, most))

    async def judge(self, allowed: Allowed = NOTHING, *, drain: float = 60.0) -> None:
        """Heals, drains, reads the books and holds them to the invariants."""
        self.verdict.figures["healed"] = f"{await self.system.healed():.1f} s"
        await self.system.drained(drain)
        conversations = [turn.conversation for turn in self.turns]
        books = Books(
            await asyncio.to_thread(self.system.emissions),
            self.turns,
            await asyncio.to_thread(self.system.kept, conversations),
            await asyncio.to_thread(self.system.generated, conversations),
        )
        self.verdict.wrong += checker.violations(books, allowed)
        figures = self.verdict.figures
        figures["turns"] = str(len(self.turns))
        if begun_again := sum(turn.begun_again for turn in self.turns):
            figures["begun again"] = str(begun_again)
        if epochs := sum(one.epoch > 1 for one in books.generated):
            figures["taken over"] = str(epochs)
        if told := checker.refusals(self.turns):
            figures["cut or refused"] = ", ".join(f"{count} {how}" for how, count in sorted(told.items()))


@asynccontextmanager
async def experiment(system: System, seed: str, *, full: bool) -> AsyncIterator[Experiment]:
    async with opened() as session:
        yield Experiment(system, random.Random(seed), full, session)


def in_the_middle(turns: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in turns if turn.ended is None and len(turn.times) > 2]


def ended_before(turns: Sequence[Turn], moment: float) -> list[Turn]:
    return [turn for turn in turns if turn.ended is not None and turn.ended <= moment]


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * share) - 1] if ordered else 0.0


def p99(values: Sequence[float]) -> float:
    return percentile(values, 0.99)


def added_gap(turns: Sequence[Turn], hit: Sequence[Turn], moment: float) -> float:
    """How much longer the longest pause of the answers that were hit was than that of those before, at the 99th."""
    before = [turn.longest_gap for turn in ended_before(turns, moment)]
    return max(0.0, p99([turn.longest_gap for turn in hit]) - p99(before))
