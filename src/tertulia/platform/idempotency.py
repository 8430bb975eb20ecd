"""``Idempotency-Key``: a request that is sent again gets the first one's answer, and its effect happens once.

The answer is stored in the transaction of the effect itself. While it runs the key is held by a lease, so that a crash
frees it and nothing of the crashed attempt remains. Keys belong to the caller's scope and are kept for 24 hours.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, CursorResult, Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from tertulia.platform.db import Database, Scope, WriteSession
from tertulia.platform.db.housekeeping import IDEMPOTENCY_KEPT
from tertulia.platform.db.tables import idempotency_key as keys
from tertulia.platform.errors import BadRequest, Conflict, Unprocessable
from tertulia.platform.ids import uuid7

_LONGEST_KEY = 255
LEASE = timedelta(seconds=30)
_SHORTLY = timedelta(seconds=1)


class StoredResponse(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    headers: dict[str, str] = {}


class Key(msgspec.Struct, frozen=True):
    """What a client calls a request, and which request that is."""

    name: str
    fingerprint: bytes

    @classmethod
    def of(cls, name: str, body: bytes, *, operation: str) -> "Key":
        """``operation`` is the method and path. Raises: MalformedKey."""
        if not (0 < len(name) <= _LONGEST_KEY and name.isascii() and name.isprintable()):
            raise MalformedKey(f"An Idempotency-Key is 1 to {_LONGEST_KEY} printable ASCII characters.")
        return cls(name, hashlib.sha256(operation.encode() + b"\0" + body).digest())


class MalformedKey(BadRequest):
    code: ClassVar[str] = "idempotency_key_malformed"


class StillRunning(Conflict):
    code: ClassVar[str] = "idempotency_key_running"
    title: ClassVar[str] = "The first request with this key is still running"


class KeyReused(Unprocessable):
    code: ClassVar[str] = "idempotency_key_reused"
    title: ClassVar[str] = "This key was used for another request"


async def once(
    database: Database,
    scope: Scope,
    key: str | None,
    body: bytes,
    run: Callable[[WriteSession], Awaitable[StoredResponse]],
    *,
    operation: str,
    lease: timedelta = LEASE,
) -> StoredResponse:
    """Runs the effect in one unit of work, unless this key has its answer already.

    Raises ``StillRunning``, ``KeyReused`` or ``MalformedKey``; an error of ``run`` frees the key. No key: it simply
    runs.
    """
    if key is None:
        async with database.write(scope) as session:
            return await run(session)
    known = Key.of(key, body, operation=operation)
    claim = uuid7()
    stored = await _claim(database, scope, known, claim=claim, lease=lease)
    if stored is not None:
        return stored
    try:
        async with database.write(scope) as session:
            response = await run(session)
            await _store(session, claim, response)
            return response
    except Exception:
        await _release(database, scope, claim)
        raise


async def bind(session: WriteSession, scope: Scope, key: Key) -> None:
    """The key is this request's and no other's, from the end of the unit of work on: for an effect that finds by itself
    what it has done before.

    Raises: KeyReused.
    """
    if (found := await _take(session, scope, key, claim=uuid7(), lease=timedelta())) is not None:
        _require_the_same(found, key)


async def _claim(database: Database, scope: Scope, key: Key, *, claim: UUID, lease: timedelta) -> StoredResponse | None:
    """None when the key is ours now; else the stored answer."""
    async with database.write(scope) as session:
        found = await _take(session, scope, key, claim=claim, lease=lease)
    return None if found is None else _answer(found, key)


async def _take(session: WriteSession, scope: Scope, key: Key, *, claim: UUID, lease: timedelta) -> Row[Any] | None:
    """None when the key is ours now; else whose it is. Raises: StillRunning."""
    values = {
        "claim": claim,
        "fingerprint": key.fingerprint,
        "claimed_until": func.now() + lease,
        "created_at": func.now(),
    }
    abandoned = and_(keys.c.status.is_(None), keys.c.claimed_until < func.now(), keys.c.fingerprint == key.fingerprint)
    expired = keys.c.created_at < func.now() - IDEMPOTENCY_KEPT
    statement = (
        insert(keys)
        .values(
            id=claim,
            key=key.name,
            workspace_id=scope.workspace_id,
            user_id=scope.user_id,
            purpose=scope.purpose,
            **values,
        )
        .on_conflict_do_update(
            index_elements=["workspace_id", "user_id", "purpose", "key"],
            set_={**values, "status": None, "headers": None, "body": None},
            where=or_(abandoned, expired),
        )
    )
    result = await session.execute(statement, execution_options={"preserve_rowcount": True})
    if cast("CursorResult[Any]", result).rowcount == 1:
        return None
    found = (await session.execute(select(keys).where(keys.c.key == key.name, _owned_by(scope)))).one_or_none()
    if found is None:  # freed between the two statements
        raise StillRunning("The first request with this key has just ended. Send it again.", retry_after=_SHORTLY)
    return found


def _owned_by(scope: Scope) -> ColumnElement[bool]:
    return and_(
        keys.c.workspace_id.is_not_distinct_from(scope.workspace_id),
        keys.c.user_id.is_not_distinct_from(scope.user_id),
        keys.c.purpose.is_not_distinct_from(scope.purpose),
    )


def _require_the_same(found: Row[Any], key: Key) -> None:
    if found.fingerprint != key.fingerprint:
        raise KeyReused("This Idempotency-Key was used for another request. Use a new key.")


def _answer(found: Row[Any], key: Key) -> StoredResponse:
    _require_the_same(found, key)
    if found.status is None:
        raise StillRunning("The first request with this key is still running.", retry_after=_SHORTLY)
    return StoredResponse(found.status, found.body, found.headers)


async def _store(session: WriteSession, claim: UUID, response: StoredResponse) -> None:
    result = await session.execute(
        update(keys)
        .where(keys.c.claim == claim, keys.c.status.is_(None))
        .values(status=response.status, headers=response.headers, body=response.body)
    )
    if cast("CursorResult[Any]", result).rowcount != 1:
        raise StillRunning("This took so long that a later request with this key took over.", retry_after=_SHORTLY)


async def _release(database: Database, scope: Scope, claim: UUID) -> None:
    async with database.write(scope) as session:
        await session.execute(delete(keys).where(keys.c.claim == claim, keys.c.status.is_(None)))
