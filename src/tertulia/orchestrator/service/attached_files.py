"""Files that come within a call of the OpenAI-compatible API, as data, by an address, or by the id of one of
``/v1/files``: as text.

So what is in them is redacted like all other text, and models that take no files read them too. They are read by the
process that reads documents; a text in UTF-8 is there already. A file that cannot be read is refused: nothing goes to a
provider that we have not looked into.
"""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID
from weakref import WeakValueDictionary

from tertulia.orchestrator.knowledge.blocks import MOST_FILE_BYTES, REASONS, Unreadable
from tertulia.orchestrator.knowledge.kinds import plain_text
from tertulia.orchestrator.knowledge.reading import read_text
from tertulia.orchestrator.schemas.openai import GivenFile
from tertulia.orchestrator.service.api_files import ApiFiles, FileNotFound
from tertulia.orchestrator.service.fetching import charset_told, public_page
from tertulia.orchestrator.service.request import wrong
from tertulia.platform import scratch
from tertulia.platform.errors import Unavailable, Unprocessable
from tertulia.platform.http import HttpClient

MOST_FILES = 20
"""In a request."""

MOST_CHARACTERS = 500_000
"""Of a request's files together: some 125,000 tokens."""

_AT_ONCE = 4
_PLACE_WITHIN = timedelta(seconds=30)
_READ_WITHIN = timedelta(seconds=60)
_AGAIN_AFTER = timedelta(seconds=5)
_LONGEST_TEXT = 4 * MOST_CHARACTERS
"""Bytes of the longest text in UTF-8."""

_UTF_8 = frozenset({None, "utf-8", "utf8", "us-ascii"})
_LONGEST_NAME = 255
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_Place = AbstractAsyncContextManager[None]
_TOO_LONG = (
    f"the files of a request hold {MOST_CHARACTERS:,} characters together at most. Send the part that matters, or put "
    "them into a knowledge base."
)


class FileUnreadable(Unprocessable):
    """``reason`` is one of ``blocks.REASONS``, and what OpenAI's clients know the fact by."""

    code, title = "file_unreadable", "The file cannot be read"

    def __init__(self, where: str, name: str, reason: str) -> None:
        said = _TOO_LONG if reason == "document_too_long" else REASONS[reason]
        super().__init__(f"`{name}` cannot be read: {said}", param=where)
        self.reason = self.openai_code = reason


class FilesBusy(Unavailable):
    code, title = "files_busy", "Too many files are being read"


class AttachedFiles:
    """One workspace reads or fetches one file at a time, so that no other waits long for it.

    ``http`` is a client that connects to public addresses only.
    """

    def __init__(self, files: ApiFiles, http: HttpClient) -> None:
        self._files = files
        self._http = http
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._of_workspaces = WeakValueDictionary[UUID, asyncio.Semaphore]()

    def of(self, workspace_id: UUID, person_id: UUID | None) -> "RequestFiles":
        """Those of one request; ids are looked for among the files of the key's maker."""
        return RequestFiles(self._files, self._http, workspace_id, person_id, lambda: self._place(workspace_id))

    @asynccontextmanager
    async def _place(self, workspace_id: UUID) -> AsyncIterator[None]:
        """Raises: FilesBusy."""
        own = self._of_workspaces.setdefault(workspace_id, asyncio.Semaphore(1))
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(_PLACE_WITHIN.total_seconds()):
                    await held.enter_async_context(own)
                    await held.enter_async_context(self._places)
            except TimeoutError:
                raise FilesBusy(
                    "Too many files are being read just now. Try again shortly.", retry_after=_AGAIN_AFTER
                ) from None
            yield


class RequestFiles:
    """Reads a request's files one after the other, within what all of them may have together."""

    def __init__(
        self,
        files: ApiFiles,
        http: HttpClient,
        workspace_id: UUID,
        person_id: UUID | None,
        place: Callable[[], _Place],
    ) -> None:
        self._files = files
        self._http = http
        self._workspace = workspace_id
        self._person = person_id
        self._place = place
        self._files_left = MOST_FILES
        self._bytes_left = MOST_FILE_BYTES
        self._characters_left = MOST_CHARACTERS

    async def __call__(self, where: str, given: GivenFile) -> str:
        """A file's name and text. ``where``: the field that it is in.

        Raises: FileNotFound, FileUnreadable, FilesBusy, Unprocessable.
        """
        if sum(one is not None for one in (given.file_data, given.file_id, given.file_url)) != 1:
            raise wrong(f"{where}.file_data", "give one of `file_data`, `file_id` and `file_url`")
        self._files_left -= 1
        if self._files_left < 0:
            raise wrong(where, f"a request may bring {MOST_FILES} files at most")
        with scratch.folder() as folder:
            path = folder / "file"
            if given.file_url is None:
                name, charset = await self._write(where, given, path), None
            else:
                name, charset = await self._fetch(where, given, given.file_url, path)
            try:
                text = await self._text(path, name, charset)
            except Unreadable as problem:
                raise FileUnreadable(where, name, problem.reason) from None
        self._characters_left -= len(text)
        return f"{name}:\n\n{text}"

    async def _text(self, path: Path, name: str, charset: str | None) -> str:
        """Raises: Unreadable, FilesBusy."""
        with path.open("rb") as file:
            begun = file.read(_LONGEST_TEXT + 1)
        in_utf_8 = (charset and charset.lower()) in _UTF_8
        text = plain_text(begun) if in_utf_8 and len(begun) <= _LONGEST_TEXT else None
        if text is None:
            suffix = _SUFFIX.search(name)  # all of the name that tells a kind
            async with self._place():
                kind = f"file{suffix[0] if suffix else ''}"
                return await read_text(path, kind, self._characters_left, _READ_WITHIN, charset)
        if len(text) > self._characters_left:
            raise Unreadable("document_too_long")
        return text

    async def _write(self, where: str, given: GivenFile, path: Path) -> str:
        """The file, whole, to ``path``; its name. Raises: FileNotFound, Unprocessable."""
        if given.file_id is None:
            content = _decoded(where, given.file_data or "")
            self._take(where, len(content))
            with path.open("wb") as out:
                out.write(content)
            return given.filename or "file"
        if self._person is None:
            raise FileNotFound("Files are their maker's. Use a key that a person has made.", param=where)
        file = await self._files.find(self._workspace, self._person, given.file_id, param=where)
        self._take(where, file.size)
        with path.open("wb") as out:
            async for part in self._files.content(self._workspace, file):
                out.write(part)
        return file.name

    async def _fetch(self, where: str, given: GivenFile, url: str, path: Path) -> tuple[str, str | None]:
        """What is at the address to ``path``; its name, and the letters that its server says it is in.

        Raises: FileUnreadable, FilesBusy, Unprocessable.
        """
        name = given.filename or _name_at(url)
        try:
            async with self._place(), public_page(self._http, url) as page:
                with path.open("wb") as out:
                    async for piece in page:
                        self._take(where, len(piece))
                        out.write(piece)
                return name, charset_told(page.headers)
        except Unreadable as problem:
            raise FileUnreadable(where, name, problem.reason) from None

    def _take(self, where: str, size: int) -> None:
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise wrong(where, f"a request's files have more than {MOST_FILE_BYTES // 1024**2} MB together")


def _name_at(url: str) -> str:
    """The last part of an address's path."""
    try:
        path = urlsplit(url).path
    except ValueError:  # no address: it will be refused as such
        return "file"
    return unquote(path.rpartition("/")[2])[:_LONGEST_NAME] or "file"


def _decoded(where: str, data: str) -> bytes:
    """Base64, by itself or in a ``data:`` URL. Raises: Unprocessable."""
    head, comma, rest = data.partition(",")
    if comma and not (head.startswith("data:") and head.endswith(";base64")):
        raise wrong(f"{where}.file_data", "must be base64, or a data: URL in base64")
    try:
        return base64.b64decode("".join((rest if comma else data).split()), validate=True)
    except (binascii.Error, ValueError):
        raise wrong(f"{where}.file_data", "is not valid base64") from None
