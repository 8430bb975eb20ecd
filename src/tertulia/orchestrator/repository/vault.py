"""The vault's rows: a value's number is given once, in order of coming, whoever comes at the same time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from tertulia.orchestrator.models import VaultEntry
from tertulia.orchestrator.repository.rows import all_of, columns_of, one_of
from tertulia.platform.db import Database, ReadSession, Statement, WriteSession, tenant
from tertulia.platform.pagination import Slice

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended($1 #>> '{}', 0))"
_NUMBERS = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset($1)
            AS new (workspace_id uuid, id uuid, digest bytea, kind text, layer text, sealed bytea)
    ), known AS MATERIALIZED (
        SELECT entry.digest, entry.kind, entry.number
        FROM asked JOIN pii_vault entry ON entry.workspace_id = asked.workspace_id AND entry.digest = asked.digest
    ), added AS (
        INSERT INTO pii_vault (workspace_id, id, digest, kind, number, layer, sealed)
        SELECT workspace_id, id, digest, kind, number, layer, sealed FROM (
            SELECT asked.*, row_number() OVER (PARTITION BY asked.kind ORDER BY asked.id) + coalesce((
                SELECT max(entry.number) FROM pii_vault entry
                WHERE entry.workspace_id = asked.workspace_id AND entry.kind = asked.kind
            ), 0) AS number
            FROM asked WHERE NOT EXISTS (SELECT FROM known WHERE known.digest = asked.digest)
        ) AS numbered
        WHERE number <= 999999
        RETURNING digest, kind, number
    )
    SELECT * FROM known UNION ALL SELECT * FROM added
"""
"""A placeholder's number has six digits at most."""


class NewEntry(msgspec.Struct, frozen=True):
    id: UUID
    digest: bytes
    kind: str
    layer: str
    sealed: bytes


class VaultRecord(msgspec.Struct, frozen=True):
    id: UUID
    kind: str
    number: int
    layer: str
    found_at: datetime


class SealedValue(msgspec.Struct, frozen=True):
    kind: str
    number: int
    digest: bytes
    sealed: bytes


class VaultEntries:
    """The entries of one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def list(self, *, before: UUID | None, limit: int) -> Slice[VaultRecord]:
        """Newest first, without values."""
        wanted: list[Any] = [VaultEntry.workspace_id == self._workspace]
        if before is not None:
            wanted.append(VaultEntry.id < before)
        columns = columns_of(VaultEntry, VaultRecord)
        found = await self._session.execute(
            select(*columns).where(*wanted).order_by(VaultEntry.id.desc()).limit(limit + 1)
        )
        return Slice.of(all_of(found, VaultRecord), limit)

    async def sealed(self, entry_id: UUID) -> SealedValue | None:
        columns = columns_of(VaultEntry, SealedValue)
        found = await self._session.execute(
            select(*columns).where(VaultEntry.workspace_id == self._workspace, VaultEntry.id == entry_id)
        )
        return one_of(found, SealedValue)


async def numbers(database: Database, workspace_id: UUID, entries: Sequence[NewEntry]) -> dict[bytes, tuple[str, int]]:
    """Kind and number of each, by digest: one that is there keeps its own, another gets the next of its kind.

    On the disk before anybody knows them: this process keeps them over a crash of the database, which would give one
    that it had lost to another value.
    """
    rows = [
        {
            "workspace_id": workspace_id,
            "id": one.id,
            "digest": _hex(one.digest),
            "kind": one.kind,
            "layer": one.layer,
            "sealed": _hex(one.sealed),
        }
        for one in entries
    ]
    first = [Statement(_ONE_AT_A_TIME, f"pii_vault {workspace_id}")]
    found = await database.at_once(tenant(workspace_id), Statement(_NUMBERS, rows), first=first)
    return {bytes(digest): (kind, number) for digest, kind, number in found}


def _hex(content: bytes) -> str:
    """As Postgres reads bytes from text."""
    return f"\\x{content.hex()}"
