"""Runs the reader on a file, within bounds of time and output; it dies with its caller's wish to wait.

What it tells of a document goes to a file line by line: one of any length takes the memory of a passage.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from tertulia.orchestrator.knowledge.blocks import Unreadable
from tertulia.orchestrator.knowledge.chunking import Passage
from tertulia.platform.errors import TertuliaError

TIMEOUT = timedelta(minutes=5)
_AGAIN_AFTER = timedelta(seconds=5)
_LONGEST_LINE = 64 * 1024
_MODULE = "tertulia.orchestrator.knowledge.reader"


class ReaderKilled(TertuliaError):
    """By somebody else: its own bounds end it in other ways."""

    status, code, title = 503, "reading_broke_off", "Reading broke off"
    openai_type = "server_error"


class _Told(msgspec.Struct, frozen=True):
    """A line: a passage, a piece of text, or the reason why there are no more."""

    text: str = ""
    heading: str | None = None
    page: int | None = None
    unreadable: str | None = None


_line = msgspec.json.Decoder(str | _Told)
_passage = msgspec.json.Decoder(Passage)


async def read(
    path: Path,
    name: str,
    kept: Path,
    timeout: timedelta = TIMEOUT,  # noqa: ASYNC109 - the process's
    charset: str | None = None,
) -> tuple[str, int]:
    """The media type, and how many passages are ``kept`` in that file; ``charset`` is what came with the file.

    Raises: Unreadable, ReaderKilled.
    """
    try:
        async with asyncio.timeout(timeout.total_seconds()), _reader("passages", path, name, charset or "") as process:
            return await _collect(process, kept)
    except TimeoutError as error:
        raise Unreadable("document_took_too_long") from error


async def read_text(
    path: Path,
    name: str,
    most: int,
    timeout: timedelta,  # noqa: ASYNC109 - the process's
    charset: str | None = None,
) -> str:
    """All of a file's text; ``charset`` is what came with it.

    Raises: ReaderKilled; Unreadable, with ``document_too_long`` for more than ``most`` characters.
    """
    pieces, left = list[str](), most
    try:
        async with (
            asyncio.timeout(timeout.total_seconds()),
            _reader("text", path, name, charset or "") as process,
            aclosing(_told(process)) as lines,
        ):
            async for _, told in lines:
                if isinstance(told, _Told):
                    pieces.append(told.text)
                    left -= len(told.text)
                if left < 0:
                    raise Unreadable("document_too_long")
    except TimeoutError as error:
        raise Unreadable("document_took_too_long") from error
    text = "".join(pieces).strip("\n")
    if not text.strip():
        raise Unreadable("document_without_text")
    return text


@asynccontextmanager
async def _reader(way: str, path: Path, name: str, charset: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    environ = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "PYTHONPATH") if key in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _MODULE,
        way,
        str(path),
        name,
        charset,
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


async def _collect(process: asyncio.subprocess.Process, kept: Path) -> tuple[str, int]:
    kind, count = "", 0
    with kept.open("wb") as out:
        async with aclosing(_told(process)) as lines:
            async for line, told in lines:
                if isinstance(told, str):
                    kind = told
                else:
                    out.write(line)
                    count += 1
    if not count:
        raise Unreadable("document_without_text")
    return kind, count


async def _told(process: asyncio.subprocess.Process) -> AsyncGenerator[tuple[bytes, str | _Told]]:
    """Each line, and what it says: the media type first. Raises: Unreadable, ReaderKilled."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    async for line in process.stdout:
        if not line.endswith(b"\n"):
            break  # in the middle of a line
        told = _line.decode(line)
        if isinstance(told, _Told) and told.unreadable is not None:
            raise Unreadable(told.unreadable)
        yield line, told
    ended = await process.wait()
    if ended == -signal.SIGKILL:
        raise ReaderKilled("Reading the document was broken off. Try again shortly.", retry_after=_AGAIN_AFTER)
    if ended:
        raise Unreadable("document_took_too_much")  # ended for what it took, or by what a library could not bear


def passages(kept: Path) -> Iterator[Passage]:
    """Those that ``read`` has kept, in order, one at a time."""
    with kept.open("rb") as lines:
        yield from map(_passage.decode, lines)
