"""Runs the reader on a file, within bounds of time and output; it dies with its caller's wish to wait."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from tertulia.orchestrator.knowledge.blocks import MOST_CHARACTERS, Block, Unreadable

TIMEOUT = timedelta(minutes=5)
_LONGEST_LINE = 4 * MOST_CHARACTERS
_MODULE = "tertulia.orchestrator.knowledge.reader"


class _Told(msgspec.Struct, frozen=True):
    """A line: a block, or the reason why there are no more."""

    text: str = ""
    heading: str | None = None
    page: int | None = None
    unreadable: str | None = None


_line = msgspec.json.Decoder(str | _Told)


async def read(path: Path, name: str, timeout: timedelta = TIMEOUT) -> tuple[str, list[Block]]:  # noqa: ASYNC109 - the process's
    """The media type, and the blocks that hold text. Raises: Unreadable."""
    try:
        async with asyncio.timeout(timeout.total_seconds()), _reader(path, name) as lines:
            return await _collect(lines)
    except TimeoutError as error:
        raise Unreadable("document_took_too_long") from error


@asynccontextmanager
async def _reader(path: Path, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environ = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "PYTHONPATH") if key in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _MODULE,
        str(path),
        name,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environ,
        limit=_LONGEST_LINE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _collect(process: asyncio.subprocess.Process) -> tuple[str, list[Block]]:
    kind, found = "", list[Block]()
    assert process.stdout is not None  # noqa: S101 - it was asked for
    async for line in process.stdout:
        told = _line.decode(line)
        if isinstance(told, str):
            kind = told
        elif told.unreadable is not None:
            raise Unreadable(told.unreadable)
        elif told.text.strip():
            found.append(Block(told.text, told.heading, told.page))
    if await process.wait():
        raise Unreadable("document_took_too_much")  # killed for what it took, or by what a library could not bear
    if not found:
        raise Unreadable("document_without_text")
    return kind, found
