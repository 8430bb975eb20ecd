"""A conversation that is deleted while answers of it run: others forget it when the last of them is stored, not before,
so that one who brings it back finds what was said.
"""

import asyncio
from uuid import UUID, uuid4

import pytest

from tests.chat.conftest import Running
from tests.chat.reader import Reader, end_of, text_of
from tests.chat.stand_in import WORDS
from tests.chat.waiting import eventually
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration


def told(database: ServiceDatabase, reader: Reader) -> int:
    """How often others were told that a conversation is gone."""
    query = "SELECT count(*) FROM outbox WHERE subject = 'event.chat.conversation_deleted.v1' AND workspace_id = %s"
    ((count,),) = database.rows(query, reader.workspace)
    return int(count)


async def generating(reader: Reader, database: ServiceDatabase) -> int:
    ((count,),) = database.rows(
        "SELECT count(*) FROM message WHERE status = 'generating' AND workspace_id = %s", reader.workspace
    )
    return int(count)


async def test_others_are_told_when_the_answer_is_stored(chat: Running, chat_database: ServiceDatabase) -> None:
    """Its reader hears the end, and brought back it has what was said."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.hold_after = 2
    asking = asyncio.create_task(reader.ask(conversation, "Count."))
    await chat.orchestrator.arrived[conversation].wait()
    assert (await reader.call("DELETE", f"/api/conversations/{conversation}")).status == 204
    heard = await asking
    assert (end_of(heard), text_of(heard)) == ("abort", "".join(WORDS[:2]))

    async def forgotten() -> bool:
        return told(chat_database, reader) == 1

    assert await eventually(forgotten)
    assert await generating(reader, chat_database) == 0
    assert (await reader.call("DELETE", f"/api/conversations/{conversation}")).status == 204
    assert told(chat_database, reader) == 1
    back = await reader.call("PATCH", f"/api/conversations/{conversation}", {"deleted": False})
    assert back.status == 200, back.body
    kept = (await reader.messages(conversation))[-1]
    assert (kept["status"], kept["parts"]) == ("stopped", [{"type": "text", "text": "".join(WORDS[:2])}])


async def test_an_answer_that_is_stored_in_the_same_moment_is_told_of_once(
    chat: Running, chat_database: ServiceDatabase
) -> None:
    """Whichever of the two comes first, the deletion or the end: never twice too few."""
    reader = chat.reader()
    conversations = [uuid4() for _ in range(8)]

    async def end_and_delete(conversation: UUID) -> None:
        asking = asyncio.create_task(reader.ask(conversation, "Count."))
        async with asyncio.timeout(30):
            while not any(job.conversation_id == conversation for job in chat.orchestrator.jobs):
                await asyncio.sleep(0)
        await asyncio.gather(asking, reader.call("DELETE", f"/api/conversations/{conversation}"))

    await asyncio.gather(*map(end_and_delete, conversations))

    async def all_told() -> bool:
        return told(chat_database, reader) >= len(conversations) and not await generating(reader, chat_database)

    assert await eventually(all_told)
    assert told(chat_database, reader) == len(conversations)


async def test_only_the_last_of_two_answers_is_told_of(chat: Running, chat_database: ServiceDatabase) -> None:
    """Two branches run: what the second says is still to be stored when the first has ended."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.hold_after = 1
    one = asyncio.create_task(reader.ask(conversation, "Count."))
    await chat.orchestrator.arrived[conversation].wait()
    (question, _) = await reader.messages(conversation)
    two = asyncio.create_task(reader.ask(conversation, "Count on.", messageId=question["id"]))
    async with asyncio.timeout(30):
        while await generating(reader, chat_database) < 2:
            await asyncio.sleep(0.02)
    assert (await reader.call("DELETE", f"/api/conversations/{conversation}")).status == 204
    await asyncio.gather(one, two)

    async def forgotten() -> bool:
        return told(chat_database, reader) > 0

    assert await eventually(forgotten)
    assert await generating(reader, chat_database) == 0
    assert told(chat_database, reader) == 1
