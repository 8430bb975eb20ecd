"""A file's way into the database as it comes, in parts: a transaction each, so that none is as long as the upload."""

import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from tertulia.orchestrator.repository import Files
from tertulia.orchestrator.repository.files import PART_BYTES
from tertulia.platform.db import Database, tenant
from tertulia.platform.errors import TooLarge

_WITHIN = timedelta(hours=1)
"""What is not complete by then is swept."""


class NewFile(msgspec.Struct, frozen=True):
    id: UUID
    purpose: str
    name: str
    created_by: UUID | None


async def store(
    database: Database,
    workspace_id: UUID,
    file: NewFile,
    content: AsyncIterator[bytes],
    *,
    part_bytes: int = PART_BYTES,
    written: Callable[[bytes, int], bytes] = lambda part, _: part,
) -> tuple[int, str]:
    """All of a file but its completion: how many bytes it has, and their SHA-256 in hex.

    ``written`` is what is stored of a part with this number; ``part_bytes`` leaves room for what that adds.
    """
    async with database.write(tenant(workspace_id)) as session:
        swept = datetime.now(UTC) + _WITHIN
        await Files(session, workspace_id).begin(
            file.id, purpose=file.purpose, name=file.name, created_by=file.created_by, expires_at=swept
        )
    size, number, digest = 0, 0, hashlib.sha256()
    async for part in _parts(content, part_bytes):
        size += len(part)
        digest.update(part)
        async with database.write(tenant(workspace_id)) as session:
            await Files(session, workspace_id).add_part(file.id, number, written(part, number))
        number += 1
    return size, digest.hexdigest()


async def bounded(content: AsyncIterator[bytes], most: int, refusal: str) -> AsyncIterator[bytes]:
    """The same bytes. Raises: TooLarge, with this sentence, for more than ``most``."""
    size = 0
    async for piece in content:
        size += len(piece)
        if size > most:
            raise TooLarge(refusal, param="file")
        yield piece


async def _parts(content: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """Pieces of any size as parts of this one; the last may be shorter."""
    held = bytearray()
    async for piece in content:
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)
