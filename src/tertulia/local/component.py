"""Keeps one component running: starts it, waits until it answers, starts it again when it dies.

The first restart comes at once, later ones after a pause that doubles, up to fifteen seconds; a component that ran
steadily for a minute starts afresh. One that has never come up is given a few tries, then the whole start fails with
the last words of its log. What depends on what is the supervisor's matter.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tertulia.local.errors import LocalError
from tertulia.local.forks import ZygoteDied
from tertulia.local.logfiles import last_words
from tertulia.local.running import Running
from tertulia.platform import jitter

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 15.0
STEADY_S = 60.0
TRIES = 3
PROBE_S = 0.02


class Watcher(Protocol):
    """Whoever wants to know how the components fare."""

    def starting(self, name: str) -> None: ...
    def ready(self, name: str, seconds: float) -> None: ...
    def died(self, name: str, how: str, pause: float) -> None: ...


@dataclass(frozen=True)
class Plan:
    """How a component is started and how it is known to be up."""

    name: str
    log: Path
    launch: Callable[[], Awaitable[Running]]
    is_ready: Callable[[], Awaitable[bool]]
    stop_signal: signal.Signals = signal.SIGTERM
    hurry_signal: signal.Signals = signal.SIGKILL
    start_within: float = 30.0
    stop_within: float = 10.0
    advice: str = ""
    """What to do when it does not come up; added to the error."""


class Component:
    def __init__(self, plan: Plan, watcher: Watcher, forget: Callable[[int], None]) -> None:
        self.plan = plan
        self.running: Running | None = None
        self._watcher = watcher
        self._forget = forget
        self._stopping = False
        self._up = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def start(self) -> None:
        """Returns when it answers. Raises LocalError when it does not come up."""
        self._keeping = asyncio.create_task(self._keep(), name=self.plan.name)
        up = asyncio.create_task(self._up.wait())
        await asyncio.wait((self._keeping, up), return_when=asyncio.FIRST_COMPLETED)
        if self._keeping.done():
            up.cancel()
            self._keeping.result()

    async def stop(self, *, hurry: asyncio.Event) -> None:
        """Ends it, politely, or at once when there is hurry. It is not started again."""
        self._stopping = True
        if self.running is not None:
            ending = asyncio.create_task(self.running.stop(self.plan.stop_signal, self.plan.stop_within))
            hurrying = asyncio.create_task(hurry.wait())
            await asyncio.wait((ending, hurrying), return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                self.running.signal(self.plan.hurry_signal)
            hurrying.cancel()
            await ending
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait((self._keeping,))

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping:
            begun = time.monotonic()
            how = await self._run_once(begun)
            if self._stopping:
                return
            failures = 0 if time.monotonic() - begun > STEADY_S else failures + 1
            if failures >= TRIES and not self._up.is_set():
                raise self._failure(how)
            pause = 0.0 if failures <= 1 else min(FIRST_PAUSE_S * 2 ** (failures - 2), LONGEST_PAUSE_S)
            if self._up.is_set():
                self._watcher.died(self.plan.name, how, pause)
            await asyncio.sleep(pause * jitter.between(0.8, 1.2))

    async def _run_once(self, begun: float) -> str:
        """Starts it and returns, with how it ended, when it is over."""
        self._watcher.starting(self.plan.name)
        try:
            self.running = running = await self.plan.launch()
        except ZygoteDied:
            return "was to be forked from a zygote that died"
        ended = asyncio.create_task(running.wait())
        try:
            if not await self._becomes_ready(ended):
                running.signal(signal.SIGKILL)
                await ended
                return f"did not answer within {self.plan.start_within:.0f} s"
            if not ended.done():
                self._up.set()
                self._watcher.ready(self.plan.name, time.monotonic() - begun)
            return await ended
        finally:
            ended.cancel()
            if running.ended.is_set():
                self._forget(running.pid)

    async def _becomes_ready(self, ended: "asyncio.Task[str]") -> bool:
        """False when it neither answers nor ends in time."""
        deadline = time.monotonic() + self.plan.start_within
        while not ended.done() and not await self.plan.is_ready():
            if time.monotonic() > deadline:
                return False
            await asyncio.wait((ended,), timeout=PROBE_S)
        return True

    def _failure(self, how: str) -> LocalError:
        words = last_words(self.plan.log).rstrip(".")
        said = [f"{self.plan.name} {how}", words, self.plan.advice, f"its log is {self.plan.log}"]
        return LocalError("; ".join(filter(None, said)))
