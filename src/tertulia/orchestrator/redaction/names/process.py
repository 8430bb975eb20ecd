"""Keeps the reading process: starts it, sends it segments, hands its answers to whoever waits, and ends it."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from itertools import count
from pathlib import Path

import msgspec
import structlog

from tertulia.orchestrator.redaction.names.worker import LENGTH_BYTES, frame
from tertulia.platform.errors import Unavailable

log = structlog.get_logger()

Name = tuple[str, int, int]
"""Kind, start and end in the segment."""

_MODULE = "tertulia.orchestrator.redaction.names.worker"
_MOST_WAITING = 250
_REST = 5.0
"""Seconds between two starts."""


class _Meta(msgspec.Struct, frozen=True):
    """Of spaCy's description of a model."""

    lang: str
    name: str
    version: str


class NamesAway(Unavailable):
    code, title = "names_unavailable", "Names cannot be looked for"

    def __init__(self) -> None:
        super().__init__("Names cannot be looked for just now, and the workspace wants them kept. Try again shortly.")


class ReadingProcess:
    """Enter it to start it; loading takes seconds, which nobody waits for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._there = False
        self._numbers = count(1)
        self._askers = 0
        self._waiting: dict[int, asyncio.Future[list[list[Name]]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._loaded = asyncio.Event()

    async def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep(), name="names")

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait((self._keeping,))

    async def ask(self, segments: Sequence[str]) -> list[list[Name]]:
        """The names in each. Waits for the model to be loaded.

        Raises: NamesAway when too many wait, or when the process ends.
        """
        if self._askers >= _MOST_WAITING:
            raise NamesAway
        self._askers += 1
        try:
            await self._loaded.wait()
            if self._process is None or self._process.stdin is None:
                raise NamesAway
            number = next(self._numbers)
            answer: asyncio.Future[list[list[Name]]] = asyncio.get_running_loop().create_future()
            self._waiting[number] = answer
            try:
                self._process.stdin.write(frame((number, segments)))
                return await answer
            finally:
                del self._waiting[number]
        finally:
            self._askers -= 1

    @property
    def installed(self) -> bool:
        """Whether the model is there: it may still be on its way."""
        self._there = self._there or (self._folder / "meta.json").exists()
        return self._there

    @cached_property
    def model(self) -> str:
        """Which one it is, by what it says of itself; ask only where it is there."""
        told = msgspec.json.decode((self._folder / "meta.json").read_bytes(), type=_Meta)
        return f"{told.lang}_{told.name}-{told.version}"

    @property
    def loaded(self) -> bool:
        return self._loaded.is_set()

    async def _keep(self) -> None:
        while True:
            begun = time.monotonic()
            try:
                if self.installed:
                    await self._run()
            except (OSError, asyncio.IncompleteReadError, msgspec.DecodeError) as error:
                log.warning("names_process_ended", reason=type(error).__name__)
            await asyncio.sleep(max(0.0, _REST - (time.monotonic() - begun)))

    async def _run(self) -> None:
        """One life of the process. Raises: OSError, IncompleteReadError at its end."""
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            str(self._folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._process = process
        try:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            await _read(process.stdout)
            self._loaded.set()
            while True:
                number, names = msgspec.msgpack.decode(await _read(process.stdout), type=tuple[int, list[list[Name]]])
                answer = self._waiting.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(names)
        finally:
            self._loaded.clear()
            self._process = None
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(NamesAway())
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _read(stream: asyncio.StreamReader) -> bytes:
    return await stream.readexactly(int.from_bytes(await stream.readexactly(LENGTH_BYTES), "big"))
