"""The documents of a workspace's knowledge bases, and how far each has been read.

Whether a person may see a base is asked of ``KnowledgeBases`` first: here only the tenant is checked.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Function, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from tertulia.orchestrator.models import Document, KnowledgeBase, StoredFile
from tertulia.orchestrator.repository.rows import all_of, columns_of, one_of
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.pagination import Slice

BEING_READ = ("queued", "parsing", "embedding")
_JUST_NOW = timedelta(minutes=1)
_MOST_MOVING = 1000
_NO_ERROR = {"error_code": None, "error_detail": None}
_NOTHING_YET = {**_NO_ERROR, "charset": None}


class DocumentRecord(msgspec.Struct, frozen=True):
    id: UUID
    knowledge_base_id: UUID
    name: str
    version: int
    status: str
    progress: float
    media_type: str
    size: int
    chunks: int
    file_id: UUID | None
    source_url: str | None
    charset: str | None
    error_code: str | None
    error_detail: str | None
    created_at: datetime
    updated_at: datetime


class Documents:
    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def put(self, base_id: UUID, document_id: UUID, name: str, **content: Any) -> DocumentRecord:
        """A new document, or a new content of the one that has this name; the old content's file goes.

        One after the other for a name: of two at once, the one would know nothing of the other's file.
        """
        await self._session.execute(select(_lock(f"{base_id} {name}")))
        old = await self._session.scalar(select(Document.file_id).where(self._named(base_id, name)))
        values = {"status": "queued", "progress": 0.0, **_NOTHING_YET, **content}
        own = {"workspace_id": self._workspace, "id": document_id, "knowledge_base_id": base_id, "name": name}
        statement = postgres_insert(Document).values(**own, **values)
        changed = {**values, "version": Document.version + 1, "updated_at": func.now()}
        made = await self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace_id", "knowledge_base_id", "name"], set_=changed
            ).returning(*_COLUMNS)
        )
        if old is not None:
            await self._session.execute(
                delete(StoredFile).where(StoredFile.workspace_id == self._workspace, StoredFile.id == old)
            )
        return DocumentRecord(**made.mappings().one())

    async def count(self, base_id: UUID) -> int:
        query = select(func.count()).where(
            Document.workspace_id == self._workspace, Document.knowledge_base_id == base_id
        )
        return (await self._session.execute(query)).scalar_one()

    async def get(self, base_id: UUID, document_id: UUID) -> DocumentRecord | None:
        return await self._one(and_(self._is(document_id), Document.knowledge_base_id == base_id))

    async def find(self, document_id: UUID) -> DocumentRecord | None:
        return await self._one(self._is(document_id))

    async def page(self, base_id: UUID, limit: int, after: UUID | None) -> Slice[DocumentRecord]:
        """Newest first."""
        wanted = [Document.workspace_id == self._workspace, Document.knowledge_base_id == base_id]
        if after is not None:
            wanted.append(Document.id < after)
        query = select(*_COLUMNS).where(*wanted).order_by(Document.id.desc()).limit(limit + 1)
        found = await self._session.execute(query)
        return Slice.of(all_of(found, DocumentRecord), limit)

    async def moving(self, base_id: UUID, also: Collection[UUID]) -> list[DocumentRecord]:
        """Those being read, those that changed in the last minute, and ``also`` these; the newest of them, first."""
        query = (
            select(*_COLUMNS)
            .where(
                Document.workspace_id == self._workspace,
                Document.knowledge_base_id == base_id,
                Document.status.in_(BEING_READ)
                | (Document.updated_at > func.now() - _JUST_NOW)
                | Document.id.in_(also),
            )
            .order_by(Document.id.desc())
            .limit(_MOST_MOVING)
        )
        return all_of(await self._session.execute(query), DocumentRecord)

    async def change(self, document_id: UUID, version: int, **values: Any) -> bool:
        """False when there is a newer content, or the document is gone."""
        changed = await self._session.execute(
            update(Document)
            .where(self._is(document_id), Document.version == version)
            .values(**values, updated_at=func.now())
            .returning(Document.id)
        )
        return changed.scalar_one_or_none() is not None

    async def queue_again(self, document_id: UUID, version: int) -> bool:
        """Only one that has failed, and of two who want it the first."""
        again = await self._session.execute(
            update(Document)
            .where(self._is(document_id), Document.version == version, Document.status == "failed")
            .values(status="queued", progress=0.0, given_version=0, updated_at=func.now(), **_NO_ERROR)
            .returning(Document.id)
        )
        return again.scalar_one_or_none() is not None

    async def stand_in_line(self, most: int) -> list[tuple[UUID, int]]:
        """Those that are given to be read now, each with its version: as many as there is room for, of ``most``.

        One that another transaction holds is passed over: that one looks for itself, once this has ended.
        """
        await self._session.execute(select(_lock(f"{self._workspace} document")))
        own = Document.workspace_id == self._workspace
        stands = Document.status.in_(BEING_READ) & (Document.given_version == Document.version)
        taken = await self._session.scalar(select(func.count()).where(own, stands)) or 0
        waiting = (
            select(Document.id)
            .where(own, Document.status == "queued", Document.given_version != Document.version)
            .order_by(Document.updated_at)
            .limit(max(0, most - taken))
            .with_for_update(skip_locked=True)
            .cte()  # run once: within the condition it would be run for each row, and give more than there is room for
        )
        moved = await self._session.execute(
            update(Document)
            .where(own, Document.id.in_(select(waiting.c.id)))
            .values(given_version=Document.version)
            .returning(Document.id, Document.version)
        )
        return [(row.id, row.version) for row in moved]

    async def delete(self, document: DocumentRecord) -> None:
        """With its passages and its file."""
        await self._session.execute(delete(Document).where(self._is(document.id)))
        if document.file_id is not None:
            await self._session.execute(
                delete(StoredFile).where(StoredFile.workspace_id == self._workspace, StoredFile.id == document.file_id)
            )

    async def hold(self, base_id: UUID) -> None:
        """Until the transaction's end nobody else changes one of a base's."""
        held = select(Document.id).where(
            Document.workspace_id == self._workspace, Document.knowledge_base_id == base_id
        )
        await self._session.execute(held.with_for_update())

    async def delete_files(self, base_id: UUID) -> None:
        """Those of all documents of a base."""
        files = select(Document.file_id).where(
            Document.workspace_id == self._workspace, Document.knowledge_base_id == base_id
        )
        await self._session.execute(
            delete(StoredFile).where(StoredFile.workspace_id == self._workspace, StoredFile.id.in_(files))
        )

    async def changed(self, base_id: UUID) -> None:
        """What was found in the base before is out of date."""
        await self._session.execute(
            update(KnowledgeBase)
            .where(KnowledgeBase.workspace_id == self._workspace, KnowledgeBase.id == base_id)
            .values(revision=KnowledgeBase.revision + 1)
        )

    async def _one(self, wanted: ColumnElement[bool]) -> DocumentRecord | None:
        return one_of(await self._session.execute(select(*_COLUMNS).where(wanted)), DocumentRecord)

    def _is(self, document_id: UUID) -> ColumnElement[bool]:
        return and_(Document.workspace_id == self._workspace, Document.id == document_id)

    def _named(self, base_id: UUID, name: str) -> ColumnElement[bool]:
        return and_(
            Document.workspace_id == self._workspace,
            Document.knowledge_base_id == base_id,
            Document.name == name,
        )


def _lock(what: str) -> Function[Any]:
    """Held until the transaction ends."""
    return func.pg_advisory_xact_lock(func.hashtextextended(what, 0))


_COLUMNS = columns_of(Document, DocumentRecord)
