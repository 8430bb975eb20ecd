"""Keeps the places of the generations that this process works on, among those that a workspace may have at once.

A place ends half a minute after its last sign of life, so that one whose holder died, or that was taken for a call
which never arrived, is not missing for long. Giving it back at the end is ``accounting``'s.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from tertulia.contracts.limits import PLACE_TTL, lease
from tertulia.orchestrator.service.accounting import Plan
from tertulia.platform.limits import LeaseLimit, Limits
from tertulia.platform.valkey import ValkeyUnavailable

log = structlog.get_logger()


class Places:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held: set[LeaseLimit] = set()

    @contextmanager
    def held(self, workspace_id: UUID, plan: Plan | None) -> Iterator[None]:
        """Nothing to keep where the gateway took no place."""
        if plan is None or plan.lease is None:
            yield
            return
        place = lease(workspace_id, plan.name, plan.lease)
        self._held.add(place)
        try:
            yield
        finally:
            self._held.discard(place)

    async def keep(self) -> None:
        """A worker: runs until cancelled."""
        while True:
            await asyncio.sleep(PLACE_TTL.total_seconds() / 3)
            await self.renew()

    async def renew(self) -> None:
        """All of them, now. Those that Valkey misses are renewed the next time."""
        for place in tuple(self._held):
            try:
                await self._limits.hold(place)
            except ValkeyUnavailable as error:
                log.info("places_not_kept", reason=error.reason, count=len(self._held))
                return
