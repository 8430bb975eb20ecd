"""Stored files: written and read part by part, so that a file of any size takes the memory of one part."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from tertulia.orchestrator.models import StoredFile, StoredFilePart
from tertulia.orchestrator.repository.rows import all_of, columns_of, one_of
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.errors import NotFound

PART_BYTES = 1024 * 1024


class FileGone(NotFound):
    code, title = "file_gone", "The file is gone"


class FileRecord(msgspec.Struct, frozen=True):
    id: UUID
    purpose: str
    name: str
    size: int
    sha256: str
    complete: bool
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None


class Files:
    """The files of one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def begin(
        self, file_id: UUID, *, purpose: str, name: str, created_by: UUID | None, expires_at: datetime | None
    ) -> None:
        """``expires_at``: when it is swept, unless it is completed without an end."""
        row = {"workspace_id": self._workspace, "id": file_id, "purpose": purpose, "name": name}
        await self._session.execute(insert(StoredFile).values(**row, created_by=created_by, expires_at=expires_at))

    async def add_part(self, file_id: UUID, number: int, content: bytes) -> None:
        """Parts count from 0; at most ``PART_BYTES`` each. Raises: FileGone."""
        row = {"workspace_id": self._workspace, "file_id": file_id, "number": number, "content": content}
        try:
            await self._session.execute(insert(StoredFilePart).values(row))
        except IntegrityError as error:
            raise FileGone("The file was deleted while it was being sent.") from error

    async def complete(
        self,
        file_id: UUID,
        *,
        size: int,
        sha256: str,
        expires_at: datetime | None = None,
        purpose: str | None = None,
    ) -> None:
        """``purpose``: where it was not known when the file began."""
        known = {} if purpose is None else {"purpose": purpose}
        await self._session.execute(
            update(StoredFile)
            .where(*self._is(file_id))
            .values(size=size, sha256=sha256, complete=True, expires_at=expires_at, **known)
        )

    async def find(self, file_id: UUID) -> FileRecord | None:
        """A complete file; None for one that is still being written, or is not there."""
        found = await self._session.execute(
            select(*_COLUMNS).where(*self._is(file_id), StoredFile.complete, _is_current())
        )
        return one_of(found, FileRecord)

    async def part(self, file_id: UUID, number: int) -> bytes | None:
        """None past the last."""
        found = await self._session.execute(
            select(StoredFilePart.content).where(
                StoredFilePart.workspace_id == self._workspace,
                StoredFilePart.file_id == file_id,
                StoredFilePart.number == number,
            )
        )
        return found.scalar_one_or_none()

    async def list(
        self,
        purposes: Collection[str],
        *,
        after: UUID | None,
        limit: int,
        of: UUID | None = None,
        oldest_first: bool = False,
    ) -> list[FileRecord]:
        """Newest first, or the other way round; ``after`` is the last id of the page before; ``of`` is whose alone."""
        wanted = [StoredFile.workspace_id == self._workspace, StoredFile.purpose.in_(purposes), StoredFile.complete]
        if after is not None:
            wanted.append(StoredFile.id > after if oldest_first else StoredFile.id < after)
        if of is not None:
            wanted.append(StoredFile.created_by == of)
        found = await self._session.execute(
            select(*_COLUMNS)
            .where(*wanted, _is_current())
            .order_by(StoredFile.id.asc() if oldest_first else StoredFile.id.desc())
            .limit(limit)
        )
        return all_of(found, FileRecord)

    async def delete(self, file_id: UUID) -> bool:
        gone = await self._session.execute(delete(StoredFile).where(*self._is(file_id)).returning(StoredFile.id))
        return gone.scalar_one_or_none() is not None

    def _is(self, file_id: UUID) -> tuple[Any, Any]:
        return StoredFile.workspace_id == self._workspace, StoredFile.id == file_id


_COLUMNS = columns_of(StoredFile, FileRecord)


def _is_current() -> Any:
    return StoredFile.expires_at.is_(None) | (StoredFile.expires_at > func.now())
