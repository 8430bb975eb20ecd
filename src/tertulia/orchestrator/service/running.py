"""The chat turns that this process works on: who can be stopped, and whose lease is to be kept.

A turn whose lease went to another worker is told to say nothing more. Leases are kept for all turns in one statement.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import structlog

from tertulia.orchestrator import metrics
from tertulia.orchestrator.repository import extend_leases
from tertulia.platform.db import Database
from tertulia.platform.errors import TertuliaError
from tertulia.platform.ids import uuid7

log = structlog.get_logger()

_STOPS_KEPT = 256
"""Between fetching a window and taking the turn up lie milliseconds."""


_Cut = Literal["stopped", "fenced", "erased"]


class Run:
    """One turn's work; ``cut`` says what ended it from outside, if anything did: ``erased``, with its workspace."""

    def __init__(self, workspace_id: UUID) -> None:
        self.workspace_id = workspace_id
        self.cut: _Cut | None = None
        self._task: asyncio.Task[Any] | None = None

    def attach(self, task: asyncio.Task[Any]) -> None:
        self._task = task
        if self.cut:
            task.cancel()

    def stop(self) -> None:
        self._cut("stopped")

    def fence(self) -> None:
        self._cut("fenced")

    def erase(self) -> None:
        self._cut("erased")

    def _cut(self, why: _Cut) -> None:
        self.cut = self.cut or why
        if self._task is not None:
            self._task.cancel()


class Running:
    """``worker`` names this process in leases."""

    def __init__(self, database: Database, lease: timedelta) -> None:
        self.worker = uuid7()
        self.lease = lease
        self._database = database
        self._runs: dict[UUID, Run] = {}
        self._stopped: deque[UUID] = deque(maxlen=_STOPS_KEPT)

    @contextmanager
    def enter(self, workspace_id: UUID, generation_id: UUID) -> Iterator[Run]:
        run = self._runs[generation_id] = Run(workspace_id)
        if generation_id in self._stopped:
            run.stop()
        metrics.RUNNING.labels("chat").inc()
        try:
            yield run
        finally:
            metrics.RUNNING.labels("chat").dec()
            if self._runs.get(generation_id) is run:
                del self._runs[generation_id]

    def stop(self, generation_id: UUID) -> None:
        """Also what this process has not taken up yet: its window may have been fetched before the wish was there."""
        if (run := self._runs.get(generation_id)) is not None:
            run.stop()
        else:
            self._stopped.append(generation_id)

    def erase(self, workspace_id: UUID) -> None:
        """The workspace is gone: its turns end, and nothing of them is kept."""
        for run in self._runs.values():
            if run.workspace_id == workspace_id:
                run.erase()

    async def keep_leases(self) -> None:
        """A worker: runs until cancelled."""
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            if not self._runs:
                continue
            runs = dict(self._runs)
            try:
                kept = await extend_leases(self._database, self.worker, list(runs), self.lease)
            except TertuliaError as error:
                log.warning("leases_not_kept", reason=error.code, count=len(runs))
                continue
            for generation_id in runs.keys() - kept:
                if self._runs.get(generation_id) is runs[generation_id]:
                    runs[generation_id].fence()
