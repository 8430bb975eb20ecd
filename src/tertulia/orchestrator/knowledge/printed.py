"""The text of a PDF page by page, with what was filled in and remarked on it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from tertulia.orchestrator.knowledge.blocks import MOST_PAGES, Block, Unreadable
from tertulia.orchestrator.knowledge.lines import as_written

_PARAGRAPHS = re.compile(r"\n\s*\n")
_UNSEEN = 0b10_0010
"""Flags of an annotation that is hidden, or not to be viewed (ISO 32000-1, 12.5.3)."""

_SECRET = 1 << 13
"""A field for a password (12.7.4.3)."""

_REMARKS = frozenset({"/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Caret", "/Stamp"})
_FAMILY = 20
"""Fields above a field that it may take its name or value from: one may name itself as its parent."""


def pages(file: BinaryIO) -> Iterator[Block]:
    """Raises: Unreadable."""
    import pypdf

    document = pypdf.PdfReader(file)
    if document.is_encrypted and not document.decrypt(""):
        raise Unreadable("document_encrypted")
    if len(document.pages) > MOST_PAGES:
        raise Unreadable("document_too_many_pages")
    for number, page in enumerate(document.pages, 1):
        for paragraph in _PARAGRAPHS.split(as_written(page.extract_text())):
            yield Block(paragraph, page=number)
        for told in filter(None, map(_told, _annotations(page))):
            yield Block(told, page=number)


def _annotations(page: Any) -> Iterator[Mapping[str, Any]]:
    """Those that a reader sees; what is no annotation is passed over, and the page is told all the same."""
    listed = page.annotations
    for one in listed if isinstance(listed, list) else ():
        annotation = one.get_object()
        if isinstance(annotation, Mapping) and not _flags(annotation, "/F") & _UNSEEN:
            yield annotation


def _told(annotation: Mapping[str, Any]) -> str:
    """A field with what was filled in, or a remark's text; empty for all others."""
    kind = _of_field(annotation, "/Subtype")
    if kind in _REMARKS:
        return _said(_of_field(annotation, "/Contents"))
    if kind != "/Widget" or _of_field(annotation, "/FT") not in ("/Tx", "/Ch") or _flags(annotation, "/Ff") & _SECRET:
        return ""
    name, value = _of_field(annotation, "/TU") or _of_field(annotation, "/T"), _said(_of_field(annotation, "/V"))
    return f"{name}: {value}" if isinstance(name, str) and value else value


def _said(value: Any) -> str:
    chosen = value if isinstance(value, list) else [value]
    return ", ".join(one for one in chosen if isinstance(one, str)).strip()


def _flags(annotation: Mapping[str, Any], key: str) -> int:
    found = _of_field(annotation, key)
    return found if isinstance(found, int) else 0


def _of_field(field: Mapping[str, Any], key: str) -> Any:
    """A field's own, or of the nearest one above it."""
    for _ in range(_FAMILY):
        if key in field:
            return field[key]
        if "/Parent" not in field or not isinstance(field["/Parent"], Mapping):
            break
        field = field["/Parent"]
    return None
