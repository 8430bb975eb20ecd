"""Who watches a knowledge base is told of each change of a document, to its end, whenever they come."""

import asyncio
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import msgspec

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
