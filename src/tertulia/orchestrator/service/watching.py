"""Tells who watches a knowledge base how its documents are being read.

All that watch one base in this process are told from the same look at the table; no connection is held between two. How
many of a workspace may watch is bounded.
"""

import asyncio
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec

from tertulia.orchestrator.repository.documents import BEING_READ, DocumentRecord, Documents
from tertulia.orchestrator.repository.knowledge_bases import Audience, audience
from tertulia.orchestrator.service.retrieval import KnowledgeBaseNotFound
from tertulia.platform.db import Database, tenant
from tertulia.platform.errors import RateLimited

MOST_WATCHING = 100
"""Streams of one workspace in one process."""

_WATCHED = timedelta(minutes=10)
"""How long changes are told before whoever watches comes again."""

_LOOK_SECONDS, _QUIET_SECONDS = 0.4, 2.0
_COME_AGAIN = timedelta(seconds=10)

_Place = tuple[UUID, UUID]
"""Workspace and base."""


class TooManyWatching(RateLimited):
    code, title = "too_many_document_streams", "Too many streams are open"


class _Look(msgspec.Struct, frozen=True):
    at: float
    audience: Audience | None
    documents: list[DocumentRecord]

    @property
    def being_read(self) -> list[UUID]:
        return [document.id for document in self.documents if document.status in BEING_READ]


class Watching:
    def __init__(self, database: Database, *, most: int = MOST_WATCHING) -> None:
        self._database = database
        self._most = most
        self._open: Counter[UUID] = Counter()
        self._watched: Counter[_Place] = Counter()
        self._looks: dict[_Place, asyncio.Task[_Look]] = {}

    def changes(self, workspace_id: UUID, person_id: UUID, base_id: UUID) -> AsyncIterator[DocumentRecord]:
        """Documents as they are being read: how each stands now, and each change of it, for some minutes.

        Raises: TooManyWatching, at once; KnowledgeBaseNotFound when the base goes, or is not this person's to see.
        """
        if self._open[workspace_id] >= self._most:
            raise TooManyWatching(
                f"{self._most} streams of this workspace are open. Close one, or ask for the documents instead.",
                retry_after=_COME_AGAIN,
            )
        place = workspace_id, base_id
        self._open[workspace_id] += 1
        self._watched[place] += 1
        told = self._told(place, person_id)
        weakref.finalize(told, self._left, place)  # also where nobody ever began to read it
        return told

    def _left(self, place: _Place) -> None:
        self._open[place[0]] -= 1
        self._watched[place] -= 1
        if not self._watched[place]:
            self._looks.pop(place, None)
        self._open, self._watched = +self._open, +self._watched

    async def _told(self, place: _Place, person_id: UUID) -> AsyncIterator[DocumentRecord]:
        told: dict[UUID, DocumentRecord] = {}
        until = time.monotonic() + _WATCHED.total_seconds()
        while time.monotonic() < until:
            look = await self._look(place)
            if look.audience is None or not look.audience.holds(person_id):
                raise KnowledgeBaseNotFound("There is no such knowledge base any more, or it is somebody else's.")
            for document in look.documents:
                if told.get(document.id) != document:
                    yield document
            told = {document.id: document for document in look.documents}
            await asyncio.sleep(_LOOK_SECONDS if look.being_read else _QUIET_SECONDS)

    async def _look(self, place: _Place) -> _Look:
        """One that was begun a moment ago, by whomever, or a new one."""
        last = self._looks.get(place)
        if last is None or (last.done() and (last.exception() or last.result().at < time.monotonic() - _LOOK_SECONDS)):
            being_read = [] if last is None or last.exception() else last.result().being_read
            last = self._looks[place] = asyncio.create_task(self._read(place, being_read))
        return await asyncio.shield(last)

    async def _read(self, place: _Place, being_read: list[UUID]) -> _Look:
        workspace_id, base_id = place
        at = time.monotonic()
        async with self._database.write(tenant(workspace_id)) as session:
            seen_by = await audience(session, workspace_id, base_id)
            documents = await Documents(session, workspace_id).moving(base_id, being_read)
        return _Look(at, seen_by, documents)
