"""All that a reader of an office document sees is told, and nothing that was taken out of it."""

import io
import re
import zipfile
from datetime import datetime

import docx
import openpyxl
import pptx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tertulia.orchestrator.knowledge.blocks import Block
from tertulia.orchestrator.knowledge.office import slides, word, workbook
from tests.orchestrator.knowledge import files

_NAMES = nsdecls("w")


def _told(document: Document) -> list[str]:
    out = io.BytesIO()
    document.save(out)
    return [block.text for block in word(out) if block.text]


def test_tracked_changes_are_told_as_they_will_be() -> None:
    """What was put in stands in its sentence; what was taken out does not."""
    document = docx.Document()
    paragraph = document.add_paragraph("The fee is ")._p
    for tag, text in (("ins", "<w:t>500 euros</w:t>"), ("del", "<w:delText>400 euros</w:delText>")):
        paragraph.append(parse_xml(f'<w:{tag} {_NAMES} w:id="1" w:author="A"><w:r>{text}</w:r></w:{tag}>'))
    assert _told(document) == ["The fee is 500 euros"]


def test_forms_fields_and_their_results_are_told() -> None:
    """Around a paragraph as well as in one."""
    document = docx.Document()
    field = f"<w:sdt {_NAMES}><w:sdtContent>{{}}</w:sdtContent></w:sdt>"
    document.element.body.insert(0, parse_xml(field.format("<w:p><w:r><w:t>Terms of 2026</w:t></w:r></w:p>")))
    document.add_paragraph("Dear ")._p.append(parse_xml(field.format("<w:r><w:t>Ms Okafor</w:t></w:r>")))
    result = f'<w:fldSimple {_NAMES} w:instr="PAGE"><w:r><w:t>12</w:t></w:r></w:fldSimple>'
    document.add_paragraph("See page ")._p.append(parse_xml(result))
    assert _told(document) == ["Terms of 2026", "Dear Ms Okafor", "See page 12"]


def test_cells_that_are_alike_are_all_told_and_joined_ones_in_each_row() -> None:
    """Two equal numbers are two numbers; tables in tables are read."""
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, values in zip(table.rows, (("Seats", "5", "5"), ("North", "1", "2"), ("", "3", "")), strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(2, 2).add_table(1, 1).cell(0, 0).text = "inner"
    assert _told(document) == ["Seats | 5 | 5", "North | 1 | 2", "North | 3 | inner"]


def test_headers_footers_and_notes_are_told_once() -> None:
    """They stand beside the text, on however many pages."""
    document = docx.Document()
    for _ in range(2):
        section = document.add_section()
        section.header.is_linked_to_previous = False
        section.header.paragraphs[0].text = "Draft, not for release"
    document.sections[0].footer.paragraphs[0].text = "Revision 7"
    assert _told(document) == ["Draft, not for release", "Revision 7"]


def test_remarks_are_told() -> None:
    """They stand beside the text too."""
    document = docx.Document()
    document.add_comment(document.add_paragraph("Seven days.").runs, text="Make it ten.", author="A", initials="A")
    assert _told(document) == ["Seven days.", "Make it ten."]


def test_a_hidden_sheet_is_not_told() -> None:
    """Whoever opens the file does not see it."""
    made = openpyxl.Workbook()
    made.active.append(["Seen", "1"])
    hidden = made.create_sheet("Secret")
    hidden.append(["Unseen", "2"])
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    assert "Unseen" not in "".join(block.text for block in workbook(out))


def test_shapes_in_a_group_are_told() -> None:
    """Diagrams are drawn that way."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "The pump feeds the boiler."
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    out = io.BytesIO()
    made.save(out)
    assert [block.text for block in slides(out)] == ["The pump feeds the boiler.", "Say it slowly."]


def test_a_sheet_that_lies_about_its_size_is_read_whole() -> None:
    """Some programs write that every sheet has one cell."""
    honest, lying = io.BytesIO(files.sheet("Prices", ("Item", "Price"), ("Lamp", 12))), io.BytesIO()
    with zipfile.ZipFile(honest) as whole, zipfile.ZipFile(lying, "w") as made:
        for name in whole.namelist():
            made.writestr(name, re.sub(rb'(<dimension ref=)"[^"]*"', rb'\1"A1"', whole.read(name)))
    assert next(workbook(lying)) == Block("Item: Lamp; Price: 12", "Prices")


def test_a_day_has_no_time() -> None:
    """Dates are told as people write them; a time of day is kept."""
    made = openpyxl.Workbook()
    for row in (
        ("What", "When"),
        ("Fair", datetime.fromisoformat("2026-05-04")),
        ("Call", datetime.fromisoformat("2026-05-04T09:30")),
    ):
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    told = [block.text for block in workbook(out)][:2]
    assert told == ["What: Fair; When: 2026-05-04", "What: Call; When: 2026-05-04 09:30:00"]
