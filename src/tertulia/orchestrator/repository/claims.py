"""Claims and leases of chat turns: which worker has one, under which epoch, and for how long unless it says so again.

A later worker has a later epoch, and every write of a turn names the one that it was claimed under: when somebody else
has claimed it since, nothing is written.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update

from tertulia.contracts.chat import GenerateAnswer
from tertulia.contracts.orchestrator import GenerationStatus
from tertulia.orchestrator.models import Generation
from tertulia.orchestrator.repository.rows import all_of
from tertulia.platform.db import Database, Statement, purpose, tenant

_CLAIM = """
INSERT INTO generation
    (workspace_id, id, user_id, source, conversation_id, answer_id, status, worker, leased_until)
SELECT workspace_id, id, user_id, 'chat', conversation_id, answer_id, 'running', worker,
    now() + ($1 ->> 'lease')::float8 * interval '1 s'
FROM jsonb_populate_record(CAST(NULL AS generation), $1)
ON CONFLICT (workspace_id, id) DO UPDATE
SET epoch = generation.epoch + 1, worker = excluded.worker, leased_until = excluded.leased_until
WHERE generation.status = 'running' AND (generation.leased_until IS NULL OR generation.leased_until < now())
RETURNING epoch
"""
_KNOWN = (
    "SELECT epoch, status FROM generation"
    " WHERE workspace_id = ($1 ->> 'workspace_id')::uuid AND id = ($1 ->> 'id')::uuid"
)


class Fenced(Exception):
    """Another worker has this generation now: whatever this one still has to say is not wanted."""


class Held(Exception):
    """Another worker is at it and alive."""


class Claim(msgspec.Struct, frozen=True):
    """``ended`` when there is nothing left to do."""

    epoch: int
    ended: GenerationStatus | None = None


class Abandoned(msgspec.Struct, frozen=True):
    """A chat turn that nobody works on any more, claimed under an epoch of its own."""

    workspace_id: UUID
    user_id: UUID
    generation_id: UUID
    conversation_id: UUID
    answer_id: UUID
    epoch: int


async def claim(database: Database, job: GenerateAnswer, worker: UUID, lease: timedelta) -> Claim:
    """Take the generation, for the first time or from a worker whose lease has run out.

    Raises: Held.
    """
    wanted = {
        "workspace_id": job.workspace_id,
        "id": job.generation_id,
        "user_id": job.user_id,
        "conversation_id": job.conversation_id,
        "answer_id": job.answer_id,
        "worker": worker,
        "lease": lease.total_seconds(),
    }
    scope = tenant(job.workspace_id)
    for (epoch,) in await database.at_once(scope, Statement(_CLAIM, wanted)):
        return Claim(epoch)
    ((epoch, status),) = await database.at_once(scope, Statement(_KNOWN, wanted))
    if status == "running":
        raise Held
    return Claim(epoch, status)


async def release(database: Database, job: GenerateAnswer, epoch: int) -> None:
    """Let the next worker have it at once."""
    async with database.write(tenant(job.workspace_id)) as session:
        await session.execute(
            update(Generation)
            .where(
                Generation.workspace_id == job.workspace_id,
                Generation.id == job.generation_id,
                Generation.epoch == epoch,
                Generation.status == "running",
            )
            .values(leased_until=func.now())
        )


async def extend_leases(database: Database, worker: UUID, running: Sequence[UUID], lease: timedelta) -> set[UUID]:
    """Keep what this worker is at; gives those that are still its own."""
    async with database.write(purpose("lease")) as session:
        kept = await session.execute(
            update(Generation)
            .where(Generation.id.in_(running), Generation.worker == worker, Generation.status == "running")
            .values(leased_until=func.now() + lease)
            .returning(Generation.id)
        )
        return set(kept.scalars())


async def claim_abandoned(
    database: Database, worker: UUID, lease: timedelta, after: timedelta, batch: int = 20
) -> list[Abandoned]:
    """Take generations whose last lease ran out so long ago that no worker will come for them."""
    left = (
        select(Generation.workspace_id, Generation.id)
        .where(Generation.status == "running", Generation.leased_until < func.now() - after)
        .limit(batch)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    async with database.write(purpose("lease")) as session:
        taken = await session.execute(
            update(Generation)
            .where(Generation.workspace_id == left.c.workspace_id, Generation.id == left.c.id)
            .values(epoch=Generation.epoch + 1, worker=worker, leased_until=func.now() + lease)
            .returning(
                Generation.workspace_id,
                Generation.user_id,
                Generation.id.label("generation_id"),
                Generation.conversation_id,
                Generation.answer_id,
                Generation.epoch,
            )
        )
        return all_of(taken, Abandoned)
