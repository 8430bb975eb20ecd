"""Processes that end with the block that runs them, and with whoever runs the block, also when that one is killed."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from tertulia.local.processes import Household

ROOT = Path(__file__).resolve().parents[1]
_STOP_S = 60.0


@contextlib.contextmanager
def running(
    words: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is asked to end when the block does, and made to if it will not."""
    household = Household()
    try:
        with subprocess.Popen(
            words, cwd=ROOT, env=env, stdout=stdout, stderr=stderr, start_new_session=True
        ) as process:
            household.adopt(process.pid, signal.SIGTERM)
            try:
                yield process
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_S)
                process.kill()
    finally:
        household.close()


@contextlib.asynccontextmanager
async def running_beside(
    words: Sequence[str], *, stdin: int | None = None, stdout: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The same for one that an event loop speaks with; at the block's end it is killed."""
    household = Household()
    try:
        process = await asyncio.create_subprocess_exec(
            *words, cwd=ROOT, stdin=stdin, stdout=stdout, start_new_session=True
        )
        household.adopt(process.pid, signal.SIGKILL)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
    finally:
        await asyncio.to_thread(household.close)


@contextlib.contextmanager
def simulated_provider(*options: str) -> Iterator[tuple[str, int]]:
    """``bench.provider`` on a free port: its base URL, and the number of its process."""
    with running([sys.executable, "-m", "bench.provider", *options], stdout=subprocess.PIPE) as process:
        told = process.stdout.readline() if process.stdout else b""
        yield json.loads(told)["base_url"], process.pid
