"""What a document is read as, and why one cannot be."""

from typing import ClassVar

import msgspec

from tertulia.platform.errors import TertuliaError

MOST_FILE_BYTES = 50 * 1024 * 1024
MOST_PAGES = 5_000
MOST_CHARACTERS = 20_000_000
MOST_PASSAGES = 50_000


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """A paragraph, a row, a slide's text. ``heading`` is the nearest above it; pages count from 1."""

    text: str
    heading: str | None = None
    page: int | None = None


class Unreadable(TertuliaError):
    """A document that no second try will read; ``code`` and sentence are shown to the person who uploaded it."""

    status: ClassVar[int] = 422
    code, title = "document_unreadable", "The document cannot be read"

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code])
        self.reason = code


REASONS = {
    "document_encrypted": "The document is protected by a password. Save it without one and upload it again.",
    "document_damaged": "The document is damaged and cannot be opened. Export it again and upload the new file.",
    "document_empty": "The file is empty. Upload one with text in it.",
    "document_without_text": "There is no text in the document; it may be a scan. Upload one that holds its text.",
    "document_type_unsupported": "Such a file cannot be read. Upload PDF, DOCX, PPTX, XLSX, CSV, HTML or plain text.",
    "document_too_many_pages": f"The document has more than {MOST_PAGES:,} pages. Split it and upload the parts.",
    "document_too_large_inside": "The document is far larger inside than its file: it cannot be opened safely.",
    "document_too_long": f"The document has more than {MOST_CHARACTERS:,} characters, or more than {MOST_PASSAGES:,} "
    "headings or passages. Split it and upload the parts.",
    "document_took_too_long": "Reading the document took longer than it may. Split it, or save it in a simpler form.",
    "document_took_too_much": "Reading the document took more memory than it may. Split it and upload the parts.",
    "document_broke_off": "Reading it broke off again and again. Try again later, or save it in another form.",
    "url_not_allowed": "This address does not lead to a public web server. Upload the file instead.",
    "url_not_reached": "The page could not be fetched. Check the address, or upload the file instead.",
    "document_too_large": f"The file has more than {MOST_FILE_BYTES // 1024 // 1024} MB. Upload it in parts.",
}
