"""Which documents a conversation asks: chosen with a question or before, remembered, and cited in what is stored."""

from uuid import uuid4

import pytest

from tests.chat.conftest import Running
from tests.chat.reader import events, question
from tests.chat.stand_in import ANSWER
from tests.chat.test_turn import stored

pytestmark = pytest.mark.integration


async def test_the_choice_is_remembered_until_another_is_made(chat: Running) -> None:
    """A question without one keeps it, an empty one ends it, and a change in between counts for the next."""
    reader, conversation, one, other = chat.reader(), uuid4(), uuid4(), uuid4()
    chat.orchestrator.bases |= {one, other}
    await reader.ask(conversation, "A?", knowledge_base_ids=[str(one)])
    await reader.ask(conversation, "B?")
    place = f"/api/conversations/{conversation}"
    changed = await reader.call("PATCH", place, {"knowledge_base_ids": [str(other)]})
    assert changed.body["knowledge_base_ids"] == [str(other)]
    await reader.ask(conversation, "C?")
    await reader.ask(conversation, "D?", knowledge_base_ids=[])
    assert [job.knowledge_base_ids for job in chat.orchestrator.jobs] == [(one,), (one,), (other,), ()]
    assert (await reader.call("GET", place)).body["knowledge_base_ids"] == []


async def test_passages_are_stored_with_the_answer_and_told_again(chat: Running) -> None:
    """The message has them before its text, and so has a stream that is told from the database."""
    reader, conversation, base = chat.reader(), uuid4(), uuid4()
    chat.orchestrator.bases.add(base)
    await reader.ask(conversation, "Where?", knowledge_base_ids=[str(base)])
    kept = await stored(reader, conversation)
    source, text = kept["parts"]
    assert text == {"type": "text", "text": ANSWER}
    assert (source["type"], source["title"], source["filename"]) == ("source-document", "Keys", "handbook.pdf")
    assert source["providerMetadata"]["tertulia"] == {
        "knowledge_base_id": str(base), "document_id": str(base), "chunk_id": str(base), "page": 7,
        "heading": "Keys", "number": 1,
    }  # fmt: skip
    await chat.orchestrator.forget_logs()
    path = f"/api/chat/{conversation}/stream?answer_id={kept['id']}"
    async with reader.stream("GET", path) as answer:
        told = [event.part async for event in events(answer)]
    assert [part for part in told if part["type"] == "source-document"] == [source]


@pytest.mark.parametrize("given", [["no id"], [str(uuid4())], [str(uuid4()) for _ in range(21)]])
async def test_a_base_that_one_may_not_ask_is_refused(chat: Running, given: list[str]) -> None:
    """Unknown, somebody else's or too many: 422, and nothing is asked."""
    reader, conversation = chat.reader(), uuid4()
    refused = await reader.call("POST", "/api/chat", question(conversation, "A?", knowledge_base_ids=given))
    assert refused.status == 422
    assert (await reader.call("GET", f"/api/conversations/{conversation}")).status == 404
