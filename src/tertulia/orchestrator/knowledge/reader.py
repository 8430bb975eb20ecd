"""Reads one file and writes its passages to standard output, a JSON line each: a process of its own, because files lie.

It bounds its own memory and processor time before it opens anything. The first line is the media type; a file that
cannot be read is a last line with the reason's code. Texts and tables of any size are read piece by piece.

    python -m tertulia.orchestrator.knowledge.reader PATH NAME
"""

import csv
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from tertulia.orchestrator.knowledge.blocks import MOST_CHARACTERS, MOST_PAGES, MOST_PASSAGES, Block, Unreadable
from tertulia.orchestrator.knowledge.chunking import Passage, chunk
from tertulia.orchestrator.knowledge.kinds import CSV, DOCX, HTML, MARKDOWN, PDF, PPTX, TEXT, XLSX, as_text, kind_of
from tertulia.orchestrator.knowledge.lines import as_written

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 120
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
_PARAGRAPHS = re.compile(r"\n\s*\n")
_PIECE = 64 * 1024
_LONGEST_PARAGRAPH = 16 * _PIECE
"""Characters; what has no blank line for so long is cut between words."""

_MOST_COLUMNS = 200
_HTML_BLOCKS = "h1, h2, h3, h4, h5, h6, p, li, pre, td, th, dt, dd, blockquote, figcaption"
_HTML_NOISE = ["script", "style", "noscript", "template", "nav", "svg", "iframe"]


def blocks(file: BinaryIO, kind: str) -> Iterator[Block]:
    """Raises: Unreadable."""
    try:
        yield from _READERS[kind](file)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # whatever a library meets in a broken file
        raise Unreadable("document_damaged") from error


def _pdf(file: BinaryIO) -> Iterator[Block]:
    import pypdf

    document = pypdf.PdfReader(file)
    if document.is_encrypted and not document.decrypt(""):
        raise Unreadable("document_encrypted")
    if len(document.pages) > MOST_PAGES:
        raise Unreadable("document_too_many_pages")
    for number, page in enumerate(document.pages, 1):
        for paragraph in _PARAGRAPHS.split(as_written(page.extract_text())):
            yield Block(paragraph, page=number)


def _docx(file: BinaryIO) -> Iterator[Block]:
    import docx
    from docx.table import Table

    heading: str | None = None
    for part in docx.Document(file).iter_inner_content():
        if isinstance(part, Table):
            for row in part.rows:
                yield Block(" | ".join(dict.fromkeys(cell.text.strip() for cell in row.cells)), heading)
        elif (part.style.name if part.style and part.style.name else "").startswith(("Heading", "Title")):
            heading = part.text.strip() or heading
        else:
            yield Block(part.text, heading)


def _pptx(file: BinaryIO) -> Iterator[Block]:
    import pptx

    for number, slide in enumerate(pptx.Presentation(file).slides, 1):
        title = slide.shapes.title
        heading = title.text_frame.text.strip() if title is not None else None
        for shape in slide.shapes:
            if shape.has_text_frame and shape != title:
                yield Block(shape.text_frame.text, heading, number)
            if shape.has_table:
                for row in shape.table.rows:
                    yield Block(" | ".join(cell.text.strip() for cell in row.cells), heading, number)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield Block(slide.notes_slide.notes_text_frame.text, heading, number)
        if heading:
            yield Block(heading, heading, number)


def _xlsx(file: BinaryIO) -> Iterator[Block]:
    import openpyxl

    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        rows = ([_cell(value) for value in row[:_MOST_COLUMNS]] for row in sheet.iter_rows(values_only=True))
        yield from _table(rows, sheet.title)


def _csv(file: BinaryIO) -> Iterator[Block]:
    text = as_text(file)
    try:
        dialect: Any = csv.Sniffer().sniff(text.read(4096), ",;\t|")
    except csv.Error:
        dialect = csv.excel
    text.seek(0)
    yield from _table(csv.reader(text, dialect), None)


def _table(rows: Iterator[list[str]], heading: str | None) -> Iterator[Block]:
    """Each row with its columns' names, so that it can be understood alone."""
    names = next((row for row in rows if any(row)), [])
    for row in rows:
        cells = (f"{name.strip()}: {value.strip()}" for name, value in zip(names, row, strict=False) if value.strip())
        yield Block("; ".join(cells), heading)
    if names:
        yield Block(" | ".join(filter(None, names)), heading)


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _html(file: BinaryIO) -> Iterator[Block]:
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(as_text(file).read())
    page.strip_tags(_HTML_NOISE)
    title = page.css_first("title")
    heading = title.text(strip=True) if title is not None else None
    found = page.css(_HTML_BLOCKS) if page.body is not None else []
    for node in found:
        text = node.text(separator=" ", strip=True)
        if node.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            heading = text or heading
        elif node.css_first(_HTML_BLOCKS) in (None, node):  # what holds other blocks is told by them
            yield Block(text, heading)
    if not found and page.body is not None:
        yield Block(page.body.text(separator="\n", strip=True), heading)


def _markdown(file: BinaryIO) -> Iterator[Block]:
    heading: str | None = None
    for paragraph in _paragraphs(file):
        first, _, rest = paragraph.strip().partition("\n")
        if found := _HEADING.match(first):
            heading = found[2]
        yield Block(rest if found else paragraph, heading)


def _text(file: BinaryIO) -> Iterator[Block]:
    for paragraph in _paragraphs(file):
        yield Block(paragraph)


def _paragraphs(file: BinaryIO) -> Iterator[str]:
    text, held = as_text(file), ""
    while piece := text.read(_PIECE):
        *whole, held = _PARAGRAPHS.split(held + piece)
        yield from whole
        if len(held) > _LONGEST_PARAGRAPH:
            end = held.rfind(" ") + 1 or len(held)
            yield held[:end]
            held = held[end:]
    yield held


_READERS: dict[str, Callable[[BinaryIO], Iterator[Block]]] = {
    PDF: _pdf,
    DOCX: _docx,
    PPTX: _pptx,
    XLSX: _xlsx,
    CSV: _csv,
    HTML: _html,
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


def main(path: str, name: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        with Path(path).open("rb") as file:
            kind = kind_of(file, name)
            _tell(kind)
            for passage in passages(blocks(file, kind)):
                _tell(passage)
    except Unreadable as problem:
        _tell({"unreadable": problem.reason})
    except (MemoryError, zipfile.LargeZipFile):
        _tell({"unreadable": "document_took_too_much"})
    sys.stdout.buffer.flush()


def _tell(one: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(one) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
