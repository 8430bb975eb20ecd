"""Knowledge bases and their documents: who may see and change them, and what an upload sets in motion.

A document is accepted when its file is stored; reading it is ``ingestion``'s. Nothing of a deleted one is left.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from tertulia.orchestrator.knowledge.blocks import MOST_FILE_BYTES, REASONS
from tertulia.orchestrator.repository import Files
from tertulia.orchestrator.repository.chunks import Chunks, PassageRecord
from tertulia.orchestrator.repository.documents import DocumentRecord, Documents
from tertulia.orchestrator.repository.files import PART_BYTES, FileRecord
from tertulia.orchestrator.repository.knowledge_bases import BaseRecord, KnowledgeBases
from tertulia.orchestrator.service.reading_line import give_next
from tertulia.orchestrator.service.retrieval import KnowledgeBaseNotFound
from tertulia.orchestrator.service.storing import NewFile, bounded, store
from tertulia.platform.db import Database, ReadSession, WriteSession, tenant
from tertulia.platform.errors import Conflict, NotFound, Unprocessable
from tertulia.platform.ids import uuid7
from tertulia.platform.names import as_shown
from tertulia.platform.pagination import Slice

MOST_DOCUMENTS = 10_000
PURPOSE = "document"
_NEIGHBOURS = 2


class DocumentNotFound(NotFound):
    code, title = "document_not_found", "No such document"


class KnowledgeBaseFull(Conflict):
    code, title = "knowledge_base_full", "The knowledge base is full"


class NothingToRetry(Conflict):
    code, title = "nothing_to_retry", "There is nothing to try again"


class DocumentEmpty(Unprocessable):
    code, title = "document_empty", "The file is empty"


class Knowledge:
    """For one person in one workspace at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        session: WriteSession,
        workspace_id: UUID,
        person_id: UUID,
        *,
        name: str,
        description: str,
        visibility: str,
    ) -> BaseRecord:
        return await KnowledgeBases(session, workspace_id, person_id).add(uuid7(), name, description, visibility)

    async def bases(self, workspace_id: UUID, person_id: UUID, limit: int, after: UUID | None) -> Slice[BaseRecord]:
        async with self._database.read(tenant(workspace_id)) as session:
            return await KnowledgeBases(session, workspace_id, person_id).page(limit, after)

    async def base(self, workspace_id: UUID, person_id: UUID, base_id: UUID) -> BaseRecord:
        """Raises: KnowledgeBaseNotFound, also for somebody else's private one."""
        async with self._database.write(tenant(workspace_id)) as session:
            return await _base(session, workspace_id, person_id, base_id)

    async def usable(self, workspace_id: UUID, person_id: UUID, base_ids: list[UUID]) -> tuple[UUID, ...]:
        """Those of them that this person may use."""
        async with self._database.write(tenant(workspace_id)) as session:
            return tuple(await KnowledgeBases(session, workspace_id, person_id).revisions(base_ids))

    async def change(self, workspace_id: UUID, person_id: UUID, base_id: UUID, values: dict[str, str]) -> BaseRecord:
        """Raises: KnowledgeBaseNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            found = await _base(session, workspace_id, person_id, base_id)
            if values.get("visibility", found.visibility) != found.visibility and found.owner_id != person_id:
                raise Unprocessable("Only who made a knowledge base may change who sees it.", param="visibility")
            await KnowledgeBases(session, workspace_id, person_id).change(base_id, values)
            return await _base(session, workspace_id, person_id, base_id)

    async def delete(self, workspace_id: UUID, person_id: UUID, base_id: UUID) -> None:
        """Raises: KnowledgeBaseNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            await _base(session, workspace_id, person_id, base_id)
            bases, documents = KnowledgeBases(session, workspace_id, person_id), Documents(session, workspace_id)
            await documents.hold(base_id)  # whoever exchanges a document's passages has it first, and then its base
            await bases.close(base_id)
            await documents.hold(base_id)  # also those that came in between
            await documents.delete_files(base_id)
            await bases.delete(base_id)
            await give_next(session, workspace_id)

    async def upload(
        self, workspace_id: UUID, person_id: UUID, base_id: UUID, name: str, content: AsyncIterator[bytes]
    ) -> DocumentRecord:
        """Stores the file part by part, then gives the job. A broken-off upload is swept.

        Raises: KnowledgeBaseNotFound, KnowledgeBaseFull, DocumentEmpty, TooLarge.
        """
        await self._require_room(workspace_id, person_id, base_id)
        file_id = uuid7()
        size, digest = await self._store(workspace_id, person_id, file_id, name, content)
        if not size:
            raise DocumentEmpty(REASONS["document_empty"], param="file")
        content_of = {"file_id": file_id, "size": size, "source_url": None}
        try:
            async with self._database.write(tenant(workspace_id)) as session:
                await Files(session, workspace_id).complete(file_id, size=size, sha256=digest)
                return await self._put(session, workspace_id, person_id, base_id, name, **content_of)
        except KnowledgeBaseNotFound:
            async with self._database.write(tenant(workspace_id)) as session:
                await Files(session, workspace_id).delete(file_id)
            raise

    async def add_url(self, workspace_id: UUID, person_id: UUID, base_id: UUID, url: str) -> DocumentRecord:
        """The page is fetched by the job. Raises: KnowledgeBaseNotFound, KnowledgeBaseFull."""
        await self._require_room(workspace_id, person_id, base_id)
        name = as_shown(url)[:255]
        async with self._database.write(tenant(workspace_id)) as session:
            content_of = {"file_id": None, "size": 0, "source_url": url}
            return await self._put(session, workspace_id, person_id, base_id, name, **content_of)

    async def documents(
        self, workspace_id: UUID, person_id: UUID, base_id: UUID, limit: int, after: UUID | None
    ) -> Slice[DocumentRecord]:
        """Raises: KnowledgeBaseNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            await _base(session, workspace_id, person_id, base_id)
            return await Documents(session, workspace_id).page(base_id, limit, after)

    async def document(self, workspace_id: UUID, person_id: UUID, base_id: UUID, document_id: UUID) -> DocumentRecord:
        """Raises: KnowledgeBaseNotFound, DocumentNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            return await _document(session, workspace_id, person_id, base_id, document_id)

    async def delete_document(self, workspace_id: UUID, person_id: UUID, base_id: UUID, document_id: UUID) -> None:
        """Raises: KnowledgeBaseNotFound, DocumentNotFound."""
        async with self._database.write(tenant(workspace_id)) as session:
            found = await _document(session, workspace_id, person_id, base_id, document_id)
            documents = Documents(session, workspace_id)
            await documents.delete(found)
            await documents.changed(base_id)
            await give_next(session, workspace_id)

    async def retry(self, workspace_id: UUID, person_id: UUID, base_id: UUID, document_id: UUID) -> DocumentRecord:
        """Raises: KnowledgeBaseNotFound, DocumentNotFound, NothingToRetry."""
        async with self._database.write(tenant(workspace_id)) as session:
            found = await _document(session, workspace_id, person_id, base_id, document_id)
            if not await Documents(session, workspace_id).queue_again(document_id, found.version):
                raise NothingToRetry("Only a document whose reading failed can be tried again.")
            await give_next(session, workspace_id)
            return await _document(session, workspace_id, person_id, base_id, document_id)

    async def file(
        self, workspace_id: UUID, person_id: UUID, base_id: UUID, document_id: UUID
    ) -> tuple[DocumentRecord, FileRecord]:
        """Raises: KnowledgeBaseNotFound, DocumentNotFound, also where nothing is stored yet."""
        async with self._database.read(tenant(workspace_id)) as session:
            found = await _document(session, workspace_id, person_id, base_id, document_id)
            file = None if found.file_id is None else await Files(session, workspace_id).find(found.file_id)
        if file is None:
            raise DocumentNotFound("The document has no file yet.")
        return found, file

    async def stored(self, workspace_id: UUID, file_id: UUID) -> FileRecord | None:
        async with self._database.write(tenant(workspace_id)) as session:
            return await Files(session, workspace_id).find(file_id)

    async def keep_fetched(
        self, workspace_id: UUID, document: DocumentRecord, content: AsyncIterator[bytes], charset: str | None
    ) -> DocumentRecord:
        """What an address held becomes the document's file; ``charset`` is its server's word.

        Raises: TooLarge, DocumentNotFound.
        """
        file_id = uuid7()
        size, digest = await self._store(workspace_id, None, file_id, document.name, content)
        async with self._database.write(tenant(workspace_id)) as session:
            await Files(session, workspace_id).complete(file_id, size=size, sha256=digest)
            documents = Documents(session, workspace_id)
            if not await documents.change(document.id, document.version, file_id=file_id, size=size, charset=charset):
                await Files(session, workspace_id).delete(file_id)
                raise DocumentNotFound("The document is gone, or has a newer content.")
            return msgspec.structs.replace(document, file_id=file_id, size=size, charset=charset)

    async def content(self, workspace_id: UUID, file: FileRecord) -> AsyncIterator[bytes]:
        """The file's parts; no connection is held between two of them."""
        for number in range((file.size + PART_BYTES - 1) // PART_BYTES):
            async with self._database.read(tenant(workspace_id)) as session:
                part = await Files(session, workspace_id).part(file.id, number)
            if part is None:
                return
            yield part

    async def passages(
        self, workspace_id: UUID, person_id: UUID, base_id: UUID, document_id: UUID, chunk_id: UUID
    ) -> list[PassageRecord]:
        """A passage with its neighbours. Raises: KnowledgeBaseNotFound, DocumentNotFound."""
        async with self._database.read(tenant(workspace_id)) as session:
            await _document(session, workspace_id, person_id, base_id, document_id)
            found = await Chunks(session, workspace_id).around(document_id, chunk_id, _NEIGHBOURS)
        if not found:
            raise DocumentNotFound("The document has no such passage any more; it was changed since.")
        return found

    async def _require_room(self, workspace_id: UUID, person_id: UUID, base_id: UUID) -> None:
        async with self._database.write(tenant(workspace_id)) as session:
            await _base(session, workspace_id, person_id, base_id)
            if await Documents(session, workspace_id).count(base_id) >= MOST_DOCUMENTS:
                raise KnowledgeBaseFull(f"A knowledge base holds {MOST_DOCUMENTS:,} documents at most. Make another.")

    async def _store(
        self, workspace_id: UUID, person_id: UUID | None, file_id: UUID, name: str, content: AsyncIterator[bytes]
    ) -> tuple[int, str]:
        """Raises: TooLarge."""
        within = bounded(content, MOST_FILE_BYTES, REASONS["document_too_large"])
        return await store(self._database, workspace_id, NewFile(file_id, PURPOSE, name, person_id), within)

    async def _put(
        self, session: WriteSession, workspace_id: UUID, person_id: UUID, base_id: UUID, name: str, **content: object
    ) -> DocumentRecord:
        """Raises: KnowledgeBaseNotFound, for a base that was deleted since it was looked for."""
        if not await KnowledgeBases(session, workspace_id, person_id).keep(base_id):
            raise _no_such_base()
        document = await Documents(session, workspace_id).put(base_id, uuid7(), name, created_by=person_id, **content)
        await give_next(session, workspace_id)
        return document


async def _base(session: WriteSession | ReadSession, workspace_id: UUID, person_id: UUID, base_id: UUID) -> BaseRecord:
    found = await KnowledgeBases(session, workspace_id, person_id).get(base_id)
    if found is None:
        raise _no_such_base()
    return found


def _no_such_base() -> KnowledgeBaseNotFound:
    return KnowledgeBaseNotFound("There is no such knowledge base, or it is somebody else's.")


async def _document(
    session: WriteSession | ReadSession, workspace_id: UUID, person_id: UUID, base_id: UUID, document_id: UUID
) -> DocumentRecord:
    await _base(session, workspace_id, person_id, base_id)
    found = await Documents(session, workspace_id).get(base_id, document_id)
    if found is None:
        raise DocumentNotFound("There is no such document in this knowledge base.")
    return found
