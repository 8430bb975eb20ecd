"""What is known of a credential: asked for once, kept while auth is away, forgotten when access changes."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tertulia.contracts.auth import AccessChanged, WorkspaceAccess
from tertulia.contracts.limits import revoked_key
from tertulia.gateway.authorise import PermissionMissing
from tertulia.gateway.remembered import Remembered
from tertulia.platform.errors import NotFound, Unauthenticated, Unavailable
from tertulia.platform.ids import uuid7

if TYPE_CHECKING:
    from tertulia.platform.valkey import Valkey
    from tests.gateway.conftest import Edge, Person, StandIn

CREDENTIALS, ACCESS = "/internal/auth/credentials", "/access"


def changed(person: "Person") -> AccessChanged:
    return AccessChanged(user_id=person.user_id, occurred_at=datetime.now(UTC))


def session(person: "Person") -> dict[str, str]:
    return {"cookie": f"tt_session={person.session}"}


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def test_many_calls_ask_auth_once(edge: "Edge", behind: "StandIn") -> None:
    """At the same time or one after another."""
    person = behind.person()
    await asyncio.gather(*(edge.ask("GET", "/api/conversations", **session(person)) for _ in range(20)))
    await edge.ask("GET", "/api/conversations", **session(person))
    await asyncio.gather(*(edge.ask("GET", "/api/conversations", **bearer(person.token)) for _ in range(20)))
    assert (behind.count(CREDENTIALS), behind.count(ACCESS)) == (1, 1)


async def test_issued_credentials_work_while_auth_is_away(make_edge: "Callable[..., Edge]", behind: "StandIn") -> None:
    """What was known serves on although it is no longer fresh; a new token is believed by its own claims."""
    edge = make_edge(fresh=timedelta(0))
    person, other = behind.person(), behind.person()
    key, _ = behind.api_key(person, "inference")
    for headers in (session(person), bearer(person.token), bearer(key)):
        await edge.ask("GET", "/v1/models", **headers)
    behind.away = True
    for headers in (session(person), bearer(person.token), bearer(key), bearer(other.token)):
        await edge.ask("GET", "/v1/models", **headers)
    with pytest.raises(Unavailable) as refused:
        await edge.ask("GET", "/v1/models", **session(other))
    assert refused.value.retry_after
    behind.away = False
    await edge.ask("GET", "/v1/models", **session(other))


async def test_tokens_are_unavailable_rather_than_wrong_before_the_keys_are_known(
    edge: "Edge", behind: "StandIn"
) -> None:
    """A person must not be told to sign in again because auth is restarting."""
    person = behind.person()
    behind.away = True
    with pytest.raises(Unavailable):
        await edge.ask("GET", "/v1/models", **bearer(person.token))


async def test_changed_access_holds_at_the_next_call(edge: "Edge", behind: "StandIn") -> None:
    """A lower role, and no membership at all."""
    person = behind.person("admin")
    path = f"/api/workspaces/{person.seat.workspace_id}"
    for headers in (session(person), bearer(person.token)):
        await edge.ask("PATCH", path, **headers)
    behind.seat(person.user_id, WorkspaceAccess(person.seat.workspace_id, "member", "pro"))
    edge.principals.forget(changed(person))
    with pytest.raises(PermissionMissing):
        await edge.ask("PATCH", path, **bearer(person.token))
    behind.seat(person.user_id)
    edge.principals.forget(changed(person))
    with pytest.raises(NotFound):
        await edge.ask("GET", path, **bearer(person.token))


async def test_an_ended_session_is_forgotten(edge: "Edge", behind: "StandIn") -> None:
    """It is asked about again, and auth knows it no more."""
    person = behind.person()
    await edge.ask("GET", "/v1/models", **session(person))
    behind.forget("session", person.session)
    edge.principals.forget(AccessChanged(credential_id=person.session_id, revoked=True, occurred_at=datetime.now(UTC)))
    with pytest.raises(Unauthenticated):
        await edge.ask("GET", "/v1/models", **session(person))


async def test_a_revocation_marker_ends_session_token_and_key_at_once(
    edge: "Edge", behind: "StandIn", valkey: "Valkey"
) -> None:
    """Before any news has arrived: the marker is read with the limits."""
    person = behind.person()
    key, key_id = behind.api_key(person, "inference")
    for credential_id, every in (
        (person.session_id, (session(person), bearer(person.token))),
        (key_id, (bearer(key),)),
    ):
        for headers in every:
            await edge.ask("GET", "/v1/models", **headers)
        await valkey.call("SET", revoked_key(credential_id), "1", "PX", 60_000)
        for headers in every:
            with pytest.raises(Unauthenticated):
                await edge.ask("GET", "/v1/models", **headers)


async def test_a_key_past_its_end_is_refused_though_it_is_known(edge: "Edge", behind: "StandIn") -> None:
    """Its end came with the answer; auth need not be asked again."""
    person = behind.person()
    ended, _ = behind.api_key(person, "inference", expires_in=timedelta(seconds=-1))
    running, _ = behind.api_key(person, "inference", expires_in=timedelta(hours=1))
    await edge.ask("GET", "/v1/models", **bearer(running))
    with pytest.raises(Unauthenticated):
        await edge.ask("GET", "/v1/models", **bearer(ended))


async def test_a_workspace_that_was_just_made_is_found(edge: "Edge", behind: "StandIn") -> None:
    """Its maker calls it before the news has come: what is not known is asked for again."""
    person = behind.person()
    await edge.ask("GET", "/api/conversations", **bearer(person.token))
    made = WorkspaceAccess(uuid7(), "owner", "free")
    behind.seat(person.user_id, person.seat, made)
    async with asyncio.timeout(5):
        while not await found(edge, f"/api/workspaces/{made.workspace_id}", person.token):
            await asyncio.sleep(0.01)


async def found(edge: "Edge", path: str, token: str) -> bool:
    try:
        await edge.ask("GET", path, **bearer(token))
    except NotFound:
        return False
    return True


async def test_what_changes_while_it_is_asked_is_not_remembered() -> None:
    """The answer on its way may be of before the change."""
    asked, go = 0, asyncio.Event()

    async def ask(_: str) -> int:
        nonlocal asked
        asked += 1
        value = asked
        await go.wait()
        return value

    remembered: Remembered[str, int] = Remembered("test", ask)
    first = asyncio.create_task(remembered.get("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    remembered.forget(lambda *_: True)
    go.set()
    assert await first == 1
    assert await remembered.get("a") == 2
    assert await remembered.get("a") == 2


async def test_a_caller_that_leaves_takes_nothing_from_the_others() -> None:
    """The question that many wait for goes on without the one who asked first."""
    go = asyncio.Event()

    async def ask(_: str) -> int:
        await go.wait()
        return 7

    remembered: Remembered[str, int] = Remembered("test", ask)
    first, second = (asyncio.create_task(remembered.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    go.set()
    assert await second == 7


async def test_what_is_remembered_is_bounded() -> None:
    """The oldest goes."""

    async def ask(key: int) -> int:
        return key

    remembered: Remembered[int, int] = Remembered("test", ask, bound=10)
    for key in range(100):
        await remembered.get(key)
    assert remembered.peek(0) is None
    assert remembered.peek(99) is not None
