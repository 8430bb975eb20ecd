"""``/v1/files``: what batches read and write, sealed with the workspace's key, for the person who put it there.

A file is stored part by part as it comes; one that broke off is swept. Those that batches wrote end after a month.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import ValidationError

from tertulia.orchestrator.repository import Files
from tertulia.orchestrator.repository.files import PART_BYTES, FileRecord
from tertulia.orchestrator.schemas.batches import LONGEST, SHORTEST, ExpiresAfter
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.storing import NewFile, bounded, store
from tertulia.platform.db import Database, tenant
from tertulia.platform.errors import NotFound, Unprocessable
from tertulia.platform.ids import uuid7

MOST_BYTES = 50 * 1024 * 1024
UPLOADED_FOR = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
"""OpenAI's purposes. Batches read theirs, and a request for a response may name any."""

_WRITTEN = "batch_output"
PURPOSES = (*UPLOADED_FOR, _WRITTEN)
_UPLOADING = "uploading"
KEPT = timedelta(days=30)
_PART = PART_BYTES - 64
"""What a part holds before it is sealed."""


class FileNotFound(NotFound):
    code, title = "file_not_found", "No such file"


class ApiFiles:
    """For one person in one workspace at a time."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def upload(
        self,
        workspace_id: UUID,
        person_id: UUID,
        content: AsyncIterator[bytes],
        *,
        name: str,
        fields: Mapping[str, str],
    ) -> FileRecord:
        """The form's ``fields`` may come after its ``content``.

        Raises: TooLarge; Unprocessable when it is empty, for none of ``UPLOADED_FOR``, or to be kept for no time that
        can be chosen.
        """
        if "purpose" in fields:
            _wanted(fields)  # before anything is stored
        within = bounded(content, MOST_BYTES, f"A file may have {MOST_BYTES // 1024**2} MB at most.")
        return await self._write(workspace_id, person_id, within, name, lambda: _wanted(fields))

    async def write(
        self, workspace_id: UUID, person_id: UUID, content: AsyncIterator[bytes], *, name: str, kept: timedelta = KEPT
    ) -> FileRecord:
        """What a batch writes."""
        return await self._write(workspace_id, person_id, content, name, lambda: (_WRITTEN, kept))

    async def _write(
        self,
        workspace_id: UUID,
        person_id: UUID,
        content: AsyncIterator[bytes],
        name: str,
        wanted: Callable[[], tuple[str, timedelta]],
    ) -> FileRecord:
        """For which purpose, and how long: ``wanted`` is asked for when all of ``content`` has come."""
        file_id, key = uuid7(), await self._keys.of(workspace_id)
        size, digest = await store(
            self._database,
            workspace_id,
            NewFile(file_id, _UPLOADING, name, person_id),
            content,
            part_bytes=_PART,
            written=lambda part, number: key.seal(part, _place(file_id, number)),
        )
        if not size:
            raise Unprocessable("The file is empty.", param="file")
        purpose, kept = wanted()
        async with self._database.write(tenant(workspace_id)) as session:
            files = Files(session, workspace_id)
            expires_at = datetime.now(UTC) + kept
            await files.complete(file_id, purpose=purpose, size=size, sha256=digest, expires_at=expires_at)
            found = await files.find(file_id)
        if found is None:
            raise FileNotFound("The file was deleted while it was written.")
        return found

    async def find(self, workspace_id: UUID, person_id: UUID, shown_id: str, *, param: str | None = None) -> FileRecord:
        """``param``: the field that names it, where it is one. Raises: FileNotFound, also for somebody else's."""
        file_id = _uuid(shown_id)
        async with self._database.write(tenant(workspace_id)) as session:
            found = None if file_id is None else await Files(session, workspace_id).find(file_id)
        if found is None or found.created_by != person_id or found.purpose not in PURPOSES:
            raise FileNotFound(f"There is no file `{shown_id}`.", param=param)
        return found

    async def page(
        self,
        workspace_id: UUID,
        person_id: UUID,
        purpose: str | None,
        after: UUID | None,
        limit: int,
        *,
        oldest_first: bool,
    ) -> list[FileRecord]:
        """Those for any purpose where none is named."""
        purposes = PURPOSES if purpose is None else (purpose,)
        async with self._database.read(tenant(workspace_id)) as session:
            return await Files(session, workspace_id).list(
                purposes, of=person_id, after=after, limit=limit, oldest_first=oldest_first
            )

    async def content(self, workspace_id: UUID, file: FileRecord) -> AsyncIterator[bytes]:
        """Part by part. Raises: FileNotFound when it is deleted before its end."""
        key, number, left = await self._keys.of(workspace_id), 0, file.size
        while left > 0:
            async with self._database.write(tenant(workspace_id)) as session:  # a replica may lack the last parts
                part = await Files(session, workspace_id).part(file.id, number)
            if part is None:
                raise FileNotFound(f"The file `{shown_file(file.id)}` was deleted while it was read.")
            piece = key.open(part, _place(file.id, number))
            yield piece
            number, left = number + 1, left - len(piece)

    async def delete(self, workspace_id: UUID, person_id: UUID, shown_id: str) -> None:
        """Raises: FileNotFound."""
        found = await self.find(workspace_id, person_id, shown_id)
        async with self._database.write(tenant(workspace_id)) as session:
            await Files(session, workspace_id).delete(found.id)


def shown_file(file_id: UUID) -> str:
    return f"file-{file_id.hex}"


def _uuid(shown_id: str) -> UUID | None:
    try:
        return UUID(hex=shown_id.removeprefix("file-")) if shown_id.startswith("file-") else None
    except ValueError:
        return None


def _wanted(fields: Mapping[str, str]) -> tuple[str, timedelta]:
    """The purpose, and how long it is to be kept: a month where nothing is said of it."""
    if (purpose := fields.get("purpose")) not in UPLOADED_FOR:
        raise Unprocessable(f"`purpose` must be one of: {', '.join(UPLOADED_FOR)}.", param="purpose")
    told = {
        name: fields[f"expires_after[{name}]"] for name in ("anchor", "seconds") if f"expires_after[{name}]" in fields
    }
    if not told:
        return purpose, KEPT
    try:
        return purpose, timedelta(seconds=ExpiresAfter.model_validate(told).seconds)
    except ValidationError:
        raise Unprocessable(
            f"`expires_after` must have the anchor `created_at` and from {SHORTEST} to {LONGEST} seconds.",
            param="expires_after",
        ) from None


def _place(file_id: UUID, number: int) -> str:
    return f"file/{file_id}/{number}"
