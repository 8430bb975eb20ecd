"""Who watches a knowledge base is told of each change of a document, to its end, whenever they come."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from tertulia.orchestrator.service.retrieval import KnowledgeBaseNotFound
from tertulia.orchestrator.service.watching import TooManyWatching, Watching
from tertulia.platform.db import Database, Scope, Statement, WriteSession
from tertulia.platform.sse import Parser
from tests.orchestrator.conftest import Running
from tests.orchestrator.keeper import BASES, Keeper

TEXT = "\n\n".join(f"Paragraph {number} tells of the boiler in cellar {number}." for number in range(300)).encode()


async def watched(keeper: Keeper, base: str, document: str) -> list[dict[str, Any]]:
    """What is told of a document until it has been read."""
    parser, told = Parser(), list[dict[str, Any]]()
    async with asyncio.timeout(60), keeper.client.stream("GET", f"{BASES}/{base}/documents/events") as answer:
        assert answer.status_code == HTTPStatus.OK
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for piece in answer.aiter_raw():
            told += [one for one in map(msgspec.json.decode, parser.feed(piece)) if one["id"] == document]
            if told and told[-1]["status"] in ("ready", "failed"):
                return told
    raise AssertionError("the stream ended before the document was read")


async def test_each_change_is_told_to_the_end(keeper: Keeper) -> None:
    """The progress never goes back, and the last that is told is what a question for the document says."""
    base = await keeper.base()
    document = await keeper.upload(base, TEXT, "cellars.txt")
    told = await watched(keeper, base, document)
    progress = [one["progress"] for one in told]
    assert progress == sorted(progress)
    assert told[-1] == (await keeper.call("GET", f"{BASES}/{base}/documents/{document}")).json()
    assert told[-1]["status"] == "ready"


async def test_who_comes_late_is_told_how_it_ended(keeper: Keeper) -> None:
    """A document that was read, or that could not be, a moment ago."""
    base = await keeper.base()
    read = await keeper.upload(base, TEXT, "cellars.txt")
    broken = await keeper.upload(base, b"%PDF-1.7 and nothing more", "broken.pdf")
    for document, status in ((read, "ready"), (broken, "failed")):
        await keeper.settled(base, document)
        (told,) = await watched(keeper, base, document)
        assert (told["id"], told["status"]) == (document, status)


async def test_nobody_watches_what_is_not_theirs(keeper: Keeper, running: Running) -> None:
    """A base of another workspace, somebody's private one, and none at all are the same: not there."""
    private = await keeper.base(visibility="private")
    colleague, stranger = Keeper(running, workspace=keeper.workspace), Keeper(running)
    for who, base in ((colleague, private), (stranger, private), (keeper, str(uuid4()))):
        refused = await who.call("GET", f"{BASES}/{base}/documents/events")
        assert (refused.status_code, refused.json()["code"]) == (HTTPStatus.NOT_FOUND, "knowledge_base_not_found")
    await colleague.client.aclose()
    await stranger.client.aclose()


async def test_a_base_that_goes_ends_the_stream(keeper: Keeper) -> None:
    """Who watches it is let go."""
    base = await keeper.base()
    async with asyncio.timeout(30), keeper.client.stream("GET", f"{BASES}/{base}/documents/events") as answer:
        pieces = answer.aiter_raw()
        await anext(pieces)
        await keeper.call("DELETE", f"{BASES}/{base}")
        async for _ in pieces:
            continue


class Counted(Database):
    """Counts its units of work."""

    writes = 0

    @asynccontextmanager
    async def write(self, scope: Scope, opening: Sequence[Statement] = ()) -> AsyncIterator[WriteSession]:
        self.writes += 1
        async with super().write(scope, opening) as session:
            yield session


async def test_all_that_watch_a_base_share_a_look(keeper: Keeper) -> None:
    """However many there are, the table is asked once; somebody whose base it is not is refused all the same."""
    private = await keeper.base(visibility="private")
    document = await keeper.upload(private, TEXT, "cellars.txt")
    await keeper.settled(private, document)
    async with Counted(keeper.running.database.app_url, service="orchestrator") as database:
        watching = Watching(database)
        base = keeper.workspace, keeper.person, UUID(private)
        told = await asyncio.gather(*(anext(watching.changes(*base)) for _ in range(20)))
        assert {str(one.id) for one in told} == {document}
        assert database.writes == 1
        with pytest.raises(KnowledgeBaseNotFound):
            await anext(watching.changes(keeper.workspace, uuid4(), UUID(private)))


async def test_streams_of_a_workspace_are_bounded(keeper: Keeper) -> None:
    """One too many is told to come again; one that is let go makes room, whether it was ever read or not."""
    async with Database(keeper.running.database.app_url, service="orchestrator") as database:
        watching = Watching(database, most=2)
        one, other, base = uuid4(), uuid4(), uuid4()
        streams = [watching.changes(one, uuid4(), base), watching.changes(one, uuid4(), uuid4())]
        with pytest.raises(TooManyWatching) as refused:
            watching.changes(one, uuid4(), base)
        assert refused.value.status == HTTPStatus.TOO_MANY_REQUESTS
        assert refused.value.retry_after is not None
        watching.changes(other, uuid4(), base)
        with pytest.raises(KnowledgeBaseNotFound):
            await anext(streams[0])
        streams.clear()
        watching.changes(one, uuid4(), base)
