"""The lines of a batch's file, each with its number; one that is no request says why."""

import codecs
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any, Literal

import msgspec

from tertulia.platform.errors import Unprocessable

MOST_LINES = 50_000
_LONGEST_LINE = 8 * 1024 * 1024


class Request(msgspec.Struct):
    custom_id: str
    method: Literal["POST"]
    url: str
    body: dict[str, Any]


class Line(msgspec.Struct, frozen=True):
    """``problem`` stands for the request where there is none; ``custom_id`` as far as one could be read."""

    number: int
    request: Request | None = None
    problem: str = ""
    custom_id: str | None = None


class _Named(msgspec.Struct):
    custom_id: str | None = None


class FileUnusable(Unprocessable):
    """``line`` is the number of the one that is wrong, where it is one."""

    code, title = "invalid_file", "Not a batch's file"

    def __init__(self, detail: str, *, line: int | None = None) -> None:
        super().__init__(detail)
        self.line = line


class CustomIdTwice(FileUnusable):
    """Nobody could tell the answers apart; the file is refused before a line is asked, as OpenAI does."""

    code, title = "duplicate_custom_id", "Two lines with one custom_id"


async def numbered(content: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    """The lines that hold something, by their numbers in the file, from 1; of a too long one only its beginning.

    A byte order mark before the first is none of it.
    """
    number, held, size = 1, [b""], 0
    async for piece in content:
        *ended, rest = piece.split(b"\n")
        for line in ended:
            held.append(line)
            if whole := _whole(number, held):
                yield number, whole
            number, held, size = number + 1, [], 0
        if size <= _LONGEST_LINE:
            held.append(rest)
            size += len(rest)
    if last := _whole(number, held):
        yield number, last


async def counted(lines: AsyncIterator[tuple[int, bytes]]) -> int:
    """How many there are. Raises: FileUnusable, CustomIdTwice."""
    known = dict[bytes, int]()
    total = 0
    async for number, raw in lines:
        total += 1
        if total > MOST_LINES:
            raise FileUnusable(f"A batch has {MOST_LINES} lines at most.")
        custom_id = _custom_id(raw)
        if custom_id is None:
            continue
        first = known.setdefault(sha256(custom_id.encode()).digest(), number)
        if first != number:
            raise CustomIdTwice(
                f"Line {number}: its `custom_id` is that of line {first}. Give each line its own.", line=number
            )
    if not total:
        raise FileUnusable("The file has no lines.")
    return total


def read(number: int, raw: bytes, endpoint: str) -> Line:
    if len(raw) > _LONGEST_LINE:
        return Line(number, problem=f"it is longer than {_LONGEST_LINE // 1024**2} MB")
    try:
        request = msgspec.json.decode(raw, type=Request)
    except msgspec.ValidationError as error:
        return Line(number, problem=str(error), custom_id=_custom_id(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Line(number, problem="it is not valid JSON")
    if request.url != endpoint:
        return Line(number, problem=f"its `url` is not the batch's, `{endpoint}`", custom_id=request.custom_id)
    for way in ("stream", "background"):
        if request.body.get(way):
            return Line(number, problem=f"a line of a batch cannot ask for `{way}`", custom_id=request.custom_id)
    return Line(number, request, custom_id=request.custom_id)


def _whole(number: int, pieces: list[bytes]) -> bytes:
    line = b"".join(pieces)
    return (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).strip()


def _custom_id(raw: bytes) -> str | None:
    try:
        return msgspec.json.decode(raw, type=_Named).custom_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
