"""Uploads of one name, and deletions, that come while others are at work."""

import asyncio
from uuid import uuid4

from tests.orchestrator.keeper import BASES, Keeper


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
    files = "SELECT count(*) FROM stored_file WHERE workspace_id = %s"
    assert keeper.running.database.rows(files, keeper.workspace) == [(0,)]
