"""Uploads of one name, tries and deletions that come while others are at work."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from tertulia.orchestrator.service.knowledge import Knowledge
from tertulia.orchestrator.service.retrieval import KnowledgeBaseNotFound
from tertulia.platform.db import Database
from tests.orchestrator.keeper import BASES, Keeper

FILES = "SELECT count(*) FROM stored_file WHERE workspace_id = %s"


async def test_uploads_of_one_name_at_once_are_one_document(keeper: Keeper) -> None:
    """Its content is one of theirs, whole; deleting it while it is read leaves nothing."""
    base, name = await keeper.base(), f"{uuid4()}.txt"
    contents = [f"The owl number {number} sleeps in the oak.".encode() for number in range(6)]
    documents = await asyncio.gather(*(keeper.upload(base, content, name) for content in contents))
    assert len(set(documents)) == 1
    shown = await keeper.settled(base, documents[0])
    found = await keeper.find(base, "Which owl sleeps in the oak?")
    assert (shown["status"], len(found)) == ("ready", 1)
    assert found[0]["text"].encode() in contents
    gone = await keeper.upload(base, b"The owl flies.\n\n" * 20_000, "large.txt")
    assert (await keeper.call("DELETE", f"{BASES}/{base}/documents/{gone}")).status_code == 204
    assert (await keeper.call("DELETE", f"{BASES}/{base}/documents/{documents[0]}")).status_code == 204
    assert keeper.running.database.rows(FILES, keeper.workspace) == [(0,)]


async def test_a_base_that_is_deleted_while_a_file_comes_leaves_nothing(keeper: Keeper) -> None:
    """The upload is refused as if it came after, and its file is gone."""
    base, begun = await keeper.base(), asyncio.Event()
    gone = asyncio.Event()

    async def content() -> AsyncIterator[bytes]:
        yield b"The owl sleeps in the oak. " * 50_000
        begun.set()
        await gone.wait()
        yield b"The owl flies."

    async with Database(keeper.running.database.app_url, service="orchestrator", pool_size=2) as database:
        coming = Knowledge(database).upload(keeper.workspace, keeper.person, UUID(base), "owl.txt", content())
        uploading = asyncio.create_task(coming)
        await begun.wait()
        assert (await keeper.call("DELETE", f"{BASES}/{base}")).status_code == 204
        gone.set()
        with pytest.raises(KnowledgeBaseNotFound):
            await uploading
    assert keeper.running.database.rows(FILES, keeper.workspace) == [(0,)]


async def test_uploads_and_the_deletion_of_their_base_at_once_leave_nothing(keeper: Keeper) -> None:
    """Each upload is either taken and deleted with the base, or refused; no file outlives them."""
    for turn in range(4):
        base = await keeper.base()

        async def upload(number: int, base: str = base) -> int:
            file = {"file": (f"{number}.txt", f"The owl number {number}.".encode())}
            return (await keeper.call("POST", f"{BASES}/{base}/documents", files=file)).status_code

        deleting = keeper.call("DELETE", f"{BASES}/{base}")
        before, after = [[upload(number) for number in numbers] for numbers in (range(2 * turn), range(2 * turn, 8))]
        answered = await asyncio.gather(*before, deleting, *after)
        deleted = answered.pop(len(before))
        assert isinstance(deleted, httpx2.Response)
        assert deleted.status_code == 204
        assert set(answered) <= {202, 404}
    left = keeper.running.database.rows_of(keeper.workspace)
    assert [left[table] for table in ("document", "chunk", "stored_file", "knowledge_base")] == [0] * 4


async def test_of_two_who_want_a_document_read_again_one_is_heard(keeper: Keeper) -> None:
    """It is read once: the other is told that there is nothing to try."""
    base = await keeper.base()
    document = await keeper.upload(base, b"%PDF-1.7 and no more", "broken.pdf")
    assert (await keeper.settled(base, document))["status"] == "failed"
    jobs = "SELECT count(*) FROM outbox WHERE subject = 'job.orchestrator.ingest_document.v1' AND workspace_id = %s"
    ((before,),) = keeper.running.database.rows(jobs, keeper.workspace)
    tries: list[Any] = await asyncio.gather(
        *(keeper.call("POST", f"{BASES}/{base}/documents/{document}/retry") for _ in range(6))
    )
    assert sorted(one.status_code for one in tries) == [202, 409, 409, 409, 409, 409]
    assert {one.json()["code"] for one in tries if one.status_code == 409} == {"nothing_to_retry"}
    assert keeper.running.database.rows(jobs, keeper.workspace) == [(before + 1,)]
