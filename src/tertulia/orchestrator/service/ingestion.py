"""Reads a document's new content: fetch, read apart, cut, embed, and put the passages in place of the old ones at once.

A worker that dies leaves the old passages; the job comes again and begins anew. What cannot be read ends with a reason
for the person; what is only away is tried again. A passage whose text was there before is not embedded again. Passages
and their vectors wait on disk for the exchange, so that a document of any length takes the memory of a few.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.knowledge.blocks import Unreadable
from tertulia.orchestrator.knowledge.chunking import Passage
from tertulia.orchestrator.knowledge.jobs import IngestDocument
from tertulia.orchestrator.knowledge.reading import passages, read
from tertulia.orchestrator.repository.chunks import Chunks, written
from tertulia.orchestrator.repository.documents import BEING_READ, DocumentRecord, Documents
from tertulia.orchestrator.service.fetching import Fetching
from tertulia.orchestrator.service.knowledge import DocumentNotFound, Knowledge
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, tenant

log = structlog.get_logger()

_GIVEN_UP = "document_broke_off"
_BATCH = 32
_RUN = 16 * _BATCH
"""Passages that are looked for at once among those that were embedded before."""

_READ = 0.3
"""How far the bar is when a document has been read; the rest is embedding."""


class _Superseded(Exception):
    """The document is gone, or has a newer content, whose own job comes."""


class Ingestion:
    def __init__(
        self, database: Database, knowledge: Knowledge, fetching: Fetching, embedder: LocalEmbedder | None
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._fetching = fetching
        self._embedder = embedder

    async def ingest(self, delivery: Delivery[IngestDocument]) -> None:
        """Raises: Unavailable and the like, to be given the job again."""
        workspace_id, document = await self._unread(delivery)
        if document is None:
            return
        with suppress(_Superseded, DocumentNotFound):
            try:
                await self._read(workspace_id, document)
            except Unreadable as problem:
                await self._fail(workspace_id, document, problem)

    async def give_up(self, delivery: Delivery[IngestDocument]) -> None:
        """The end of a document whose job failed every time; its old passages stay. Raises: Unavailable."""
        workspace_id, document = await self._unread(delivery)
        if document is not None:
            with suppress(_Superseded):
                await self._fail(workspace_id, document, Unreadable(_GIVEN_UP))

    async def _unread(self, delivery: Delivery[IngestDocument]) -> tuple[UUID, DocumentRecord | None]:
        """The workspace, and the job's document; None when the job has nothing to do any more.

        One that was given up is unread again for a job that is replayed.
        """
        job = delivery.message
        workspace_id = _workspace(job)
        async with self._database.write(tenant(workspace_id)) as session:
            found = await Documents(session, workspace_id).find(job.document_id)
        if found is None or found.version != job.version:
            return workspace_id, None
        taken_up = delivery.replayed and found.error_code == _GIVEN_UP
        return workspace_id, found if taken_up or found.status in BEING_READ else None

    async def _fail(self, workspace_id: UUID, document: DocumentRecord, problem: Unreadable) -> None:
        reason = {"error_code": problem.reason, "error_detail": problem.detail}
        await self._note(workspace_id, document, status="failed", **reason)
        log.info("document_unreadable", document_id=str(document.id), reason=problem.reason)

    async def _read(self, workspace_id: UUID, document: DocumentRecord) -> None:
        begun = {"status": "parsing", "progress": 0.0, "error_code": None, "error_detail": None}
        await self._note(workspace_id, document, **begun)
        if document.source_url is not None and document.file_id is None:
            document = await self._fetching.fetch(workspace_id, document)
        with tempfile.TemporaryDirectory(prefix="tertulia-document-") as folder:
            path, kept, vectors = (Path(folder) / name for name in ("file", "passages", "vectors"))
            await self._write(workspace_id, document, path)
            kind, count = await read(path, document.name, kept)
            await self._note(workspace_id, document, status="embedding", progress=_READ, media_type=kind)
            await self._embed(workspace_id, document, kept, count, vectors)
            await self._exchange(workspace_id, document, kept, count, vectors)
        log.info("document_ready", document_id=str(document.id), passages=count)

    async def _exchange(
        self, workspace_id: UUID, document: DocumentRecord, kept: Path, count: int, vectors: Path
    ) -> None:
        with vectors.open(encoding="ascii") as lines:
            async with self._database.write(tenant(workspace_id)) as session:
                documents = Documents(session, workspace_id)
                done = {"status": "ready", "progress": 1.0, "chunks": count}
                if not await documents.change(document.id, document.version, **done):
                    raise _Superseded
                embedded = zip(passages(kept), (line.rstrip() or None for line in lines), strict=True)
                await Chunks(session, workspace_id).replace(document.knowledge_base_id, document.id, embedded)
                await documents.changed(document.knowledge_base_id)

    async def _write(self, workspace_id: UUID, document: DocumentRecord, path: Path) -> None:
        """The file on disk, for the process that reads it."""
        if document.file_id is None:
            raise Unreadable("document_damaged")
        file = await self._knowledge.stored(workspace_id, document.file_id)
        if file is None:
            raise _Superseded
        with path.open("wb") as out:
            async for part in self._knowledge.content(workspace_id, file):
                out.write(part)

    async def _embed(self, workspace_id: UUID, document: DocumentRecord, kept: Path, count: int, vectors: Path) -> None:
        """Writes a line a passage: its vector, or nothing where there is no model."""
        with vectors.open("w", encoding="ascii") as out:
            done = 0
            for run in _runs(passages(kept)):
                known = await self._embedded(workspace_id, document, run, count, done)
                out.writelines(f"{known.get(passage.digest, '')}\n" for passage in run)
                done += len(run)

    async def _embedded(
        self, workspace_id: UUID, document: DocumentRecord, run: Sequence[Passage], count: int, done: int
    ) -> dict[bytes, str]:
        """By digest; ``done`` of ``count`` were there before."""
        if self._embedder is None:
            return {}
        async with self._database.read(tenant(workspace_id)) as session:
            known = await Chunks(session, workspace_id).embeddings(document.id, {one.digest for one in run})
        new = [passage for passage in run if passage.digest not in known]
        for start in range(0, len(new), _BATCH):
            some = new[start : start + _BATCH]
            vectors, _ = await self._embedder.embed([passage.embedded for passage in some])
            known.update((passage.digest, written(vector)) for passage, vector in zip(some, vectors, strict=True))
            share = (done + len(run) - len(new) + start + len(some)) / count
            await self._note(workspace_id, document, progress=min(_READ + (1 - _READ) * share, 0.99))
        return known

    async def _note(self, workspace_id: UUID, document: DocumentRecord, **values: Any) -> None:
        async with self._database.write(tenant(workspace_id)) as session:
            if not await Documents(session, workspace_id).change(document.id, document.version, **values):
                raise _Superseded


def _workspace(job: IngestDocument) -> UUID:
    if job.workspace_id is None:
        raise ValueError("every job is some workspace's")
    return job.workspace_id


def _runs(found: Iterator[Passage]) -> Iterator[list[Passage]]:
    while run := list(islice(found, _RUN)):
        yield run
