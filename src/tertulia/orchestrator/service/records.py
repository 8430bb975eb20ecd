"""What an answer said, sealed from its end until chat has it, and as long as its row keeps it then.

Text and sources (they name documents) are sealed with the workspace's key, which the process that wrote the answer has
at hand: no question to the database more. An answer whose key is gone is told as one that failed, so that nobody waits
for it.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
import structlog

from tertulia.contracts.orchestrator import GenerationRecord, Source
from tertulia.orchestrator.repository import find
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.db import Database, insist
from tertulia.platform.envelopes import DataKey, MasterKeyMissing, SealBroken

log = structlog.get_logger()


class Said(msgspec.Struct, frozen=True):
    text: str
    sources: tuple[Source, ...]


class Records:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def seal(self, workspace_id: UUID, generation_id: UUID, text: str, sources: Sequence[Source]) -> bytes | None:
        """Waits for the database, should the key not be at hand. Raises: SealBroken."""
        if not text and not sources:
            return None
        key = await insist(lambda: self._keys.of(workspace_id))
        return key.seal(msgspec.msgpack.encode(Said(text, tuple(sources))), _place(generation_id))

    async def find(self, generation_id: UUID) -> GenerationRecord | None:
        """How a generation ended, with what it said; None while it has not, or when there is none.

        Raises: MasterKeyMissing; Unavailable.
        """
        ended = await find(self._database, generation_id)
        if ended is None:
            return None
        if ended.said is None:
            return ended.record
        key = await self._keys.of(ended.workspace_id)
        try:
            said = opened(key, generation_id, ended.said)
        except MasterKeyMissing:
            raise
        except SealBroken as lost:
            log.warning("answer_cannot_be_opened", generation_id=str(generation_id))
            return msgspec.structs.replace(
                ended.record, status="failed", error_code=lost.code, error_detail=f"{lost.detail} Ask again."
            )
        return msgspec.structs.replace(ended.record, text=said.text, sources=said.sources)


def opened(key: DataKey, generation_id: UUID, said: bytes) -> Said:
    """Raises: SealBroken."""
    return msgspec.msgpack.decode(key.open(said, _place(generation_id)), type=Said)


def _place(generation_id: UUID) -> str:
    return f"answer/{generation_id}"
