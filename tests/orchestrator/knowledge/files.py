"""Documents as people have them, made here with the programs' own libraries."""

import io
import zipfile

import docx
import openpyxl
import pptx
from fpdf import FPDF


def pdf(*pages: str, password: str | None = None) -> bytes:
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for page in pages:
        made.add_page()
        made.multi_cell(0, text=page)
    if password is not None:
        made.set_encryption(owner_password=password, user_password=password)
    return bytes(made.output())


def word(*sections: tuple[str, str], rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    """Headings with a paragraph each, and a table."""
    made = docx.Document()
    for heading, text in sections:
        made.add_heading(heading, level=1)
        made.add_paragraph(text)
    if rows:
        table = made.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = value
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def slides(*shown: tuple[str, str]) -> bytes:
    made = pptx.Presentation()
    for title, text in shown:
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def sheet(title: str, *rows: tuple[object, ...]) -> bytes:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A document of a few kilobytes that holds hundreds of megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (450 * 1024 * 1024))
    return out.getvalue()
