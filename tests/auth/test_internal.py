"""What auth answers to other services: whose credential it is, what a person may reach, what people are called."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import redis

from tertulia.auth.consumers import Consumers
from tertulia.auth.service.revocation import Revocations
from tertulia.contracts.auth import AccessChanged, ResolvedCredential
from tertulia.contracts.credentials import digest
from tertulia.contracts.orchestrator import AnswerExplained, PersonalDataRevealed, WorkspaceSettingsChanged
from tertulia.platform.bus import Bus, Delivery, Subscription
from tertulia.platform.bus.envelope import seal
from tertulia.platform.db import Database
from tertulia.platform.valkey import Valkey
from tests.auth.conftest import Auth, Human, human

pytestmark = pytest.mark.integration
CREDENTIALS = "/internal/auth/credentials"


async def resolve(auth: Auth, secret: str, kind: str = "session") -> Any:
    return await auth.call("POST", CREDENTIALS, signed_by="gateway", body={"kind": kind, "digest": digest(secret)})


async def test_a_session_is_resolved_to_all_that_its_person_may_reach(auth: Auth) -> None:
    """First workspace first, each with role and plan."""
    person, other = await auth.sign_up(), await auth.sign_up()
    await auth.add_member(other, person, "viewer")
    answer = await resolve(auth, person.cookies["tt_session"])
    resolved = msgspec.json.decode(answer.content, type=ResolvedCredential)
    assert resolved.credential_id == person.session_id
    assert [(w.workspace_id, w.role) for w in resolved.access.workspaces] == [
        (person.workspace_id, "owner"),
        (other.workspace_id, "viewer"),
    ]
    asked = await auth.call("GET", f"/internal/auth/users/{person.user_id}/access", signed_by="gateway")
    assert msgspec.json.decode(asked.content, type=type(resolved.access)) == resolved.access


@pytest.mark.parametrize("kind", ["session", "api_key"])
async def test_other_secrets_and_kinds_are_unknown(auth: Auth, kind: str) -> None:
    """A refresh token, a secret of the other kind, an invented one, a digest that is none."""
    person = await auth.sign_up()
    secrets = [person.cookies["tt_refresh"], "invented", person.cookies["tt_session"] if kind == "api_key" else "x"]
    for secret in secrets:
        answer = await resolve(auth, secret, kind)
        assert (answer.status_code, answer.json()["code"]) == (404, "credential_unknown")
    for wrong in ("", "A" * 64, "0" * 63, "' --"):
        answer = await auth.call("POST", CREDENTIALS, signed_by="gateway", body={"kind": kind, "digest": wrong})
        assert answer.status_code == 404


async def test_an_ended_session_is_unknown(auth: Auth) -> None:
    """At once."""
    person = await auth.sign_up()
    await auth.call("POST", "/api/auth/logout", person=person)
    assert (await resolve(auth, person.cookies["tt_session"])).status_code == 404


async def test_only_the_services_named_may_ask(auth: Auth) -> None:
    """401 unsigned, 403 for a service that has no business there."""
    person = await auth.sign_up()
    paths = [("POST", CREDENTIALS), ("GET", f"/internal/auth/users/{person.user_id}/access")]
    for method, path in paths:
        body = {"kind": "session", "digest": "0" * 64} if method == "POST" else None
        assert (await auth.call(method, path, body=body)).status_code == 401
        assert (await auth.call(method, path, body=body, signed_by="chat")).status_code == 403


async def test_names_are_told_of_fellow_members_only(auth: Auth) -> None:
    """Who is not in the workspace has no name there."""
    owner, member, stranger = await auth.sign_up(), await auth.sign_up(name="Mia"), await auth.sign_up()
    await auth.add_member(owner, member)
    ids = ",".join(str(one.user_id) for one in (owner, member, stranger))
    path = f"/internal/auth/users?workspace_id={owner.workspace_id}&ids={ids}"
    said = (await auth.call("GET", path, signed_by="chat")).json()["people"]
    assert {one["name"] for one in said} == {"Otto", "Mia"}
    for bad in ("ids=x", "ids=" + ",".join(str(uuid4()) for _ in range(101)), ""):
        path = f"/internal/auth/users?workspace_id={owner.workspace_id}&{bad}"
        assert (await auth.call("GET", path, signed_by="chat")).status_code == 422


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"kind": "password", "digest": ""}', b"\xff", b'{"x": 1}'])
async def test_what_is_no_credential_is_refused(auth: Auth, content: bytes) -> None:
    """400 or 422."""
    answer = await auth.call("POST", CREDENTIALS, signed_by="gateway", content=content)
    assert answer.status_code in {400, 422}


def event(human: Human) -> AccessChanged:
    return AccessChanged(
        user_id=human.user_id, credential_id=human.session_id, revoked=True, occurred_at=datetime.now(UTC)
    )


def own(auth: Auth) -> Database:
    return Database(auth.database.app_url, service="auth")


async def test_a_revocation_is_marked_even_when_its_process_died(auth: Auth, servers: Any) -> None:
    """The event alone brings the marker."""
    person = await auth.sign_up()
    async with Valkey(servers.valkey.url, name="test") as valkey, own(auth) as database:
        envelope = seal(event(person))
        consumers = Consumers(database, Revocations(valkey))
        await consumers.mark_revoked(Delivery(event(person), envelope.id, 1, envelope))
    with redis.Redis.from_url(servers.valkey.url) as store:
        assert store.exists(f"revoked:{person.session_id}")


async def test_a_choice_of_the_workspace_is_in_the_record_once(auth: Auth, servers: Any) -> None:
    """Who changed which setting, however often the event comes; the value is nobody's business there."""
    person = await auth.sign_up()
    chosen = WorkspaceSettingsChanged(workspace_id=person.workspace_id, name="assistant", changed_by=person.user_id)
    envelope = seal(chosen)
    async with Valkey(servers.valkey.url, name="test") as valkey, own(auth) as database:
        consumers = Consumers(database, Revocations(valkey))
        for attempt in (1, 2):
            await consumers.record_settings(Delivery(chosen, envelope.id, attempt, envelope))
    recorded = auth.database.rows(
        "SELECT user_id, subject FROM audit_event WHERE workspace_id = %s AND action = 'workspace.settings_changed'",
        person.workspace_id,
    )
    assert recorded == [(person.user_id, "assistant")]


async def test_a_look_at_personal_data_is_in_the_record_once(auth: Auth, servers: Any) -> None:
    """However often the event is delivered."""
    person = await auth.sign_up()
    look = PersonalDataRevealed(
        workspace_id=person.workspace_id, user_id=person.user_id, placeholder="EMAIL_3", occurred_at=datetime.now(UTC)
    )
    envelope = seal(look)
    async with Valkey(servers.valkey.url, name="test") as valkey, own(auth) as database:
        consumers = Consumers(database, Revocations(valkey))
        for attempt in (1, 2):
            await consumers.record_look(Delivery(look, envelope.id, attempt, envelope))
    query = "SELECT subject FROM audit_event WHERE workspace_id = %s AND action = 'personal_data.revealed'"
    assert auth.database.rows(query, person.workspace_id) == [("EMAIL_3",)]


async def test_a_look_at_what_was_sent_for_an_answer_is_in_the_record_once(auth: Auth, servers: Any) -> None:
    """However often the event is delivered."""
    person, answer = await auth.sign_up(), uuid4()
    look = AnswerExplained(
        workspace_id=person.workspace_id, user_id=person.user_id, answer_id=answer, occurred_at=datetime.now(UTC)
    )
    envelope = seal(look)
    async with Valkey(servers.valkey.url, name="test") as valkey, own(auth) as database:
        consumers = Consumers(database, Revocations(valkey))
        for attempt in (1, 2):
            await consumers.record_explanation(Delivery(look, envelope.id, attempt, envelope))
    query = "SELECT subject FROM audit_event WHERE workspace_id = %s AND action = 'answer.explained'"
    assert auth.database.rows(query, person.workspace_id) == [(str(answer),)]


async def test_a_revocation_reaches_everybody_who_listens(auth: Auth) -> None:
    """The event that gateways drop what they remember by."""
    heard: asyncio.Queue[UUID | None] = asyncio.Queue()

    async def hear(delivery: Delivery[AccessChanged]) -> None:
        heard.put_nowait(delivery.message.credential_id)

    async def is_heard(session_id: UUID) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                while await heard.get() != session_id:
                    continue
                return True
        return False

    person = await auth.sign_up()
    async with Bus(auth.service.settings.nats_url.get_secret_value(), "listener") as bus:
        workers = [
            asyncio.create_task(bus.run([Subscription(AccessChanged, "listener", hear, broadcast=True)])),
            asyncio.create_task(auth.service.workers[0]()),  # type: ignore[arg-type] # a coroutine function
        ]
        async with asyncio.timeout(30):
            await auth.call("POST", "/api/auth/logout", person=person)
            while not await is_heard(person.session_id):  # the first ones may go before anybody listens
                person = human(await auth.log_in(person.email))
                await auth.call("POST", "/api/auth/logout", person=person)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
