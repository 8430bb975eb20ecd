"""Fetches a page that somebody named: from public addresses only, within bounds of size and time."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urljoin
from uuid import UUID

from tertulia.orchestrator.knowledge.blocks import MOST_FILE_BYTES, Unreadable
from tertulia.orchestrator.repository.documents import DocumentRecord
from tertulia.orchestrator.service.knowledge import Knowledge
from tertulia.platform.errors import TooLarge
from tertulia.platform.http import HttpClient, HttpFailure, HttpStream
from tertulia.platform.http.guard import NotPublic, require_public

_WITHIN = timedelta(seconds=60)
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
"""What the client undoes; a server that uses another one, unasked, sends what nobody can read."""

_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_LONGEST_CHARSET = 40


class Fetching:
    """``http`` is a client that connects to public addresses only."""

    def __init__(self, http: HttpClient, knowledge: Knowledge) -> None:
        self._http = http
        self._knowledge = knowledge

    async def fetch(self, workspace_id: UUID, document: DocumentRecord) -> DocumentRecord:
        """Stores the page as the document's file. Raises: Unreadable."""
        async with public_page(self._http, document.source_url or "") as page:
            return await self._knowledge.keep_fetched(workspace_id, document, aiter(page), charset_told(page.headers))


@asynccontextmanager
async def public_page(http: HttpClient, url: str) -> AsyncIterator[HttpStream]:
    """What is at an address; ``http`` connects to public ones only.

    Raises: Unreadable, also for what goes wrong while it is read, and for TooLarge by who reads it.
    """
    try:
        async with _found(http, url) as page:
            yield page
    except NotPublic as error:
        raise Unreadable("url_not_allowed") from error
    except HttpFailure as error:
        raise Unreadable("url_not_reached") from error
    except TooLarge as error:
        raise Unreadable("document_too_large") from error


@asynccontextmanager
async def _found(http: HttpClient, url: str) -> AsyncIterator[HttpStream]:
    """Each redirect is looked at like the first address."""
    for _ in range(_MOST_REDIRECTS + 1):
        require_public(url)
        async with http.stream("GET", url, total=_WITHIN, first_byte=_WITHIN) as answer:
            if answer.status in _REDIRECTS and (where := answer.headers.get("location")):
                url = _redirected(url, where)
                continue
            if answer.status != _OK or answer.headers.get("content-encoding", "identity").lower() not in _CODINGS:
                raise Unreadable("url_not_reached")
            if int(answer.headers.get("content-length", "0")) > MOST_FILE_BYTES:
                raise Unreadable("document_too_large")
            yield answer
            return
    raise Unreadable("url_not_reached")


def charset_told(headers: Mapping[str, str]) -> str | None:
    """Which letters a server says that its text is in."""
    found = _CHARSET.search(headers.get("content-type", ""))
    return found[1][:_LONGEST_CHARSET] if found else None


def _redirected(url: str, where: str) -> str:
    """Raises: NotPublic, for what is no address."""
    try:
        return urljoin(url, where)
    except ValueError as error:
        raise NotPublic(where) from error
