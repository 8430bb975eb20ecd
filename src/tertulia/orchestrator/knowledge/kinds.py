"""What a file is, by its content; its name only tells texts apart that look alike."""

import io
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from tertulia.orchestrator.knowledge.blocks import Unreadable
from tertulia.orchestrator.knowledge.charsets import charset_of, is_text

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV, HTML, MARKDOWN, TEXT = "text/csv", "text/html", "text/markdown", "text/plain"

_PARTS = {"word/document.xml": DOCX, "ppt/presentation.xml": PPTX, "xl/workbook.xml": XLSX}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RICH_TEXT = b"{\\rtf"
_MOST_INSIDE = 400 * 1024 * 1024
_MOST_RATIO = 200
_SAMPLE = 8192
_IS_HTML = re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE)

_NAMES = {".csv": CSV, ".tsv": CSV, ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".md": MARKDOWN, ".markdown": MARKDOWN}


def kind_of(file: BinaryIO, name: str) -> str:
    """Raises: Unreadable."""
    head = file.read(_SAMPLE)
    file.seek(0)
    if not head:
        raise Unreadable("document_empty")
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _office(file)
    if head.startswith(_OLD_OFFICE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(1024 * 1024)
        raise Unreadable("document_encrypted" if encrypted else "document_type_unsupported")
    if not is_text(head) or head.startswith(_RICH_TEXT):
        raise Unreadable("document_type_unsupported")
    if _is_page(as_text(io.BytesIO(head)).read()):
        return HTML
    return _NAMES.get(Path(name).suffix.lower(), TEXT)


def plain_text(content: bytes) -> str | None:
    """A text in UTF-8 as it stands; None for all that has to be read: pages, other letters, what is no text."""
    head = content[:_SAMPLE]
    if b"%PDF-" in head[:1024] or head.startswith((b"PK\x03\x04", _RICH_TEXT)) or not is_text(head):
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if _is_page(text[:_SAMPLE]) or "\0" in text or not text.strip() else text


def _is_page(begun: str) -> bool:
    return begun.lstrip("\ufeff \t\r\n").startswith("<") and _IS_HTML.search(begun) is not None


def as_text(file: BinaryIO, charset: str | None = None) -> io.TextIOWrapper:
    """From its beginning, with its own ends of lines; ``charset`` is what came with the file."""
    return io.TextIOWrapper(file, charset_of(file, charset), errors="replace", newline="")


def _office(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:  # a file that it was given stays open
            members = archive.infolist()
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise Unreadable("document_damaged") from error
    inside = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    names = {member.filename for member in members}
    if inside > _MOST_INSIDE or (inside > _SAMPLE * 1024 and inside / packed > _MOST_RATIO):
        raise Unreadable("document_too_large_inside")
    for part, kind in _PARTS.items():
        if part in names:
            file.seek(0)
            return kind
    raise Unreadable("document_type_unsupported")
