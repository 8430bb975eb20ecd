"""What is written in an office document, also in a text box, a footnote, a form's field, a group of shapes.

Text that was taken out while changes were tracked is not told; what was put in is.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from typing import Any, BinaryIO

from tertulia.orchestrator.knowledge.blocks import Block
from tertulia.orchestrator.knowledge.tables import MOST_COLUMNS, rows_told

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _TABLE, _ROW, _CELL = (f"{_WORD}{name}" for name in ("p", "tbl", "tr", "tc"))
_AROUND = frozenset(f"{_WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))
"""What may stand around a paragraph, a row or a cell."""

_NOT_TOLD = frozenset(
    {
        f"{_WORD}del",
        f"{_WORD}moveFrom",
        f"{_WORD}pPr",
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)
_SIGNS = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n", f"{_WORD}noBreakHyphen": "-"}
_BESIDE = ("/header", "/footnotes", "/endnotes", "/comments", "/footer")
"""Parts beside the text, by the ends of their relations' names."""


def word(file: BinaryIO) -> Iterator[Block]:
    import docx
    from docx.text.paragraph import Paragraph

    document = docx.Document(file)
    heading: str | None = None
    for part in _inside(document.element.body, _P, _TABLE):
        if part.tag == _TABLE:
            yield from (Block(row, heading) for row in _rows(part))
            continue
        text, style = _text(part), Paragraph(part, document).style
        if text.strip() and (style.name if style and style.name else "").startswith(("Heading", "Title")):
            heading, text = text.strip(), ""
        yield Block(text, heading)
    yield from map(Block, dict.fromkeys(_beside(document)))


def _beside(document: Any) -> Iterator[str]:
    """Headers, footers, notes and remarks; most sections' are the same."""
    from docx.oxml.parser import parse_xml

    for kind in _BESIDE:
        for relation in document.part.rels.values():
            if not relation.is_external and relation.reltype.endswith(kind):
                yield _text(parse_xml(relation.target_part.blob)).strip()


def _inside(parent: Iterable[Any], *tags: str) -> Iterator[Any]:
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in _AROUND:
            yield from _inside(child, *tags)


def _text(element: Any) -> str:
    return "".join(_pieces(element))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == f"{_WORD}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag not in _NOT_TOLD:
            yield from _pieces(child)
            if child.tag == _P:
                yield "\n"


def _rows(table: Any) -> Iterator[str]:
    """A cell that reaches over several rows is told in each."""
    above: dict[int, str] = {}
    for row in _inside(table, _ROW):
        told, column = [], 0
        for cell in _inside(row, _CELL):
            joined = cell.find(f"{_WORD}tcPr/{_WORD}vMerge")
            if joined is None or joined.get(f"{_WORD}val") == "restart":
                above[column] = " ".join(_text(cell).split())
            told.append(above.get(column, ""))
            wide = cell.find(f"{_WORD}tcPr/{_WORD}gridSpan")
            column += 1 if wide is None else int(wide.get(f"{_WORD}val"))
        yield " | ".join(told) if any(told) else ""


def slides(file: BinaryIO) -> Iterator[Block]:
    import pptx

    for number, slide in enumerate(pptx.Presentation(file).slides, 1):
        title = slide.shapes.title
        heading = title.text_frame.text.strip() if title is not None else None
        for shape in _shapes(slide.shapes):
            if shape.has_text_frame and shape != title:
                yield Block(shape.text_frame.text, heading, number)
            if shape.has_table:
                for row in shape.table.rows:
                    yield Block(" | ".join(cell.text.strip() for cell in row.cells), heading, number)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield Block(slide.notes_slide.notes_text_frame.text, heading, number)
        if heading:
            yield Block(heading, heading, number)


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    """Those in groups too."""
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def workbook(file: BinaryIO) -> Iterator[Block]:
    import openpyxl

    for sheet in openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()  # what a sheet says of its size is often wrong, and what is beyond would not be read
        rows = ([_cell(value) for value in row[:MOST_COLUMNS]] for row in sheet.iter_rows(values_only=True))
        yield from rows_told(rows, sheet.title)


def _cell(value: object) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return "" if value is None else str(value)
