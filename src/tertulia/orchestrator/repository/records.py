"""How a generation ended, for the one who stores its answer: found by its id alone, which only the server makes."""

from uuid import UUID

import msgspec

from tertulia.contracts.money import Money
from tertulia.contracts.orchestrator import GenerationRecord, Source, Usage
from tertulia.platform.db import Database, Statement, purpose

_TOLD = (
    "workspace_id", "said", "id", "status", "text", "provider", "model", "prompt_tokens", "completion_tokens",
    "cached_prompt_tokens", "usage_estimated", "cost", "currency", "error_code", "error_detail", "sources", "warnings",
)  # fmt: skip
_FIND = (
    f"SELECT {', '.join(_TOLD)} FROM generation"  # noqa: S608 - our own names
    " WHERE id = ($1 ->> 'id')::uuid AND status <> 'running'"
)


class Ended(msgspec.Struct, frozen=True):
    """What was ``said`` is sealed; the record has it only where a version that did not seal has written it."""

    workspace_id: UUID
    said: bytes | None
    record: GenerationRecord


async def find(database: Database, generation_id: UUID) -> Ended | None:
    """None while it has not ended, or when there is none."""
    found = await database.at_once(purpose("reading"), Statement(_FIND, {"id": generation_id}))
    if not found:
        return None
    row = dict(zip(_TOLD, found[0], strict=True))
    usage = Usage(row["prompt_tokens"], row["completion_tokens"], row["cached_prompt_tokens"], row["usage_estimated"])
    record = GenerationRecord(
        generation_id=row["id"],
        status=row["status"],
        text=row["text"],
        provider=row["provider"],
        model=row["model"],
        usage=usage,
        cost=Money(row["cost"], row["currency"]),
        error_code=row["error_code"],
        error_detail=row["error_detail"],
        sources=msgspec.convert(row["sources"], tuple[Source, ...]),
        warnings=tuple(row["warnings"]),
    )
    return Ended(row["workspace_id"], row["said"], record)
