"""Ends of generations, what is kept of them, and for how long. Who may end a chat's is said by ``claims``."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text, update

from tertulia.contracts.orchestrator import GenerationFinished, StepRecord
from tertulia.orchestrator.models import Generation, Step
from tertulia.orchestrator.repository.rows import all_of, columns_of, one_of
from tertulia.platform.db import Database, ReadSession, WriteSession, purpose

TEXT_KEPT = timedelta(days=7)
"""How long an answer's text, and what was sent for it, stay here after chat has been told of it."""

_NOTHING_SAID: dict[str, Any] = {"said": None, "explanation": None, "text": "", "sources": [], "error_detail": None}
_SAYS_SOMETHING = (
    "(said IS NOT NULL OR explanation IS NOT NULL OR text <> '' OR sources <> '[]' OR error_detail IS NOT NULL)"
)
"""As the index ``generation_saying`` has it."""

_KEYS = {
    "workspace_id": "workspace_id",
    "id": "generation_id",
    "user_id": "user_id",
    "source": "source",
    "kind": "kind",
    "conversation_id": "conversation_id",
    "answer_id": "answer_id",
    "api_key_id": "api_key_id",
    "started_at": "started_at",
}
_FIGURES = {
    "status": "status",
    "provider": "provider",
    "model": "model",
    "prompt_tokens": "usage.prompt_tokens",
    "completion_tokens": "usage.completion_tokens",
    "cached_prompt_tokens": "usage.cached_prompt_tokens",
    "usage_estimated": "usage.estimated",
    "cost": "cost.amount",
    "currency": "cost.currency",
    "error_code": "error_code",
    "attempts": "attempts",
    "warnings": "warnings",
    "first_token_ms": "first_token_milliseconds",
    "finished_at": "finished_at",
}
"""A generation's columns, and where its end tells them."""

_RECORDED = _KEYS | _FIGURES
_recorded, _figures = attrgetter(*_RECORDED.values()), attrgetter(*_FIGURES.values())
_STEP = ("workspace_id", "generation_id", "name", "status", "milliseconds", "error_code")


def _together(table: str, columns: Iterable[str], rows: str = ":rows") -> str:
    """Rows in one statement with one parameter, JSON: what they cost is what the database takes, however many."""
    names = ", ".join(columns)
    rows = f"jsonb_populate_recordset(CAST(NULL AS {table}), CAST({rows} AS jsonb))"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}"  # noqa: S608 - our own names


_RECORD = text(f"{_together('generation', _RECORDED)} ON CONFLICT DO NOTHING RETURNING id")
RECORD_NEW = _together("generation", _RECORDED, "$1")
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


Ended = Literal["now", "before", "fenced", "erased"]
"""``before``: this very epoch has ended it already. ``fenced``: another worker has it. ``erased``: its workspace is
gone.
"""


class Generations:
    """The generations of one workspace, in one transaction."""

    def __init__(self, session: WriteSession | ReadSession, workspace_id: UUID) -> None:
        self._session = session
        self._workspace = workspace_id

    async def exists(self, generation_id: UUID) -> bool:
        found = await self._session.execute(select(Generation.id).where(*self._is(generation_id)))
        return found.scalar_one_or_none() is not None

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
        if row is None:
            return "erased"
        return "fenced" if row.epoch != ending.epoch or row.status == "running" else "before"

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
    return [dict(zip(_RECORDED, _recorded(end), strict=True)) for end in ends]


def _ending_row(ending: Ending) -> dict[str, Any]:
    return dict(zip(_FIGURES, _figures(ending.end), strict=True)) | {
        "workspace_id": ending.end.workspace_id,
        "id": ending.end.generation_id,
        "epoch": ending.epoch,
        "error_detail": ending.error_detail,
        "said": _hex(ending.said),
        "explanation": _hex(ending.explanation),
    }


def _hex(content: bytes | None) -> str | None:
    return None if content is None else f"\\x{content.hex()}"
