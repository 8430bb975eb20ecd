"""Conversations: listed, renamed, titled, deleted for a time, searched."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tertulia.chat.service import upkeep
from tests.chat.conftest import Running
from tests.chat.reader import Reader
from tests.chat.test_tree import settled
from tests.chat.waiting import eventually
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration


async def made(reader: Reader, title: str) -> str:
    answer = await reader.call("POST", "/api/conversations", {"title": title})
    assert answer.status == 201, answer.body
    conversation: str = answer.body["id"]
    return conversation


async def hits(reader: Reader, typed: str) -> list[dict[str, Any]]:
    from urllib.parse import quote

    answer = await reader.call("GET", f"/api/conversations/search?q={quote(typed)}")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.body["data"]
    return found


async def test_a_list_is_read_page_by_page(chat: Running) -> None:
    """Newest first, each once; the cursor is no good for another list or another person."""
    reader = chat.reader()
    ids = [await made(reader, f"Number {number}") for number in range(7)]
    seen: list[str] = []
    after, has_more = "", True
    while has_more:
        page = (await reader.call("GET", f"/api/conversations?limit=3{after}")).body
        seen += [row["id"] for row in page["data"]]
        after, has_more = f"&after={page['last_id']}", page["has_more"]
    assert seen == ids[::-1]
    for other, path in ((chat.reader(reader.workspace), "/api/conversations"), (reader, "/api/conversations/search")):
        refused = await other.call("GET", f"{path}?q=x{after}")
        assert (refused.status, refused.body["code"]) == (422, "bad_cursor")


async def test_messages_are_read_in_both_orders(chat: Running) -> None:
    """Page by page, each once."""
    reader, conversation = chat.reader(), uuid4()
    for text in ("One.", "Two.", "Three."):
        await reader.ask(conversation, text)
    whole = [message["id"] for message in await settled(reader, conversation)]
    for order, expected in (("asc", whole), ("desc", whole[::-1])):
        seen: list[str] = []
        after, has_more = "", True
        while has_more:
            path = f"/api/conversations/{conversation}/messages?limit=4&order={order}{after}"
            page = (await reader.call("GET", path)).body
            seen += [row["id"] for row in page["data"]]
            after, has_more = f"&after={page['last_id']}", page["has_more"]
        assert seen == expected


async def test_a_conversation_is_made_once_for_one_key(chat: Running) -> None:
    """The same Idempotency-Key and body give the stored answer; another body is refused."""
    reader = chat.reader()
    key = {"idempotency-key": "k"}
    first = await reader.call("POST", "/api/conversations", {"title": "Plans"}, headers=key)
    second = await reader.call("POST", "/api/conversations", {"title": "Plans"}, headers=key)
    assert (first.status, second.status, first.body) == (201, 201, second.body)
    assert (await reader.call("POST", "/api/conversations", {"title": "Else"}, headers=key)).status == 422
    assert len((await reader.call("GET", "/api/conversations")).body["data"]) == 1


async def test_titles_are_provisional_then_written_then_a_persons(chat: Running) -> None:
    """The machine's replaces the first one, once, and never what a person chose."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.title = "  A fine\n title "
    await reader.ask(conversation, "How do I bake bread with rye flour and a little honey, and for how long?")
    path = f"/api/conversations/{conversation}"

    async def final() -> Any:
        body = (await reader.call("GET", path)).body
        return body if body["title_status"] == "final" else None

    assert (await eventually(final))["title"] == "A fine title"
    (wanted,) = chat.orchestrator.titles
    assert wanted.question.startswith("How do I bake")
    assert (await reader.call("PATCH", path, {"title": " Rye  bread "})).body["title"] == "Rye bread"
    await reader.ask(conversation, "Thanks.")
    await settled(reader, conversation)
    assert (await reader.call("GET", path)).body["title"] == "Rye bread"
    assert len(chat.orchestrator.titles) == 1


async def test_a_title_looks_like_what_it_is(chat: Running) -> None:
    """A person's and a question's lose what turns or hides the text."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.title = ""
    await reader.ask(conversation, "\u202e \u2066Which\u200b way?")
    place = f"/api/conversations/{conversation}"
    assert (await reader.call("GET", place)).body["title"] == "Which way?"
    assert (await reader.call("PATCH", place, {"title": "In\u202evoice\x07s"})).body["title"] == "Invoice s"
    refused = await reader.call("PATCH", place, {"title": "\u202e\ufeff"})
    assert (refused.status, refused.body["code"]) == (422, "bad_title")


async def test_a_provisional_title_is_the_beginning_of_the_question(chat: Running) -> None:
    """On one line, cut between words; also for a conversation that was made without one."""
    reader = chat.reader()
    chat.orchestrator.title = ""
    empty = (await reader.call("POST", "/api/conversations", {})).body["id"]
    await reader.ask(empty, "How do I bake\nbread with rye flour and a little honey, and for how long?")
    title = (await reader.call("GET", f"/api/conversations/{empty}")).body["title"]
    assert title == "How do I bake bread with rye flour and a little honey, and…"


async def test_deleted_is_hidden_brought_back_and_swept(chat: Running, chat_database: ServiceDatabase) -> None:
    """Deleting twice is no error; after its time it is gone with all its messages and words."""
    reader, conversation = chat.reader(), str(uuid4())
    await reader.ask(conversation, "A xylophone.")
    await settled(reader, conversation)
    path = f"/api/conversations/{conversation}"
    for _ in range(2):
        assert (await reader.call("DELETE", path)).status == 204
    assert (await reader.call("GET", path)).status == 404
    assert (await reader.call("GET", f"{path}/messages")).status == 404
    assert await hits(reader, "xylophone") == []
    refused = await reader.call("POST", "/api/chat", {"id": conversation, "trigger": "regenerate-message"})
    assert (refused.status, refused.body["code"]) == (409, "conversation_deleted")
    assert (await reader.call("GET", "/api/conversations")).body["data"] == []
    (listed,) = (await reader.call("GET", "/api/conversations?deleted=true")).body["data"]
    assert datetime.fromisoformat(listed["expires_at"]) > datetime.now(UTC) + timedelta(days=29)
    events = chat_database.rows(
        "SELECT subject FROM outbox WHERE workspace_id = %s AND subject LIKE 'event.chat%%'", reader.workspace
    )
    assert events == [("event.chat.conversation_deleted.v1",)]
    assert (await reader.call("PATCH", path, {"deleted": False})).body["deleted_at"] is None
    assert len(await hits(reader, "xylophone")) == 1
    await reader.call("DELETE", path)
    chat_database.rows("UPDATE conversation SET expires_at = now() - interval '1 s' WHERE id = %s", conversation)
    await upkeep.sweep(chat.database)
    for table in ("conversation", "message", "search_document"):
        assert not chat_database.rows(f"SELECT FROM {table} WHERE workspace_id = %s", reader.workspace)


async def test_a_lost_answer_is_given_up_and_its_real_end_still_counts(
    chat: Running, chat_database: ServiceDatabase
) -> None:
    """After 15 minutes it is failed; a worker that comes back after all has the last word, once."""
    reader, conversation = chat.reader(), uuid4()
    chat.orchestrator.fate = "mute"
    async with reader.stream("POST", "/api/chat", _asked(conversation)):
        await eventually(lambda: _jobs(chat))
    (job,) = chat.orchestrator.jobs
    await upkeep.sweep(chat.database)
    assert (await reader.messages(conversation))[-1]["status"] == "generating"
    chat_database.rows("UPDATE message SET created_at = created_at - interval '16 min' WHERE id = %s", job.answer_id)
    await upkeep.sweep(chat.database)
    (lost,) = [m for m in await reader.messages(conversation) if m["role"] == "assistant"]
    assert (lost["status"], lost["error"]["code"]) == ("failed", "generation_lost")
    await chat.orchestrator.end(job, "finished", "Late\0 but true.")
    kept = await eventually(lambda: _with_status(reader, conversation, "finished"))
    assert kept["parts"] == [{"type": "text", "text": "Late\ufffd but true."}]
    await chat.orchestrator.end(job, "failed", "")
    await chat.orchestrator.end(job, "finished", "Another.")
    other = uuid4()
    chat.orchestrator.fate = "finished"
    await reader.ask(other, "Hello.")
    await settled(reader, other)
    assert await _with_status(reader, conversation, "finished") == kept


def _asked(conversation: object) -> dict[str, Any]:
    from tests.chat.reader import question

    return question(conversation, "Count.")


async def _jobs(chat: Running) -> bool:
    return bool(chat.orchestrator.windows)


async def _with_status(reader: Reader, conversation: object, status: str) -> Any:
    found = [m for m in await reader.messages(conversation) if m["role"] == "assistant" and m["status"] == status]
    return found[0] if found else None


SEARCHES = {
    "tromb": ["trombone"],
    "TROMBONE loud": ["trombone"],
    "trombone -loud": [],
    '"very loud"': ["trombone"],
    '"loud very"': [],
    "trombone or ÉCOLE": ["trombone", "school"],
    "école": ["school"],
    "東京": ["tokyo"],
    "京タ": ["tokyo"],
    "京東": [],
    "Holiday": ["titled"],
    "trombone -very,loud": [],
    "'); drop table message; --": [],
    "% & | ! : * \\": [],
    '"unclosed loud': [],
}


def test_whatever_is_typed_is_a_search(chat_database: ServiceDatabase) -> None:
    """Each mark has a meaning to the database's own language of searches, alone or beside others."""
    draw = random.Random(1)
    marks = "-9ú/Ó\u00ad:\"'&|!()*<> \\,.@#é1a京都"
    typed = ["".join(draw.choices(marks, k=draw.randint(1, 12))) for _ in range(3000)]
    ((count,),) = chat_database.rows("SELECT count(search_terms(q)) FROM unnest(%s::text[]) q", typed)
    assert count == len(typed)


async def test_search_finds_what_was_said_and_titled(chat: Running) -> None:
    """Words, beginnings, phrases, exclusions, any case and script; each conversation once."""
    reader = chat.reader()
    chat.orchestrator.title = ""
    ids = {"titled": await made(reader, "Holiday plans")}
    texts = {
        "trombone": "The trombone is very loud. " + "x " * 200,
        "school": "L'École est finie.",
        "tokyo": "東京タワーに行きたい",
    }
    for name, text in texts.items():
        ids[name] = str(uuid4())
        await reader.ask(ids[name], text)
        await settled(reader, ids[name])
    for typed, names in SEARCHES.items():
        found = {hit["conversation"]["id"] for hit in await hits(reader, typed)}
        assert found == {ids[name] for name in names}, typed
    (hit,) = await hits(reader, "LOUD tromb")
    marked = [hit["snippet"][r["start"] : r["end"]] for r in hit["highlights"]]
    assert marked == ["tromb", "loud"]
    assert hit["snippet"].startswith("The trombone is very loud.")
    assert hit["snippet"].endswith("…")
    page = (await reader.call("GET", "/api/conversations/search?q=one&limit=2")).body
    rest = (await reader.call("GET", f"/api/conversations/search?q=one&limit=2&after={page['last_id']}")).body
    assert [len(page["data"]), page["has_more"], len(rest["data"]), rest["has_more"]] == [2, True, 1, False]
