"""Claims, leases, ends and readings of generations.

A write that ends or changes a generation names the epoch it was claimed under; when somebody else has claimed it since,
nothing is written and ``Fenced`` is raised.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text, update

from tertulia.contracts.chat import GenerateAnswer
from tertulia.contracts.orchestrator import (
    GenerationFinished,
    GenerationStatus,
    StepRecord,
)
from tertulia.orchestrator.models import Generation, Step
from tertulia.orchestrator.repository.rows import all_of, columns_of, one_of
from tertulia.platform.db import Database, ReadSession, Statement, WriteSession, purpose, tenant

TEXT_KEPT = timedelta(days=7)
"""How long an answer's text, and what was sent for it, stay here after chat has been told of it."""

_NOTHING_SAID: dict[str, Any] = {"said": None, "explanation": None, "text": "", "sources": [], "error_detail": None}
_SAYS_SOMETHING = (
    "(said IS NOT NULL OR explanation IS NOT NULL OR text <> '' OR sources <> '[]' OR error_detail IS NOT NULL)"
)
"""As the index ``generation_saying`` has it."""

_FIGURES = (
    "status", "provider", "model", "prompt_tokens", "completion_tokens", "cached_prompt_tokens", "usage_estimated",
    "cost", "currency", "error_code", "first_token_ms", "finished_at", "attempts",
    "warnings",
)  # fmt: skip
_KEYS = (
    "workspace_id", "id", "user_id", "source", "kind", "conversation_id", "answer_id", "api_key_id", "started_at",
)  # fmt: skip
_STEP = ("workspace_id", "generation_id", "name", "status", "milliseconds", "error_code")


def _together(table: str, columns: Sequence[str], rows: str = ":rows") -> str:
    """Rows in one statement with one parameter, JSON: what they cost is what the database takes, however many."""
    names = ", ".join(columns)
    rows = f"jsonb_populate_recordset(CAST(NULL AS {table}), CAST({rows} AS jsonb))"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}"  # noqa: S608 - our own names


_RECORD = text(f"{_together('generation', _KEYS + _FIGURES)} ON CONFLICT DO NOTHING RETURNING id")
RECORD_NEW = _together("generation", _KEYS + _FIGURES, "$1")
"""For ``AtOnce``, with ``recorded_rows``: fails when one of them is there."""

_END = text(
    f"WITH done AS (UPDATE generation SET {', '.join(f'{name} = ended.{name}' for name in _FIGURES)}, "  # noqa: S608 - our own names
    "error_detail = ended.error_detail, said = ended.said, explanation = ended.explanation, leased_until = NULL "
    "FROM jsonb_populate_recordset(CAST(NULL AS generation), CAST(:rows AS jsonb)) AS ended "
    "WHERE generation.workspace_id = ended.workspace_id AND generation.id = ended.id "
    "AND generation.epoch = ended.epoch AND generation.status = 'running' RETURNING generation.id), "
    f"stepped AS ({_together('step', _STEP, ':steps')} WHERE generation_id IN (SELECT id FROM done)) "
    "SELECT id FROM done"
)

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


class Ending(msgspec.Struct, frozen=True):
    """The end of a claimed generation, by the worker of this epoch; ``said`` and ``explanation`` are sealed."""

    end: GenerationFinished
    epoch: int
    said: bytes | None = None
    error_detail: str | None = None
    explanation: bytes | None = None


class Explained(msgspec.Struct, frozen=True):
    """A generation whose ``explanation`` is kept: sealed, what was sent for it."""

    id: UUID
    conversation_id: UUID
    status: str
    provider: str | None
    model: str | None
    prompt_tokens: int
    completion_tokens: int
    cached_prompt_tokens: int
    usage_estimated: bool
    cost: int
    currency: str
    first_token_ms: int | None
    started_at: datetime
    finished_at: datetime
    attempts: list[dict[str, Any]]
    warnings: list[str]
    explanation: bytes


Ended = Literal["now", "before", "fenced"]
"""``before``: this very epoch has ended it already. ``fenced``: another worker has it."""


class Generations:
    """The generations of one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def release(self, generation_id: UUID, epoch: int) -> None:
        """Let the next worker have it at once."""
        await self._session.execute(
            update(Generation)
            .where(*self._is(generation_id), Generation.epoch == epoch, Generation.status == "running")
            .values(leased_until=func.now())
        )

    async def end_all(self, endings: Sequence[Ending]) -> list[Ended]:
        """The one end of each claimed generation, together; what became of each."""
        rows = [_ending_row(ending) for ending in endings]
        steps = [
            {"workspace_id": self._workspace, "generation_id": ending.end.generation_id, **msgspec.structs.asdict(step)}
            for ending in endings
            for step in ending.end.steps
        ]
        written = {"rows": msgspec.json.encode(rows).decode(), "steps": msgspec.json.encode(steps).decode()}
        new = set((await self._session.execute(_END, written)).scalars())
        return [await self._became(ending, new) for ending in endings]

    async def _became(self, ending: Ending, new: set[UUID]) -> Ended:
        if ending.end.generation_id in new:
            new.remove(ending.end.generation_id)  # the same end twice is one end
            return "now"
        found = await self._session.execute(
            select(Generation.epoch, Generation.status).where(*self._is(ending.end.generation_id))
        )
        row = found.one_or_none()
        return "fenced" if row is None or row.epoch != ending.epoch or row.status == "running" else "before"

    async def record_all(self, ends: Sequence[GenerationFinished]) -> list[bool]:
        """Generations that were served in process: each begins and ends with its end. False for one that is there."""
        rows = msgspec.json.encode(recorded_rows(ends)).decode()
        made = await self._session.execute(_RECORD, {"rows": rows})
        new = set(made.scalars())
        return [end.generation_id in new for end in ends]

    async def explained(self, answer_id: UUID) -> tuple[Explained, list[StepRecord]] | None:
        """The generation of an answer, and its steps by name, while what was sent for it is kept."""
        found = await self._session.execute(
            select(*columns_of(Generation, Explained)).where(
                Generation.workspace_id == self._workspace,
                Generation.answer_id == answer_id,
                Generation.explanation.is_not(None),
            )
        )
        generation = one_of(found, Explained)
        if generation is None:
            return None
        steps = await self._session.execute(
            select(*columns_of(Step, StepRecord)).where(
                Step.workspace_id == self._workspace, Step.generation_id == generation.id
            )
        )
        return generation, all_of(steps, StepRecord)

    async def forget_texts(self, conversation_id: UUID) -> None:
        """The conversation is gone: its answers' texts go too, the figures stay."""
        await self._session.execute(
            update(Generation)
            .where(Generation.workspace_id == self._workspace, Generation.conversation_id == conversation_id)
            .values(**_NOTHING_SAID)
        )

    def _is(self, generation_id: UUID) -> tuple[Any, Any]:
        return Generation.workspace_id == self._workspace, Generation.id == generation_id


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


async def forget_old_texts(database: Database, batch: int = 1000) -> int:
    """Take away texts that chat has stored long ago; how many."""
    old = (
        select(Generation.workspace_id, Generation.id)
        .where(Generation.finished_at < func.now() - TEXT_KEPT, text(_SAYS_SOMETHING))
        .limit(batch)
        .subquery()
    )
    async with database.write(purpose("sweep")) as session:
        done = await session.execute(
            update(Generation)
            .where(Generation.workspace_id == old.c.workspace_id, Generation.id == old.c.id)
            .values(**_NOTHING_SAID)
            .returning(Generation.id)
        )
        return len(done.scalars().all())


def recorded_rows(ends: Sequence[GenerationFinished]) -> list[dict[str, Any]]:
    return [_row(end) for end in ends]


def _row(end: GenerationFinished) -> dict[str, Any]:
    return _figures(end) | {
        "workspace_id": end.workspace_id,
        "id": end.generation_id,
        "user_id": end.user_id,
        "source": end.source,
        "kind": end.kind,
        "conversation_id": end.conversation_id,
        "answer_id": end.answer_id,
        "api_key_id": end.api_key_id,
        "started_at": end.started_at,
    }


def _ending_row(ending: Ending) -> dict[str, Any]:
    return _figures(ending.end) | {
        "workspace_id": ending.end.workspace_id,
        "id": ending.end.generation_id,
        "epoch": ending.epoch,
        "error_detail": ending.error_detail,
        "said": _hex(ending.said),
        "explanation": _hex(ending.explanation),
    }


def _hex(content: bytes | None) -> str | None:
    return None if content is None else f"\\x{content.hex()}"


def _figures(end: GenerationFinished) -> dict[str, Any]:
    return {
        "status": end.status,
        "provider": end.provider,
        "model": end.model,
        "prompt_tokens": end.usage.prompt_tokens,
        "completion_tokens": end.usage.completion_tokens,
        "cached_prompt_tokens": end.usage.cached_prompt_tokens,
        "usage_estimated": end.usage.estimated,
        "cost": end.cost.amount,
        "currency": end.cost.currency,
        "error_code": end.error_code,
        "attempts": end.attempts,
        "warnings": end.warnings,
        "first_token_ms": end.first_token_milliseconds,
        "finished_at": end.finished_at,
    }
