"""`tertulia up`: the whole stack in the foreground, from the lock on its home to the last process ended."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
import time

from tertulia.local.console import Console, open_console
from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.processes import Household
from tertulia.local.settings import UpSettings
from tertulia.local.stack import Stack, check_public_port
from tertulia.local.supervisor import Supervisor

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(settings: UpSettings, *, replicas: int, reset: bool) -> int:
    """Runs until it is told to stop; the process's exit code. Raises LocalError when it cannot start."""
    begun = time.monotonic()
    home = Home(settings.home)
    try:
        with home.locked() as lock:
            if reset:
                home.clear()
            home.prepare()
            check_public_port(settings)
            stack = Stack(home, settings, replicas)
            household = Household(keep_open=(lock,))
            try:
                return asyncio.run(_run(home, stack, household, begun))
            finally:
                household.close()
    except OSError as error:
        raise _explained(error, home) from error


async def _run(home: Home, stack: Stack, household: Household, begun: float) -> int:
    console = open_console()
    supervisor = Supervisor(home, stack, household, console)
    stop = _stop_on_signals(supervisor)
    starting = asyncio.create_task(supervisor.run())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((starting, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            starting.result()
            console.settle()
            _welcome(console, stack, time.monotonic() - begun)
            await stop.wait()
        console.settle()
        console.say("stopping (Ctrl-C again: at once)")
        return os.EX_OK
    finally:
        console.settle()
        starting.cancel()
        await supervisor.stop()
        await asyncio.wait((starting,))
        with contextlib.suppress(asyncio.CancelledError, LocalError, OSError):
            starting.result()
        stopped.cancel()


def _welcome(console: Console, stack: Stack, seconds: float) -> None:
    console.say(f"\nTertulia is ready at {stack.settings.public_url}  ({seconds:.1f} s; Ctrl-C stops it)")
    console.say(f"its data and logs are in {stack.home.path}")


def _stop_on_signals(supervisor: Supervisor) -> asyncio.Event:
    """The first signal stops, the second hurries."""
    stop = asyncio.Event()

    def received() -> None:
        (supervisor.hurry if stop.is_set() else stop).set()

    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, received)
    return stop


def _explained(error: OSError, home: Home) -> LocalError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LocalError(f"the disk of {home.path} is full: free some space, then start again")
    place = f" ({error.filename})" if error.filename else ""
    return LocalError(f"{error.strerror or error}{place}: check that {home.path} is a directory you may write to")


def fail(error: LocalError) -> int:
    sys.stderr.write(f"tertulia: {error}\n")
    return os.EX_UNAVAILABLE
