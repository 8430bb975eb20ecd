"""What a file is, by its content; its name only tells texts apart that look alike."""

import codecs
import io
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from tertulia.orchestrator.knowledge.blocks import Unreadable

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
_PIECE = 64 * 1024
_IS_HTML = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_DECLARED = re.compile(rb"<meta[^>]+charset=[\"']?([\w.:-]+)", re.IGNORECASE)
"""What an HTML page says that its characters are."""

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
    if _is_binary(head) or head.startswith(_RICH_TEXT):
        raise Unreadable("document_type_unsupported")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _IS_HTML.search(head):
        return HTML
    return _NAMES.get(Path(name).suffix.lower(), TEXT)


def as_text(file: BinaryIO) -> io.TextIOWrapper:
    """From its beginning, with its own ends of lines."""
    return io.TextIOWrapper(file, _encoding(file), errors="replace", newline="")


def _encoding(file: BinaryIO) -> str:
    """UTF-8, or what a byte order mark or an HTML page says; else Windows' western one, where each byte is a letter."""
    if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
        file.seek(0)
        return "utf-16"
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        file.seek(0)
        return _declared(file.read(_SAMPLE)) or "cp1252"
    finally:
        file.seek(0)
    return "utf-8-sig"


def _declared(head: bytes) -> str | None:
    found = _DECLARED.search(head)
    try:
        return codecs.lookup(found[1].decode()).name if found else None
    except LookupError:
        return None


def _is_binary(head: bytes) -> bool:
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


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
