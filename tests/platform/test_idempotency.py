"""One key, one execution: repeats get the stored answer, others are told what is wrong."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from tertulia.platform.db import Database, Scope, WriteSession, purpose, tenant
from tertulia.platform.errors import Conflict, NotFound, TertuliaError, Unprocessable
from tertulia.platform.idempotency import MalformedKey, StillRunning, StoredResponse, once
from tertulia.platform.ids import uuid7

pytestmark = pytest.mark.integration

WRITE = text("INSERT INTO note (workspace_id, id, words) VALUES (:workspace, :id, 'x')")


class Effect:
    """Writes a note and answers with its id; counts how often it ran."""

    def __init__(self, workspace: UUID) -> None:
        self.scope = tenant(workspace)
        self.runs = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, session: WriteSession) -> StoredResponse:
        self.runs += 1
        row = uuid7()
        await session.execute(WRITE, {"workspace": self.scope.workspace_id, "id": row})
        self.begun.set()
        await self.may_end.wait()
        return StoredResponse(201, str(row).encode(), {"location": f"/notes/{row}"})


async def send(
    database: Database, effect: Effect, key: str | None = "k", body: bytes = b"{}", **options: Any
) -> StoredResponse:
    return await once(database, effect.scope, key, body, effect, operation="POST /notes", **options)


async def test_the_same_request_gets_the_stored_answer(database: Database, probe: Any) -> None:
    """Status, headers and body as they were, and nothing is done again."""
    effect = Effect(uuid7())
    first = await send(database, effect)
    assert await send(database, effect) == first
    assert (first.status, effect.runs) == (201, 1)
    assert probe.rows("SELECT count(*) FROM note") == [(1,)]


async def test_fifty_at_once_are_one_execution(database: Database, probe: Any) -> None:
    """One runs; the others get its answer or are told to come back, and none waits for it."""
    effect = Effect(uuid7())
    answers = await asyncio.gather(*(send(database, effect) for _ in range(50)), return_exceptions=True)
    stored = {answer.body for answer in answers if isinstance(answer, StoredResponse)}
    refused = [answer for answer in answers if not isinstance(answer, StoredResponse)]
    assert len(stored) == 1
    assert all(isinstance(error, StillRunning) and error.status == 409 and error.retry_after for error in refused)
    assert (effect.runs, probe.rows("SELECT count(*) FROM note")) == (1, [(1,)])


async def test_a_running_key_is_a_conflict(database: Database) -> None:
    """The second one is refused at once while the first goes on, and served after it."""
    effect = Effect(uuid7())
    effect.may_end.clear()
    first = asyncio.create_task(send(database, effect))
    await effect.begun.wait()
    with pytest.raises(Conflict):
        await send(database, effect)
    effect.may_end.set()
    answer = await first
    assert await send(database, effect) == answer


async def test_another_body_or_path_is_refused(database: Database) -> None:
    """The same key for something else is the caller's mistake, also while the first runs."""
    effect = Effect(uuid7())
    await send(database, effect)
    with pytest.raises(Unprocessable):
        await send(database, effect, body=b'{"other": 1}')
    with pytest.raises(Unprocessable):
        await once(database, effect.scope, "k", b"{}", effect, operation="POST /elsewhere")
    assert effect.runs == 1


async def test_keys_belong_to_their_caller(database: Database) -> None:
    """Two tenants, two people of one tenant and a purpose use the same key and do not meet."""
    workspace = uuid7()
    scopes = [tenant(uuid7()), tenant(workspace, uuid7()), tenant(workspace, uuid7()), purpose("signup")]

    async def nothing(_: WriteSession) -> StoredResponse:
        return StoredResponse(200, str(uuid7()).encode())

    async def send_as(scope: Scope) -> bytes:
        return (await once(database, scope, "k", b"", nothing, operation="POST /x")).body

    first = [await send_as(scope) for scope in scopes]
    assert len(set(first)) == len(scopes)
    assert [await send_as(scope) for scope in scopes] == first


async def test_a_refused_request_frees_its_key(database: Database) -> None:
    """A mistake is answered with its own error, leaves no trace and may be mended with the same key."""
    effect = Effect(uuid7())

    async def refuse(session: WriteSession) -> StoredResponse:
        await effect(session)
        raise NotFound("no such thing")

    with pytest.raises(NotFound):
        await once(database, effect.scope, "k", b"{}", refuse, operation="POST /notes")
    assert (await send(database, effect, body=b'{"mended": true}')).status == 201


async def test_a_crash_frees_the_key_when_its_lease_ends(database: Database, probe: Any) -> None:
    """The process that dies in the middle leaves nothing behind; the same request may run after the lease."""
    effect = Effect(uuid7())
    effect.may_end.clear()
    crashed = asyncio.create_task(send(database, effect, lease=timedelta(seconds=1)))
    await effect.begun.wait()
    crashed.cancel()
    await asyncio.wait([crashed])
    effect.may_end.set()
    with pytest.raises(StillRunning):
        await send(database, effect)
    async with asyncio.timeout(5):
        while (answer := await tried(send(database, effect))) is None:
            await asyncio.sleep(0.05)
    assert answer.status == 201
    assert probe.rows("SELECT count(*) FROM note") == [(1,)]


async def test_who_was_overtaken_writes_nothing(database: Database, probe: Any) -> None:
    """One that wakes after its lease finds its key taken over: its whole effect is rolled back."""
    late, next_one = Effect(uuid7()), Effect(uuid7())
    next_one.scope = late.scope
    late.may_end.clear()
    sleeper = asyncio.create_task(send(database, late, lease=timedelta(0)))
    await late.begun.wait()
    answer = await send(database, next_one)
    late.may_end.set()
    with pytest.raises(Conflict):
        await sleeper
    assert await send(database, late) == answer
    assert probe.rows("SELECT count(*) FROM note") == [(1,)]


@pytest.mark.parametrize("key", ["", "x" * 256, "snowman ☃", "line\nbreak"])
async def test_a_key_has_a_form(database: Database, key: str) -> None:
    """1 to 255 printable ASCII characters, else 400."""
    with pytest.raises(MalformedKey):
        await send(database, Effect(uuid7()), key=key)


async def test_without_a_key_each_request_is_its_own(database: Database) -> None:
    """The header is optional."""
    effect = Effect(uuid7())
    await send(database, effect, key=None)
    await send(database, effect, key=None)
    assert effect.runs == 2


async def tried(sending: Any) -> StoredResponse | None:
    try:
        response: StoredResponse = await sending
    except TertuliaError:
        return None
    return response
