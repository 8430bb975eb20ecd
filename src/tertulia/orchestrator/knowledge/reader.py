"""Reads one file and writes it to standard output, a JSON line a piece: a process of its own, because files lie.

A document of a knowledge base is told as passages, a file that comes with a call as its whole text. It bounds its own
memory and processor time before it opens anything. The first line is the media type; a file that cannot be read is a
last line with the reason's code. Texts and tables of any size are read piece by piece.

    python -m tertulia.orchestrator.knowledge.reader passages|text PATH NAME [CHARSET]
"""

import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

import msgspec

from tertulia.orchestrator.knowledge import office, pages, printed, tables
from tertulia.orchestrator.knowledge.blocks import MOST_CHARACTERS, MOST_PASSAGES, Block, Unreadable
from tertulia.orchestrator.knowledge.chunking import Passage, chunk, plain
from tertulia.orchestrator.knowledge.kinds import CSV, DOCX, HTML, MARKDOWN, PDF, PPTX, TEXT, XLSX, as_text, kind_of

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 120
_FENCES = ("```", "~~~")
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
_PARAGRAPHS = re.compile(r"\n\s*\n")
_PIECE = 64 * 1024
_LONGEST_PARAGRAPH = 16 * _PIECE
"""Characters; what has no blank line for so long is cut between words."""

_TOLD_AT_ONCE = 8192
"""Characters of a text's piece: so that a line of JSON is never longer than its reader takes."""


def blocks(file: BinaryIO, kind: str, charset: str | None = None) -> Iterator[Block]:
    """``charset`` is what came with the file. Raises: Unreadable."""
    try:
        yield from _TEXTS[kind](as_text(file, charset)) if kind in _TEXTS else _READERS[kind](file)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # whatever a library meets in a broken file
        raise Unreadable("document_damaged") from error


def _markdown(source: TextIO) -> Iterator[Block]:
    heading, fenced = None, False
    for paragraph in _paragraphs(source):
        text = list[str]()
        for line in paragraph.splitlines():
            fenced ^= line.lstrip().startswith(_FENCES)
            found = None if fenced else _HEADING.match(line)
            if found:
                yield Block("\n".join(text), heading)
                heading, text = found[2], []
            else:
                text.append(line)
        yield Block("\n".join(text), heading)


def _text(source: TextIO) -> Iterator[Block]:
    for paragraph in _paragraphs(source):
        yield Block(paragraph)


def _paragraphs(source: TextIO) -> Iterator[str]:
    held = ""
    while piece := source.read(_PIECE):
        *whole, held = _PARAGRAPHS.split(held + piece)
        yield from whole
        if len(held) > _LONGEST_PARAGRAPH:
            end = held.rfind(" ") + 1 or len(held)
            yield held[:end]
            held = held[end:]
    yield held


_READERS: dict[str, Callable[[BinaryIO], Iterator[Block]]] = {
    PDF: printed.pages,
    DOCX: office.word,
    PPTX: office.slides,
    XLSX: office.workbook,
}
_AS_THEY_STAND = frozenset({CSV, MARKDOWN, TEXT})
_TEXTS: dict[str, Callable[[TextIO], Iterator[Block]]] = {
    CSV: tables.separated,
    HTML: pages.page,
    MARKDOWN: _markdown,
    TEXT: _text,
}


def _bounded(found: Iterable[Block]) -> Iterator[Block]:
    """Raises: Unreadable."""
    length = 0
    for one in found:
        length += len(one.text)
        if length > MOST_CHARACTERS:
            raise Unreadable("document_too_long")
        yield one


def passages(found: Iterable[Block]) -> Iterator[Passage]:
    """Raises: Unreadable."""
    for number, passage in enumerate(chunk(_bounded(found)), 1):
        if number > MOST_PASSAGES:
            raise Unreadable("document_too_long")
        yield passage


class Piece(msgspec.Struct, frozen=True):
    text: str


def whole(file: BinaryIO, kind: str, charset: str | None = None) -> Iterator[Piece]:
    """All of the text, in pieces to be put together: what is a text as it stands, all else line by line under its
    headings and pages. Raises: Unreadable.
    """
    if kind in _AS_THEY_STAND:
        source = as_text(file, charset)
        while text := source.read(_TOLD_AT_ONCE):
            yield Piece(text)
        return
    for line in _lines(_bounded(blocks(file, kind, charset))):
        for start in range(0, len(line), _TOLD_AT_ONCE):
            yield Piece(line[start : start + _TOLD_AT_ONCE])


def _lines(found: Iterable[Block]) -> Iterator[str]:
    page: int | None = None
    heading: str | None = None
    for block in found:
        text = plain(block.text).strip("\n")
        if block.heading and block.heading != heading:
            heading = block.heading
            text = f"\n{plain(heading)}\n{text}".rstrip("\n")
        if not text.strip():
            continue
        if block.page not in (None, page):
            page = block.page
            yield f"\n(page {page})\n"
        yield f"{text}\n"


def _passages(file: BinaryIO, kind: str, charset: str | None = None) -> Iterator[Passage]:
    return passages(blocks(file, kind, charset))


_WAYS: dict[str, Callable[[BinaryIO, str, str | None], Iterator[Passage | Piece]]] = {
    "passages": _passages,
    "text": whole,
}


def main(way: str, path: str, name: str, charset: str = "") -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))  # SIGXCPU: SIGKILL is from elsewhere
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        with Path(path).open("rb") as file:
            kind = kind_of(file, name)
            _tell(kind)
            for one in _WAYS[way](file, kind, charset):
                _tell(one)
    except Unreadable as problem:
        _tell({"unreadable": problem.reason})
    except (MemoryError, zipfile.LargeZipFile):
        _tell({"unreadable": "document_took_too_much"})
    sys.stdout.buffer.flush()


def _tell(one: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(one) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
