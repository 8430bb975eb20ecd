"""The tree of a conversation: what follows what, what is known already, and what is refused."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from tertulia.contracts.limits import lease
from tests.chat.conftest import Running
from tests.chat.reader import Event, Reader, events, question, text_of
from tests.chat.stand_in import ANSWER
from tests.chat.waiting import eventually

pytestmark = pytest.mark.integration


async def settled(reader: Reader, conversation: object) -> list[dict[str, Any]]:
    """The messages, once none is running."""

    async def look() -> list[dict[str, Any]] | None:
        found = await reader.messages(conversation)
        return found if all(m["status"] != "generating" for m in found) else None

    return await eventually(look)


async def heard_of(reader: Reader, body: dict[str, Any], **headers: str) -> list[Event]:
    async with reader.stream("POST", "/api/chat", body, headers=headers) as answer:
        assert answer.status == 200, await answer.read()
        return [event async for event in events(answer)]


async def held(chat: Running, reader: Reader, conversation: UUID) -> "asyncio.Task[list[Event]]":
    """A question whose answer waits in the middle."""
    chat.orchestrator.hold_after = 1
    asking = asyncio.create_task(reader.ask(conversation, "Wait."))
    await chat.orchestrator.arrived[conversation].wait()
    return asking


async def test_regenerating_makes_a_sibling_of_the_answer(chat: Running) -> None:
    """By the answer's id, by the question's, or by none: each time another answer of the same question."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, "Count.")
    asked, answer = await settled(reader, conversation)
    for also in ({"messageId": answer["id"]}, {"messageId": asked["id"]}, {}):
        await settled(reader, conversation)
        body = {"id": str(conversation), "trigger": "regenerate-message"} | also
        assert text_of(await heard_of(reader, body)) == ANSWER
    answers = (await settled(reader, conversation))[1:]
    assert [m["parent_id"] for m in answers] == [asked["id"]] * 4
    assert len({m["id"] for m in answers}) == 4
    assert [job.anew for job in chat.orchestrator.jobs] == [False, True, True, True]


async def test_a_regeneration_sent_again_is_the_same_one(chat: Running) -> None:
    """While it runs, and by its Idempotency-Key also afterwards; the key is no other request's."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, "Count.")
    _, answer = await settled(reader, conversation)
    body = {"id": str(conversation), "trigger": "regenerate-message", "messageId": answer["id"]}
    chat.orchestrator.hold_after = 1
    both = [asyncio.create_task(heard_of(reader, body, **{"idempotency-key": "k"})) for _ in range(2)]
    await eventually(lambda: _jobs(chat, 2))
    chat.orchestrator.go.set()
    first, second = await asyncio.gather(*both)
    assert first == second
    await settled(reader, conversation)
    assert await heard_of(reader, body, **{"idempotency-key": "k"}) == first
    refused = await reader.call("POST", "/api/chat", body | {"model": "another"}, headers={"idempotency-key": "k"})
    assert (refused.status, refused.body["code"]) == (422, "idempotency_key_reused")
    assert len(await reader.messages(conversation)) == 3


async def _jobs(chat: Running, count: int) -> bool:
    return len(chat.orchestrator.jobs) >= count


async def test_editing_opens_a_branch(chat: Running) -> None:
    """The edited question takes the old one's place; the window holds its branch only, and the old one stays."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, "First.")
    old = uuid4()
    await reader.ask(conversation, "Wrong.", message_id=old)
    await settled(reader, conversation)
    await reader.ask(conversation, "Right.", messageId=str(old))
    window = chat.orchestrator.windows[chat.orchestrator.jobs[-1].answer_id]
    assert [m.text for m in window.messages] == ["First.", ANSWER, "Right."]
    messages = await settled(reader, conversation)
    by_text = {m["parts"][0]["text"]: m for m in messages if m["role"] == "user"}
    assert by_text["Right."]["parent_id"] == by_text["Wrong."]["parent_id"] == messages[1]["id"]


async def test_an_edit_under_the_old_id_is_a_new_question(chat: Running) -> None:
    """As `useChat` sends it. The same edit sent again joins it."""
    reader, conversation, message_id = chat.reader(), uuid4(), uuid4()
    await reader.ask(conversation, "Wrong.", message_id=message_id)
    await settled(reader, conversation)
    for _ in range(2):
        await reader.ask(conversation, "Right.", message_id=message_id, messageId=str(message_id))
        await settled(reader, conversation)
    roots = [m for m in await reader.messages(conversation) if m["parent_id"] is None]
    assert [m["parts"][0]["text"] for m in roots] == ["Wrong.", "Right."]
    assert len(chat.orchestrator.jobs) == 2


async def test_a_question_names_the_answer_it_follows(chat: Running) -> None:
    """An older branch goes on from there; `null` begins at the root; what is no answer here is not found."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, "First.")
    asked, answer = await settled(reader, conversation)
    await reader.ask(conversation, "Second.")
    await settled(reader, conversation)
    await reader.ask(conversation, "Other second.", parent_id=answer["id"])
    await settled(reader, conversation)
    await reader.ask(conversation, "Other first.", parent_id=None)
    parents = {m["parts"][0]["text"]: m["parent_id"] for m in await settled(reader, conversation)}
    assert parents["Second."] == parents["Other second."] == answer["id"]
    assert parents["Other first."] is None
    for wrong in (asked["id"], str(uuid4())):
        refused = await reader.call("POST", "/api/chat", question(conversation, "Third.", parent_id=wrong))
        assert (refused.status, refused.body["code"]) == (404, "not_found")


async def test_one_branch_has_one_question_at_a_time(chat: Running) -> None:
    """A second one is refused with a typed conflict, named or not; an edit is another branch and goes on."""
    reader, conversation = chat.reader(), uuid4()
    asking = await held(chat, reader, conversation)
    (asked, running) = await reader.messages(conversation)
    for also in ({}, {"parent_id": None}, {"parent_id": running["id"]}):
        refused = await reader.call("POST", "/api/chat", question(conversation, "And?", **also))
        assert (refused.status, refused.body["code"]) == (409, "answer_running"), also
    body = {"id": str(conversation), "trigger": "regenerate-message", "messageId": running["id"]}
    assert (await reader.call("POST", "/api/chat", body)).body["code"] == "answer_running"
    editing = asyncio.create_task(reader.ask(conversation, "Else.", messageId=asked["id"]))
    await eventually(lambda: _jobs(chat, 2))
    chat.orchestrator.go.set()
    assert [text_of(heard) for heard in await asyncio.gather(asking, editing)] == [ANSWER, ANSWER]


async def test_a_question_sent_many_times_at_once_has_one_answer(chat: Running) -> None:
    """Twenty calls with one message id: one job, and all hear the same."""
    reader, conversation, message_id = chat.reader(), uuid4(), uuid4()
    asking = (reader.ask(conversation, "Count.", message_id=message_id) for _ in range(20))
    heard = await asyncio.gather(*asking)
    assert all(one == heard[0] for one in heard)
    assert len(chat.orchestrator.jobs) == 1
    assert len(await reader.messages(conversation)) == 2


async def test_an_id_means_one_message(chat: Running) -> None:
    """Another text, or another conversation, under a known id is a conflict, and nothing is written."""
    reader, conversation, message_id = chat.reader(), uuid4(), uuid4()
    await reader.ask(conversation, "Count.", message_id=message_id)
    await settled(reader, conversation)
    elsewhere = uuid4()
    for place, text in ((conversation, "Else."), (elsewhere, "Count.")):
        refused = await reader.call("POST", "/api/chat", question(place, text, message_id=message_id))
        assert refused.status == 409, refused.body
    assert (await reader.call("GET", f"/api/conversations/{elsewhere}")).status == 404


async def test_clients_may_make_short_ids(chat: Running) -> None:
    """They stand for UUIDs, the same on every path; two people's never meet."""
    reader, other = chat.reader(), chat.reader()
    other = chat.reader(reader.workspace)
    await reader.ask("chat_1", "Mine.", message_id="m-1")
    await other.ask("chat_1", "Yours.", message_id="m-1")
    mine, yours = await settled(reader, "chat_1"), await settled(other, "chat_1")
    assert mine[0]["parts"][0]["text"] == "Mine."
    assert yours[0]["parts"][0]["text"] == "Yours."
    assert UUID(mine[0]["id"]) != UUID(yours[0]["id"])
    assert (await reader.call("GET", f"/api/conversations/{mine[0]['conversation_id']}")).status == 200


async def test_the_window_holds_what_fits(chat: Running) -> None:
    """The newest messages whole, up to the bound; the rest is counted."""
    reader, conversation = chat.reader(), uuid4()
    for number in range(5):
        await reader.ask(conversation, str(number) * 99_000)
    window = chat.orchestrator.windows[chat.orchestrator.jobs[-1].answer_id]
    assert [m.text[0] for m in window.messages if m.role == "user"] == ["1", "2", "3", "4"]
    assert window.left_out == 1


async def test_a_failed_answer_is_stored_and_can_be_asked_again(chat: Running) -> None:
    """With its reason; and it is no part of the next window."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.fate = "silent"
    await reader.ask(conversation, "Count.")
    (_, failed) = await settled(reader, conversation)
    assert failed["status"] == "failed"
    assert failed["error"] == {"code": "provider_failed", "detail": "The provider is gone."}
    chat.orchestrator.fate = "finished"
    await reader.ask(conversation, "Again.")
    window = chat.orchestrator.windows[chat.orchestrator.jobs[-1].answer_id]
    assert [m.text for m in window.messages] == ["Count.", "Again."]


async def test_a_place_is_given_back_when_no_generation_begins(chat: Running) -> None:
    """The gateway's lease of a refused or joined question ends at once; that of a begun one is the worker's to end."""
    reader, conversation, message_id = chat.reader(), uuid4(), uuid4()
    valkey = chat.orchestrator._valkey
    place = lease(reader.workspace, "pro", "lease-1")

    async def is_held_after(body: dict[str, Any]) -> bool:
        await valkey.call("ZADD", place.key, 2**50, place.id)
        await valkey.call("PERSIST", place.key)
        async with reader.stream("POST", "/api/chat", body, headers={"x-tertulia-lease": place.id}) as answer:
            await answer.read()
        return bool(await valkey.call("ZCARD", place.key))

    assert await is_held_after(question(conversation, "Count.", message_id=message_id))
    assert chat.orchestrator.jobs[0].lease == place.id
    assert 60_000 < await valkey.call("PTTL", place.key) <= 600_000, "kept while the job waits"
    assert not await is_held_after(question(conversation, "Count.", message_id=message_id))
    assert not await is_held_after(question(conversation, ""))
