"""A page that somebody named is fetched within bounds, from where it may be, in the letters that its server says."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from tertulia.orchestrator.knowledge.blocks import Unreadable
from tertulia.orchestrator.repository.documents import DocumentRecord, Documents
from tertulia.orchestrator.service import fetching
from tertulia.orchestrator.service.fetching import Fetching
from tertulia.orchestrator.service.knowledge import Knowledge
from tertulia.platform.db import Database, tenant
from tertulia.platform.http import HttpClient, guard
from tertulia.platform.ids import uuid7
from tests.databases import ServiceDatabase
from tests.orchestrator.keeper import Keeper

Answer = Callable[[], AsyncIterator[bytes]]
_ZEROS = gzip.compress(bytes(1024 * 1024)) * 60


def says(head: str, *body: bytes) -> Answer:
    """An answer whose last part is sent again and again, where there are several."""

    async def answer() -> AsyncIterator[bytes]:
        yield f"HTTP/1.1 {head}\r\n\r\n".encode()
        for part in body:
            yield part
        while len(body) > 1:
            yield body[-1]

    return answer


async def _begins() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun"
    await asyncio.Event().wait()


@asynccontextmanager
async def serving(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The address of a server on this machine, whose port is allowed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            async for piece in answer():
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            return  # whoever asked has had enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(guard, "_PORTS", guard._PORTS | {port})
    yield f"http://localhost:{port}/page"
    server.close()


async def _fetched(keeper: Keeper, own: ServiceDatabase, url: str) -> tuple[DocumentRecord, bytes]:
    """What is stored of an address, by a client that may connect to this machine."""
    workspace, base = keeper.workspace, UUID(await keeper.base())
    async with Database(own.app_url, service="orchestrator", pool_size=2) as database, HttpClient() as http:
        knowledge = Knowledge(database)
        async with database.write(tenant(workspace)) as session:
            new = await Documents(session, workspace).put(base, uuid7(), "page", source_url=url, given_version=1)
        kept = await Fetching(http, knowledge).fetch(workspace, new)
        assert kept.file_id is not None
        file = await knowledge.stored(workspace, kept.file_id)
        assert file is not None
        return kept, b"".join([part async for part in knowledge.content(workspace, file)])


async def test_a_page_is_kept_with_what_its_server_says_of_its_letters(
    keeper: Keeper, own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, also where it was packed although nobody asked for that."""
    head = "200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Type: text/html; charset=koi8-r"
    async with serving(says(head, gzip.compress("Да".encode("koi8-r"))), monkeypatch) as url:
        kept, content = await _fetched(keeper, own_database, url)
    assert (kept.charset, kept.size, content) == ("koi8-r", 2, "Да".encode("koi8-r"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says("200 OK\r\nConnection: close", b"", b"x" * 65536), "document_too_large"),
        (says("200 OK\r\nConnection: close\r\nContent-Encoding: gzip", _ZEROS), "document_too_large"),
        (says(f"200 OK\r\nContent-Length: {10**15}"), "document_too_large"),
        (says("200 OK\r\nContent-Length: many"), "url_not_reached"),
        (says("200 OK\r\nConnection: close\r\nContent-Encoding: br", b"packed"), "url_not_reached"),
        (says("200 OK\r\nContent-Length: 9", b"short"), "url_not_reached"),
        (says("404 Not Found\r\nContent-Length: 0"), "url_not_reached"),
        (says("nonsense"), "url_not_reached"),
        (says("302 Found\r\nContent-Length: 0\r\nLocation: /page"), "url_not_reached"),
        (says("302 Found\r\nContent-Length: 0\r\nLocation: http://127.0.0.1/"), "url_not_allowed"),
        (says("302 Found\r\nContent-Length: 0\r\nLocation: //[::ffff:10.0.0.1]/"), "url_not_allowed"),
        (says("302 Found\r\nContent-Length: 0\r\nLocation: http://a@example.com/"), "url_not_allowed"),
        (says("302 Found\r\nContent-Length: 0\r\nLocation: file:///etc/passwd"), "url_not_allowed"),
        (_begins, "url_not_reached"),
    ],
    ids=[
        "endless", "a bomb", "says it is large", "a length that is none", "unknown packing", "broken off", "not there",
        "no answer", "in circles", "leads home", "leads inside", "leads with a name", "leads to a file", "stops",
    ],
)  # fmt: skip
async def test_what_cannot_be_fetched_says_why(
    keeper: Keeper, own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch, answer: Answer, reason: str
) -> None:
    """Whatever a server sends, or does not: it ends, and nothing of it is a document."""
    monkeypatch.setattr(fetching, "_WITHIN", timedelta(seconds=1 if answer is _begins else 60))
    async with serving(answer, monkeypatch) as url:
        with pytest.raises(Unreadable) as refused:
            await _fetched(keeper, own_database, url)
    assert refused.value.reason == reason
