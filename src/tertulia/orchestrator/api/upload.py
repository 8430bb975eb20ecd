"""A file in a multipart body, read as it comes: never more of it in memory than a piece."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from tertulia.platform.errors import BadRequest, FieldError, Unprocessable
from tertulia.platform.names import as_shown

FIELD = "file"
_FIELD_BYTES = 1024
"""What is kept of another field."""

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                }
            },
            "application/json": {
                "schema": {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}
            },
        },
    }
}


_WRITTEN_OUT = {"%22": '"', "%0A": " ", "%0D": " ", "\0": ""}
"""How browsers write in a form what would end a name there, and how it is kept."""

_LONGEST_NAME = 255


class MultipartBroken(BadRequest):
    code, title = "multipart_broken", "Not a whole multipart body"


class UploadedFile(NamedTuple):
    """``name`` is never empty, has no folders, and looks like what it is.

    ``fields`` has the form's other fields as they come: those behind the file once its ``content`` has been read.
    """

    name: str
    content: AsyncIterator[bytes]
    fields: Mapping[str, str]


async def file_in(request: Request, *fields: str) -> UploadedFile:
    """The form's file, and those of its other ``fields`` that are named.

    Raises: Unprocessable, MultipartBroken, here and while it is read.
    """
    _, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if not boundary:
        raise MultipartBroken("The multipart body has no boundary. Let your HTTP client set the content type.")
    upload = _Upload(boundary, fields)
    pieces = upload.pieces(request.stream())
    await upload.begun(pieces)
    return UploadedFile(upload.name, upload.rest(pieces), upload.fields)


class _Upload:
    """The first part that is a file called ``file``, and the wanted fields; other parts are passed over."""

    def __init__(self, boundary: bytes, fields: Collection[str]) -> None:
        self.name = ""
        self.fields: dict[str, str] = {}
        self._fields = fields
        self._field: str | None = None
        self._value = bytearray()
        self._header = [b"", b""]
        self._disposition = b""
        self._wanted = False
        self._seen = False
        self._whole = False
        self._data: list[bytes] = []
        self._held: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part,
                "on_header_field": lambda data, start, end: self._more(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._more(1, data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    async def pieces(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The wanted part's bytes."""
        async for chunk in body:
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise MultipartBroken("The multipart body is damaged. Send it again.") from error
            data, self._data = b"".join(self._data), []
            if data:
                yield data
            await asyncio.sleep(0)
        if not self._whole:
            raise MultipartBroken("The multipart body broke off. Send it again.")

    async def begun(self, pieces: AsyncIterator[bytes]) -> None:
        """Reads until the file has begun; what was read of it is kept for ``rest``."""
        while not self._seen:
            piece = await anext(pieces, None)
            if piece is None:
                break
            self._held.append(piece)
        if not self._seen:
            raise Unprocessable("There is no file in the form.", param=FIELD, errors=[FieldError(FIELD, "is missing")])

    async def rest(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        for piece in self._held:
            yield piece
        async for piece in pieces:
            yield piece

    def _part(self) -> None:
        self._disposition, self._header = b"", [b"", b""]

    def _more(self, which: int, data: bytes) -> None:
        self._header[which] += data

    def _header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = [b"", b""]

    def _headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._wanted = name == FIELD and b"filename" in options and not self._seen
        self._field = name if name in self._fields else None
        if self._wanted:
            self._seen = True
            self.name = _name(options[b"filename"].decode("utf-8", "replace"))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._data.append(data[start:end])
        elif self._field is not None:
            self._value += data[start : min(end, start + _FIELD_BYTES - len(self._value))]

    def _part_end(self) -> None:
        if self._field is not None:
            self.fields[self._field] = self._value.decode("utf-8", "replace")
        self._wanted, self._field, self._value = False, None, bytearray()

    def _end(self) -> None:
        self._whole = True


def _name(told: str) -> str:
    for written, meant in _WRITTEN_OUT.items():
        told = told.replace(written, meant)
    return PurePath(as_shown(told)).name[:_LONGEST_NAME] or "document"
