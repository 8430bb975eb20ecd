"""The supervisor's side of the zygote: asks it for processes, and starts another one when it dies.

Processes that a dead zygote left run on; only how they end is then no longer known.
"""

import asyncio
import itertools
import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tertulia.local import interpreter
from tertulia.local.processes import Household
from tertulia.local.running import Running
from tertulia.local.servers.command import Command


class ZygoteDied(Exception):
    """It ended while a process was asked of it; the next one may be asked again."""


class Zygote:
    def __init__(self, household: Household, home: Path, log: Path) -> None:
        self._household = household
        self._home = home
        self.log = log
        self._ready = asyncio.Event()
        self._heard = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[int]] = {}
        self._codes: dict[int, int] = {}
        self._listening: asyncio.Task[None] | None = None

    async def launch(self) -> Running:
        """Starts the zygote; it is of use when `is_ready`."""
        await self._abandon()
        ours, theirs = socket.socketpair()
        argv = interpreter.argv("tertulia.local.zygote", theirs.fileno(), self._household.roll)
        command = Command(argv, interpreter.environment(os.environ, self._home))
        with theirs:
            descriptors = (theirs.fileno(), self._household.roll)
            process = self._household.start(command, self.log, pass_fds=descriptors)
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._listening = asyncio.create_task(self._listen(reader))
        return Running.child(process)

    async def is_ready(self) -> bool:
        return self._ready.is_set()

    async def fork(
        self, name: str, target: str, arguments: Sequence[str], *, environ: Mapping[str, str], log: Path
    ) -> Running:
        """A new process that runs one of the zygote's targets. Waits until there is a zygote.

        Raises ZygoteDied when it dies at that moment.
        """
        await self._ready.wait()
        if self._writer is None:
            raise ZygoteDied
        number = next(self._numbers)
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        order = {
            "id": number,
            "name": name,
            "target": target,
            "arguments": list(arguments),
            "environ": dict(environ),
            "log": str(log),
        }
        self._writer.write(json.dumps(order).encode() + b"\n")
        pid = await asked
        self._household.adopt(pid, signal.SIGTERM)
        return Running(pid, lambda: self._codes.get(pid))

    async def succeeded(self, running: Running) -> bool:
        """Whether a forked process that has ended did what it was for; its code comes a moment after its end."""
        while running.exit_code() is None and self._ready.is_set():
            self._heard.clear()
            await self._heard.wait()
        return running.exit_code() == 0

    async def close(self) -> None:
        await self._abandon()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self._hear(json.loads(line))
            self._heard.set()
        self._ready.clear()
        self._heard.set()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(ZygoteDied)
        self._asked.clear()

    def _hear(self, said: Mapping[str, Any]) -> None:
        if "ready" in said:
            self._ready.set()
        elif "started" in said:
            self._asked.pop(said["started"]).set_result(said["pid"])
        else:
            self._codes[said["ended"]] = said["code"]

    async def _abandon(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._listening is not None:
            await self._listening
            self._listening = None
