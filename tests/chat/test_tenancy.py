"""Nobody sees or changes another's: by any route, by any repository method, by any statement."""

import asyncio
import inspect
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from tertulia.chat.models import Conversation, Message
from tertulia.chat.owner import Owner
from tertulia.chat.repository import (
    AlreadyStored,
    Conversations,
    Ending,
    MessageIdTaken,
    Messages,
    Place,
    Search,
    add_messages,
    placing,
    store_all,
    touching,
)
from tertulia.contracts.routes import ROUTES
from tertulia.platform.db import Database, ReadSession, Scope, WriteSession, actor, tenant
from tests.chat.conftest import Running
from tests.chat.reader import question
from tests.chat.test_tree import settled
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_every_route_hides_what_is_anothers(chat: Running, chat_database: ServiceDatabase) -> None:
    """With ids of another workspace, and of another person in one's own: 404, or as if it were not there."""
    victim, conversation = chat.reader(), uuid4()
    await victim.ask(conversation, "The secret is xylophone.")
    asked, answer = await settled(victim, conversation)
    await named_by_machine(chat_database, conversation)
    before = chat_database.rows("SELECT * FROM conversation WHERE id = %s", conversation)
    for stranger in (chat.reader(), chat.reader(victim.workspace), chat.reader(user=victim.user)):
        for route in ROUTES:
            if route.service != "chat" or route.path == "/api/chat":
                continue
            path = route.path.replace("{conversation_id}", str(conversation)) + "?q=xylophone"
            body = {"title": "Mine now"} if route.method == "PATCH" else None
            body = {"id": str(uuid4())} if route.path == "/api/conversations" and route.method == "POST" else body
            met = await stranger.call(route.method, path, body)
            assert met.status == (404 if "{" in route.path else met.status), (route.method, path)
            assert str(conversation) not in str({**met.body, "instance": ""} if met.status != 204 else ""), path
            assert "xylophone" not in str(met.body), path
        named = f"/api/chat/{conversation}/stream?answer_id={answer['id']}"
        assert (await stranger.call("GET", named)).status == 404
        own = uuid4()
        await stranger.ask(own, "Mine.")
        await settled(stranger, own)
        for also in ({"messageId": asked["id"]}, {"parent_id": answer["id"]}):
            refused = await stranger.call("POST", "/api/chat", question(own, "And?", **also))
            assert refused.status == 404, also
    neighbour = chat.reader(victim.workspace)
    assert (await neighbour.call("POST", "/api/chat", question(conversation, "Let me in."))).status == 404
    taken = await neighbour.call("POST", "/api/chat", question(uuid4(), "Hello.", message_id=asked["id"]))
    assert (taken.status, taken.body["code"]) == (409, "message_id_taken")
    assert (await neighbour.call("POST", "/api/conversations", {"id": str(conversation)})).status == 409
    assert chat_database.rows("SELECT * FROM conversation WHERE id = %s", conversation) == before
    assert len(await victim.messages(conversation)) == 2


async def named_by_machine(database: ServiceDatabase, conversation: UUID) -> None:
    """Nothing of the system's own will change the conversation from here on."""
    query = "SELECT 1 FROM conversation WHERE id = %s AND title_source = 'generated'"
    async with asyncio.timeout(60):
        while not database.rows(query, conversation):
            await asyncio.sleep(0.05)


async def given(database: Database, owner: Owner) -> tuple[UUID, UUID, UUID]:
    """A conversation with a question and a running answer."""
    conversation, asked, answer = uuid4(), uuid4(), uuid4()
    common = {"conversation_id": conversation, "model": None, "created_at": NOW, "ended_at": None}
    rows: list[dict[str, Any]] = [
        {"id": asked, "parent_id": None, "role": "user", "status": "finished", "generation_id": None, **common}
        | {"parts": [{"type": "text", "text": "xylophone"}]},
        {"id": answer, "parent_id": asked, "role": "assistant", "status": "generating", "generation_id": answer}
        | {"parts": [], **common},
    ]
    async with database.write(owner.scope) as session:
        await Conversations(session, owner).create(conversation, "Title", "provisional", NOW)
        add_messages(session, owner, rows)
    return conversation, asked, answer


async def test_every_repository_method_keeps_to_its_owner(database: Database) -> None:
    """Called with another's ids it finds nothing and changes nothing; a method without a case here fails the test."""
    victim = Owner(uuid4(), uuid4())
    conversation, asked, answer = await given(database, victim)
    cases: dict[str, tuple[Any, ...]] = {
        "Conversations.get": (conversation,),
        "Conversations.newest": (10, None),
        "Conversations.create": (conversation, "Mine", "person", NOW),
        "Conversations.rename": (conversation, "Mine"),
        "Conversations.name_by_machine": (conversation, "Mine"),
        "Conversations.provide_title": (conversation, "Mine"),
        "Conversations.delete": (conversation, NOW, timedelta(days=1)),
        "Conversations.deleted_and_silent": ([conversation],),
        "Conversations.choose": (conversation, [conversation]),
        "Conversations.undelete": (conversation,),
        "Messages.get": (asked,),
        "Messages.page": (conversation, 10, None, "asc"),
        "Messages.newest_answer": (conversation,),
        "Messages.newest_answer_to": (asked,),
        "Messages.running": (conversation,),
        "Messages.running_after": (conversation, None),
        "Messages.request_stop": ([answer], NOW),
        "Search.find": ("xylophone", 10, None),
    }
    async with database.read(victim.scope) as session:
        before = await everything(session)
    for stranger in (Owner(uuid4(), uuid4()), Owner(victim.workspace_id, uuid4()), Owner(uuid4(), victim.user_id)):
        for kind in (Conversations, Messages, Search):
            for name, method in inspect.getmembers(kind, inspect.iscoroutinefunction):
                is_elsewhere = stranger.workspace_id != victim.workspace_id
                if name.startswith("_") or (name == "create" and is_elsewhere):
                    continue  # an id is taken only within a workspace
                args = cases[f"{kind.__name__}.{name}"]
                async with database.write(stranger.scope) as session:
                    also = {"deleted": False} if name == "newest" else {}
                    found = await method(kind(session, stranger), *args, **also)  # type: ignore[arg-type] # reads too
                assert not found or not getattr(found, "rows", True), (kind, name)
    async with database.read(victim.scope) as session:
        assert await everything(session) == before
    neighbour = Owner(victim.workspace_id, uuid4())
    with pytest.raises(MessageIdTaken):
        await add_again(database, neighbour, asked)


def ended(answer: UUID) -> Ending:
    return Ending(uuid4(), answer, answer, "finished", [], None, {}, 0, "USD", None, None, ())


async def test_a_turns_own_statements_keep_to_their_owner(database: Database) -> None:
    """Another's conversation cannot be touched, no question of it be known, and no answer of it be ended."""
    victim = Owner(uuid4(), uuid4())
    conversation, asked, answer = await given(database, victim)
    end = ended(answer)
    for stranger in (Owner(uuid4(), uuid4()), Owner(victim.workspace_id, uuid4()), Owner(uuid4(), victim.user_id)):
        for named in (stranger, victim):  # also when the statement itself says that it is the victim
            opening = [touching(named, conversation, NOW), placing(named, conversation, asked)]
            async with database.write(stranger.scope, opening) as session:
                touched, placed = session.opened
                assert touched == []
                assert Place.of(placed) == (False, None)
                theirs = msgspec.structs.replace(end, delivery_id=uuid4())
                assert await store_all(session, named, [theirs], consumer="test") == {}
    async with database.write(victim.scope) as session:
        assert await store_all(session, victim, [end], consumer="test") == {answer: ("provisional", False)}


async def test_a_delivery_ends_an_answer_once(database: Database) -> None:
    """The delivery's id that is there already makes all that came with it fail, and nothing of it is written."""
    owner = Owner(uuid4(), uuid4())
    _, _, first = await given(database, owner)
    _, _, second = await given(database, owner)
    one, other = ended(first), ended(second)
    async with database.write(owner.scope) as session:
        await store_all(session, owner, [one], consumer="test")
    with pytest.raises(AlreadyStored):
        async with database.write(owner.scope) as session:
            await store_all(session, owner, [one, other], consumer="test")
    async with database.write(owner.scope) as session:
        assert await store_all(session, owner, [other], consumer="test") == {second: ("provisional", False)}


async def add_again(database: Database, owner: Owner, message_id: UUID) -> None:
    row: dict[str, Any] = {
        "id": message_id,
        "conversation_id": uuid4(),
        "parent_id": None,
        "role": "user",
        "status": "finished",
        "parts": [{"type": "text", "text": "x"}],
        "created_at": NOW,
    }
    async with database.write(owner.scope) as session:
        await Conversations(session, owner).create(row["conversation_id"], "Mine", "person", NOW)
        add_messages(session, owner, [row])


async def everything(session: ReadSession | WriteSession) -> list[Any]:
    from sqlalchemy import select

    found: list[Any] = []
    for table in (Conversation.__table__, Message.__table__):
        found += [tuple(map(str, row)) for row in (await session.execute(select(table))).all()]
    return found


async def test_the_database_itself_hides_rows(database: Database) -> None:
    """A statement without any condition sees the rows of its scope's person in the scope's workspace; else none."""
    victim = Owner(uuid4(), uuid4())
    await given(database, victim)
    scopes = (
        Scope(),
        tenant(victim.workspace_id),
        actor(victim.user_id),
        tenant(victim.workspace_id, uuid4()),
        tenant(uuid4(), victim.user_id),
    )
    for scope in scopes:
        async with database.read(scope) as session:
            assert await everything(session) == []
    async with database.read(victim.scope) as session:
        assert len(await everything(session)) == 3
