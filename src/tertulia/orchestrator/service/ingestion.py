"""Reads a document's new content: fetch, read apart, cut, prepare, put the passages in place of the old ones at once.

A passage is prepared by its embedding and by looking for personal data in it, so that no question waits for either.

A worker that dies leaves the old passages; the job comes again and begins anew. What cannot be read ends with a reason
for the person; what is only away is tried again. A passage whose text was there before is not prepared again. Passages
and what was made of them wait on disk for the exchange, so that a document of any length takes the memory of a few.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.knowledge.blocks import Unreadable
from tertulia.orchestrator.knowledge.chunking import Passage
from tertulia.orchestrator.knowledge.jobs import IngestDocument
from tertulia.orchestrator.knowledge.reading import passages, read
from tertulia.orchestrator.pipeline.prompts import without_placeholders
from tertulia.orchestrator.redaction import Redaction, findings
from tertulia.orchestrator.repository.chunks import Chunks, Prepared, written
from tertulia.orchestrator.repository.documents import BEING_READ, DocumentRecord, Documents
from tertulia.orchestrator.service.fetching import Fetching
from tertulia.orchestrator.service.knowledge import DocumentNotFound, Knowledge
from tertulia.orchestrator.service.reading_line import give_next
from tertulia.platform import scratch
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, tenant

log = structlog.get_logger()

_GIVEN_UP = "document_broke_off"
_BATCH = 32
_RUN = 16 * _BATCH
"""Passages that are looked for at once among those that were prepared before."""

_READ = 0.3
"""How far the bar is when a document has been read; the rest is preparing."""


class _Superseded(Exception):
    """The document is gone, or has a newer content, whose own job comes."""


class Ingestion:
    def __init__(
        self,
        database: Database,
        knowledge: Knowledge,
        fetching: Fetching,
        embedder: LocalEmbedder | None,
        redaction: Redaction,
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._fetching = fetching
        self._embedder = embedder
        self._redaction = redaction

    async def ingest(self, delivery: Delivery[IngestDocument]) -> None:
        """Raises: Unavailable and the like, to be given the job again."""
        workspace_id, document = delivery.message.workspace_id, await self._unread(delivery)
        if document is not None:
            with suppress(_Superseded, DocumentNotFound):
                try:
                    await self._read(workspace_id, document)
                except Unreadable as problem:
                    await self._fail(workspace_id, document, problem)
        await self._let_the_next_in(workspace_id)

    async def give_up(self, delivery: Delivery[IngestDocument]) -> None:
        """The end of a document whose job failed every time; its old passages stay. Raises: Unavailable."""
        workspace_id, document = delivery.message.workspace_id, await self._unread(delivery)
        if document is not None:
            with suppress(_Superseded):
                await self._fail(workspace_id, document, Unreadable(_GIVEN_UP))
        await self._let_the_next_in(workspace_id)

    async def _let_the_next_in(self, workspace_id: UUID) -> None:
        """In a transaction of its own: it must see that this one has ended. A worker that dies before comes again."""
        async with self._database.write(tenant(workspace_id)) as session:
            await give_next(session, workspace_id)

    async def _unread(self, delivery: Delivery[IngestDocument]) -> DocumentRecord | None:
        """The job's document; None when the job has nothing to do any more.

        One that was given up is unread again for a job that is replayed.
        """
        job = delivery.message
        async with self._database.write(tenant(job.workspace_id)) as session:
            found = await Documents(session, job.workspace_id).find(job.document_id)
        if found is None or found.version != job.version:
            return None
        taken_up = delivery.replayed and found.error_code == _GIVEN_UP
        return found if taken_up or found.status in BEING_READ else None

    async def _fail(self, workspace_id: UUID, document: DocumentRecord, problem: Unreadable) -> None:
        reason = {"error_code": problem.reason, "error_detail": problem.detail}
        await self._note(workspace_id, document, status="failed", **reason)
        log.info("document_unreadable", document_id=str(document.id), reason=problem.reason)

    async def _read(self, workspace_id: UUID, document: DocumentRecord) -> None:
        begun = {"status": "parsing", "progress": 0.0, "error_code": None, "error_detail": None}
        await self._note(workspace_id, document, **begun)
        if document.source_url is not None and document.file_id is None:
            document = await self._fetching.fetch(workspace_id, document)
        with scratch.folder() as folder:
            path, kept, made = (folder / name for name in ("file", "passages", "made"))
            await self._write(workspace_id, document, path)
            kind, count = await read(path, _named(document), kept, charset=document.charset)
            await self._note(workspace_id, document, status="embedding", progress=_READ, media_type=kind)
            await self._prepare(workspace_id, document, kept, count, made)
            await self._exchange(workspace_id, document, kept, count, made)
        log.info("document_ready", document_id=str(document.id), passages=count)

    async def _exchange(self, workspace_id: UUID, document: DocumentRecord, kept: Path, count: int, made: Path) -> None:
        with made.open("rb") as lines:
            async with self._database.write(tenant(workspace_id)) as session:
                documents = Documents(session, workspace_id)
                done = {"status": "ready", "progress": 1.0, "chunks": count}
                if not await documents.change(document.id, document.version, **done):
                    raise _Superseded
                prepared = (msgspec.json.decode(line, type=Prepared) for line in lines)
                whole = zip(passages(kept), prepared, strict=True)
                await Chunks(session, workspace_id).replace(document.knowledge_base_id, document.id, whole)
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

    async def _prepare(self, workspace_id: UUID, document: DocumentRecord, kept: Path, count: int, made: Path) -> None:
        """Writes a line a passage, JSON: what was made of it."""
        with made.open("wb") as out:
            done = 0
            for run in _runs(passages(kept)):
                known = await self._prepared(workspace_id, document, run, count, done)
                out.writelines(msgspec.json.encode(known[passage.digest]) + b"\n" for passage in run)
                done += len(run)

    async def _prepared(
        self, workspace_id: UUID, document: DocumentRecord, run: Sequence[Passage], count: int, done: int
    ) -> dict[bytes, Prepared]:
        """By digest; ``done`` of ``count`` were there before."""
        async with self._database.read(tenant(workspace_id)) as session:
            known = await Chunks(session, workspace_id).prepared(document.id, {one.digest for one in run})
        new = [passage for passage in run if self._lacks(passage, known.setdefault(passage.digest, Prepared()))]
        for start in range(0, len(new), _BATCH):
            some = new[start : start + _BATCH]
            vectors, found = await asyncio.gather(self._vectors(some, known), self._findings(some, known))
            known |= {one.digest: Prepared(*both) for one, *both in zip(some, vectors, found, strict=True)}
            share = (done + len(run) - len(new) + start + len(some)) / count
            await self._note(workspace_id, document, progress=min(_READ + (1 - _READ) * share, 0.99))
        return known

    def _lacks(self, passage: Passage, known: Prepared) -> bool:
        return (known.vector is None and self._embedder is not None) or not self._is_looked_through(passage, known)

    def _is_looked_through(self, passage: Passage, known: Prepared) -> bool:
        found = findings.read(known.findings)
        return found is not None and found.mark == self._redaction.mark(_told(passage))

    async def _vectors(self, some: Sequence[Passage], known: Mapping[bytes, Prepared]) -> list[str | None]:
        """Those that are known, and new ones for the rest."""
        vectors = {one.digest: known[one.digest].vector for one in some}
        new = [one for one in some if vectors[one.digest] is None]
        if self._embedder is not None and new:
            made, _ = await self._embedder.embed([one.embedded for one in new])
            vectors |= {one.digest: written(vector) for one, vector in zip(new, made, strict=True)}
        return [vectors[one.digest] for one in some]

    async def _findings(self, some: Sequence[Passage], known: Mapping[bytes, Prepared]) -> list[str | None]:
        """One after the other, so that questions come in between. Where names cannot be looked for there are none:
        whoever tells the passage looks through it then.
        """
        found: list[str | None] = []
        for one in some:
            if self._is_looked_through(one, known[one.digest]):
                found.append(known[one.digest].findings)
            else:
                made = await self._redaction.look_through(_told(one))
                found.append(None if made is None else findings.written(made))
        return found

    async def _note(self, workspace_id: UUID, document: DocumentRecord, **values: Any) -> None:
        async with self._database.write(tenant(workspace_id)) as session:
            if not await Documents(session, workspace_id).change(document.id, document.version, **values):
                raise _Superseded


def _named(document: DocumentRecord) -> str:
    """What tells texts apart that look alike: of an address, its path."""
    return document.name if document.source_url is None else urlsplit(document.source_url).path


def _told(passage: Passage) -> str:
    """As a model is told it, before it is redacted."""
    return without_placeholders(passage.embedded)


def _runs(found: Iterator[Passage]) -> Iterator[list[Passage]]:
    while run := list(islice(found, _RUN)):
        yield run
