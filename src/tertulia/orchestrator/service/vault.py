"""The vault: which placeholder stands for which value in a workspace, the same in every turn, document and API call.

Values are sealed with the workspace's key and found by a keyed digest. What is known is kept in this process by a
digest of its own, so that a window without new values asks no database. A database that is away takes nothing from
redaction: new values then have numbers of their own window.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import structlog

from tertulia.contracts.orchestrator import PersonalDataRevealed
from tertulia.orchestrator.redaction.patterns import Found
from tertulia.orchestrator.redaction.redactor import Number
from tertulia.orchestrator.redaction.seen import Seen
from tertulia.orchestrator.repository import vault as entries
from tertulia.orchestrator.repository.vault import NewEntry, VaultEntries, VaultRecord
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import DataKey, SealBroken
from tertulia.platform.errors import DeadlineExceeded, NotFound, Unavailable
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import Slice

log = structlog.get_logger()

_MOST_KEPT = 100_000
_MOST_AT_ONCE = 1000
"""New values that one window may bring; more have numbers of that window."""

_PATIENCE = 1.0


class FindingNotFound(NotFound):
    code, title = "finding_not_found", "No such finding"


class Vault:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._kept = Seen[Number](_MOST_KEPT)

    async def numbers(self, workspace_id: UUID, values: Mapping[str, Found]) -> dict[str, Number]:
        """The numbers that these values have in the workspace; new ones are given theirs. Never fails."""
        numbers, new = self._kept.known(workspace_id, values)
        if not new:
            return numbers
        try:
            async with asyncio.timeout(_PATIENCE):
                key = await self._keys.of(workspace_id)
                unknown = {key.digest(f"pii_vault {value}"): value for value in islice(new, _MOST_AT_ONCE)}
                stored = await self._stored(workspace_id, key, unknown, values)
        except (Unavailable, DeadlineExceeded, TimeoutError, SealBroken) as away:
            log.warning("vault_away", reason=type(away).__name__)
        else:
            for digest, number in stored.items():
                value = unknown[digest]
                numbers[value] = self._kept.put(new[value], number)
        return numbers

    async def findings(self, workspace_id: UUID, limit: int, before: UUID | None) -> Slice[VaultRecord]:
        """What was found, newest first, without values."""
        async with self._database.read(tenant(workspace_id)) as session:
            return await VaultEntries(session, workspace_id).list(before=before, limit=limit)

    async def reveal(self, workspace_id: UUID, person_id: UUID, finding_id: UUID) -> tuple[str, str]:
        """The placeholder and the value behind it; that somebody looked goes to the audit with it.

        Raises: FindingNotFound; SealBroken.
        """
        key = await self._keys.of(workspace_id)
        async with self._database.write(tenant(workspace_id)) as session:
            found = await VaultEntries(session, workspace_id).sealed(finding_id)
            if found is None:
                raise FindingNotFound("Nothing of this id was found in this workspace.")
            placeholder = f"{found.kind}_{found.number}"
            session.publish(
                PersonalDataRevealed(
                    workspace_id=workspace_id,
                    user_id=person_id,
                    placeholder=placeholder,
                    occurred_at=datetime.now(UTC),
                )
            )
        return f"[{placeholder}]", key.open(found.sealed, _place(workspace_id, found.digest)).decode()

    async def _stored(
        self, workspace_id: UUID, key: DataKey, unknown: Mapping[bytes, str], values: Mapping[str, Found]
    ) -> dict[bytes, Number]:
        """As the table has them, with those that it had not."""
        given = [_sealed(key, workspace_id, digest, value, values[value]) for digest, value in unknown.items()]
        return await entries.numbers(self._database, workspace_id, given)


def _place(workspace_id: UUID, digest: bytes) -> str:
    return f"{workspace_id}/pii_vault/{digest.hex()}"


def _sealed(key: DataKey, workspace_id: UUID, digest: bytes, value: str, found: Found) -> NewEntry:
    sealed = key.seal(value.encode(), _place(workspace_id, digest))
    return NewEntry(uuid7(), digest, found.kind, found.layer, sealed)
