"""What dies is started again, with patience; what never comes up is given up with its last words."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tertulia.local.component import TRIES, Component, Plan
from tertulia.local.errors import LocalError
from tertulia.local.processes import Household
from tertulia.local.running import Running
from tertulia.local.servers.command import Command


class Book:
    """Writes down what the watcher is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.deaths: list[str] = []
        self.pauses: list[float] = []
        self.starts = 0
        self.readies: asyncio.Queue[str] = asyncio.Queue()

    def starting(self, name: str) -> None:
        assert name
        self.starts += 1

    def ready(self, name: str, seconds: float) -> None:
        assert seconds >= 0
        self.readies.put_nowait(name)

    def died(self, name: str, how: str, pause: float) -> None:
        assert name
        self.deaths.append(how)
        self.pauses.append(pause)


@pytest.fixture
def household() -> Iterator[Household]:
    made = Household()
    yield made
    made.close()


def plan(household: Household, log: Path, script: str, ready: Path | None = None, **options: Any) -> Plan:
    """A shell script as a component; it is up once `ready` exists, or never."""

    async def launch() -> Running:
        return Running.child(household.start(Command(("/bin/sh", "-c", script), {"PATH": "/usr/bin:/bin"}), log))

    async def is_ready() -> bool:
        return ready is not None and ready.exists()  # noqa: ASYNC240 - a look at a local file

    return replace(Plan("part", log, launch, is_ready), **options)


async def test_a_killed_component_returns(household: Household, tmp_path: Path) -> None:
    """At once the first time, then after a growing pause; its end is told with its signal."""
    book, ready = Book(), tmp_path / "ready"
    part = Component(plan(household, tmp_path / "log", f"touch {ready}; exec sleep 300", ready), book, household.forget)
    await part.start()
    for _ in range(3):
        await book.readies.get()
        assert part.running is not None
        os.kill(part.running.pid, signal.SIGKILL)
    await book.readies.get()
    assert book.deaths == ["ended by signal 9"] * 3
    assert book.pauses[0] == 0
    assert book.pauses[1:] == sorted(book.pauses[1:])
    assert book.pauses[2] > 0
    await part.stop(hurry=asyncio.Event())


async def test_one_that_never_comes_up_fails_with_its_last_words(household: Household, tmp_path: Path) -> None:
    """After a few tries, in one line that has the reason and the log's place."""
    book = Book()
    part = Component(plan(household, tmp_path / "log", "echo FATAL: no; exit 3"), book, household.forget)
    with pytest.raises(LocalError, match=r"^part ended with code 3; FATAL: no; its log is .*log$"):
        await part.start()
    assert book.starts == TRIES


async def test_one_that_hangs_while_starting_is_killed(household: Household, tmp_path: Path) -> None:
    """Silence counts as failure once its time is over."""
    hanging = plan(household, tmp_path / "log", "exec sleep 300", start_within=0.05)
    part = Component(hanging, Book(), household.forget)
    with pytest.raises(LocalError, match="did not answer within"):
        await part.start()
    assert part.running is not None
    assert part.running.ended.is_set()


async def test_a_stubborn_one_is_killed_when_its_time_is_over(household: Household, tmp_path: Path) -> None:
    """Stopping waits no longer than it said it would."""
    ready = tmp_path / "ready"
    script = f"trap '' TERM; touch {ready}; while :; do sleep 1; done"
    part = Component(plan(household, tmp_path / "log", script, ready, stop_within=0.2), Book(), household.forget)
    await part.start()
    await part.stop(hurry=asyncio.Event())
    assert part.running is not None
    assert part.running.exit_code() == -signal.SIGKILL


async def test_hurry_ends_the_waiting(household: Household, tmp_path: Path) -> None:
    """A second Ctrl-C kills what still drains."""
    ready, hurry = tmp_path / "ready", asyncio.Event()
    script = f"trap '' TERM; touch {ready}; while :; do sleep 1; done"
    part = Component(plan(household, tmp_path / "log", script, ready, stop_within=60), Book(), household.forget)
    await part.start()
    stopping = asyncio.create_task(part.stop(hurry=hurry))
    hurry.set()
    await asyncio.wait_for(stopping, 10)
    assert part.running is not None
    assert part.running.exit_code() == -signal.SIGKILL
