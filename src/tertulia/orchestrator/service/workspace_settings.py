"""What a workspace has chosen, known in this process without a question to the database on each call.

A concern is a frozen ``msgspec.Struct`` whose defaults are what a new workspace has, with its name in a ``ClassVar``
called ``setting``. A change is known here at once, and in other replicas when they hear of it; should that get lost,
within ``_FRESH`` seconds. While the database is away what was known last still counts.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

import msgspec

from tertulia.contracts.orchestrator import WorkspaceSettingsChanged
from tertulia.orchestrator.repository.settings import StoredSettings
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.errors import DeadlineExceeded, Unavailable

_FRESH = 30.0
_MOST_KEPT = 10_000


class Concern(Protocol):
    """One thing that a workspace chooses."""

    setting: ClassVar[str]


C = TypeVar("C", bound=Concern)
_Values = dict[str, dict[str, Any]]


class WorkspaceSettings:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[UUID, tuple[float, _Values]] = OrderedDict()
        self._reading: dict[UUID, asyncio.Task[_Values]] = {}

    async def get(self, workspace_id: UUID, concern: type[C]) -> C:
        """What it has chosen, or the defaults. Raises: Unavailable when that cannot be known."""
        known = self._known.get(workspace_id)
        if known is not None and time.monotonic() - known[0] < _FRESH:
            return msgspec.convert(known[1].get(concern.setting, {}), concern)
        try:
            values = await self._read(workspace_id)
        except (Unavailable, DeadlineExceeded):
            if known is None:
                raise
            values = known[1]
        return msgspec.convert(values.get(concern.setting, {}), concern)

    def of(self, concern: type[C]) -> Callable[[UUID], Awaitable[C]]:
        """``get`` for those who ask of one concern alone."""
        return lambda workspace_id: self.get(workspace_id, concern)

    async def put(self, workspace_id: UUID, user_id: UUID | None, value: Concern) -> None:
        async with self._database.write(tenant(workspace_id)) as session:
            await _put(session, workspace_id, user_id, value)
        self.forget(workspace_id)

    async def change(
        self, workspace_id: UUID, user_id: UUID | None, concern: type[C], change: Callable[[C], C]
    ) -> None:
        """What it has chosen, made into something else; two changes at once come one after the other."""
        async with self._database.write(tenant(workspace_id)) as session:
            stored = await StoredSettings(session, workspace_id).locked(concern.setting)
            await _put(session, workspace_id, user_id, change(msgspec.convert(stored, concern)))
        self.forget(workspace_id)

    def forget(self, workspace_id: UUID) -> None:
        """It has changed: what is being read at the moment is not kept either."""
        self._known.pop(workspace_id, None)
        self._reading.pop(workspace_id, None)

    async def _read(self, workspace_id: UUID) -> _Values:
        reading = self._reading.get(workspace_id)
        if reading is None:
            reading = self._reading[workspace_id] = asyncio.create_task(self._from_database(workspace_id))
            reading.add_done_callback(lambda done: self._keep(workspace_id, done))
        return await asyncio.shield(reading)  # it goes on for the others when one of those who wait leaves

    async def _from_database(self, workspace_id: UUID) -> _Values:
        async with self._database.write(tenant(workspace_id)) as session:  # a replica may lag behind a change
            return await StoredSettings(session, workspace_id).all()

    def _keep(self, workspace_id: UUID, done: "asyncio.Task[_Values]") -> None:
        if self._reading.get(workspace_id) is not done:
            return
        del self._reading[workspace_id]
        if not done.cancelled() and done.exception() is None:
            self._known[workspace_id] = (time.monotonic(), done.result())
            if len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)


async def _put(session: WriteSession, workspace_id: UUID, user_id: UUID | None, value: Concern) -> None:
    await StoredSettings(session, workspace_id).put(value.setting, msgspec.to_builtins(value), user_id)
    session.publish(WorkspaceSettingsChanged(workspace_id=workspace_id, name=value.setting, changed_by=user_id))
