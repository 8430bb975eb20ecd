"""A process that runs, however it was started: waiting for its end, and ending it.

The end is seen through a pidfd, which works for children of others too (a service lives on when the zygote it was
forked from dies); where there is none, by looking ten times a second.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from signal import SIGKILL, Signals

POLL_S = 0.1


@dataclass
class Running:
    pid: int
    exit_code: Callable[[], int | None]
    """How it ended, where that is known: negative for a signal."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def child(cls, process: subprocess.Popen[bytes]) -> "Running":
        return cls(process.pid, process.poll)

    async def wait(self) -> str:
        """Returns when it has ended, and says how in a few words."""
        if not self.ended.is_set():
            await _gone(self.pid)
            self.ended.set()
        return describe(self.exit_code())

    def signal(self, number: Signals) -> None:
        """To the process and all in its group."""
        if not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    async def stop(self, number: Signals, within: float) -> None:
        """Asks it to end, and kills it when it has not done so in time (seconds)."""
        self.signal(number)
        try:
            await asyncio.wait_for(self.wait(), within)
        except TimeoutError:
            self.signal(SIGKILL)
            await self.wait()


def describe(code: int | None) -> str:
    if code is None:
        return "ended"
    return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"


async def _gone(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    except (OSError, AttributeError):
        await _looked_for(pid)
        return
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _looked_for(pid: int) -> None:
    import psutil

    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110 - not our child: none tells
        await asyncio.sleep(POLL_S)
