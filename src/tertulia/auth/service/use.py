"""When sessions and keys were last used: noted in memory, written together every half minute.

A process that dies loses half a minute of it, which moves an idle limit of days by as much.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog

from tertulia.auth.repository.upkeep import record_use
from tertulia.platform.db import Database, purpose
from tertulia.platform.errors import TertuliaError

log = structlog.get_logger()

WRITTEN_EVERY = timedelta(seconds=30)
_BATCH = 1000
_MOST = 100_000


class Uses:
    """Left as a context manager, it writes what it has; ``keep`` is a worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[UUID, datetime] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._try_to_write()

    def note(self, credential_id: UUID) -> None:
        if len(self._noted) < _MOST or credential_id in self._noted:
            self._noted[credential_id] = datetime.now(UTC)

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(WRITTEN_EVERY.total_seconds())
            await self._try_to_write()

    async def write(self) -> None:
        """Raises what the database raises; what could not be written is kept for the next time."""
        while self._noted:
            batch = dict(list(self._noted.items())[:_BATCH])
            async with self._database.write(purpose("record_use")) as session:
                await record_use(session, batch)
            for credential_id, at in batch.items():
                if self._noted.get(credential_id) == at:
                    del self._noted[credential_id]

    async def _try_to_write(self) -> None:
        try:
            await self.write()
        except TertuliaError as error:
            log.info("use_not_written", reason=error.code, waiting=len(self._noted))
