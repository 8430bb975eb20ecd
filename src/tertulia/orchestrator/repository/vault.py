"""The vault's rows: a value's number is given once, in order of coming, whoever comes at the same time."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, text

from tertulia.orchestrator.models import VaultEntry
from tertulia.platform.db import ReadSession, WriteSession
from tertulia.platform.pagination import Slice

MOST_NUMBER = 999_999
"""Of a kind in a workspace: a placeholder's number has six digits at most."""

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_ADD = text(
    """
    INSERT INTO pii_vault (workspace_id, id, digest, kind, number, layer, sealed)
    SELECT :workspace_id, id, digest, kind, number, layer, sealed FROM (
        SELECT new.*, row_number() OVER (PARTITION BY new.kind ORDER BY new.id) + coalesce((
            SELECT max(known.number) FROM pii_vault known
            WHERE known.workspace_id = :workspace_id AND known.kind = new.kind
        ), 0) AS number
        FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS new (id uuid, digest bytea, kind text, layer text, sealed bytea)
        WHERE NOT EXISTS (
            SELECT FROM pii_vault known WHERE known.workspace_id = :workspace_id AND known.digest = new.digest
        )
    ) AS numbered
    WHERE number <= :most
    """
)


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

    async def numbers(self, digests: Collection[bytes]) -> dict[bytes, tuple[str, int]]:
        """Kind and number of those that are known."""
        found = await self._session.execute(
            select(VaultEntry.digest, VaultEntry.kind, VaultEntry.number).where(
                VaultEntry.workspace_id == self._workspace, VaultEntry.digest.in_(digests)
            )
        )
        return {row.digest: (row.kind, row.number) for row in found}

    async def add(self, entries: Sequence[NewEntry]) -> None:
        """Give each the next number of its kind; those that somebody else has added meanwhile keep theirs."""
        rows = [
            {"id": one.id, "digest": _hex(one.digest), "kind": one.kind, "layer": one.layer, "sealed": _hex(one.sealed)}
            for one in entries
        ]
        await self._session.execute(_ONE_AT_A_TIME, {"name": f"pii_vault {self._workspace}"})
        given = {"workspace_id": self._workspace, "rows": msgspec.json.encode(rows).decode(), "most": MOST_NUMBER}
        await self._session.execute(_ADD, given)

    async def list(self, *, before: UUID | None, limit: int) -> Slice[VaultRecord]:
        """Newest first, without values."""
        wanted: list[Any] = [VaultEntry.workspace_id == self._workspace]
        if before is not None:
            wanted.append(VaultEntry.id < before)
        columns = (getattr(VaultEntry, name) for name in VaultRecord.__struct_fields__)
        found = await self._session.execute(
            select(*columns).where(*wanted).order_by(VaultEntry.id.desc()).limit(limit + 1)
        )
        return Slice.of([VaultRecord(**row) for row in found.mappings()], limit)

    async def sealed(self, entry_id: UUID) -> SealedValue | None:
        columns = (getattr(VaultEntry, name) for name in SealedValue.__struct_fields__)
        found = await self._session.execute(
            select(*columns).where(VaultEntry.workspace_id == self._workspace, VaultEntry.id == entry_id)
        )
        row = found.mappings().one_or_none()
        return None if row is None else SealedValue(**row)


def _hex(content: bytes) -> str:
    """As Postgres reads bytes from text."""
    return f"\\x{content.hex()}"
