"""A chat turn from job to end: claimed under an epoch, run through the pipeline, ended once.

A turn ends as finished, stopped or failed, in the database first and in the live log then. A worker that is told to
leave, or dies, ends nothing: its successor begins the step again under the next epoch.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog

from tertulia.contracts.chat import GenerateAnswer, Window
from tertulia.contracts.money import Money
from tertulia.contracts.orchestrator import GenerationFinished, GenerationRecord, GenerationStatus, Usage, log_name
from tertulia.contracts.stream import Abort, DataUsage, Error, Finish, Part, as_finish_reason
from tertulia.orchestrator import metrics
from tertulia.orchestrator.pipeline.respond import settle_usage
from tertulia.orchestrator.pipeline.runner import Pipeline, Step
from tertulia.orchestrator.pipeline.turn import Stopped, Turn
from tertulia.orchestrator.pipeline.window import FetchWindow
from tertulia.orchestrator.repository import Abandoned, Claim, Fenced, Generations, Held, claim, find, release
from tertulia.orchestrator.service import accounting
from tertulia.orchestrator.service.accounting import Accounts, Plan
from tertulia.orchestrator.service.explanations import Explanations
from tertulia.orchestrator.service.places import Places
from tertulia.orchestrator.service.records import Records
from tertulia.orchestrator.service.running import Run, Running
from tertulia.orchestrator.service.ui_stream import UiStream
from tertulia.platform import context, sequence_log
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import SealBroken
from tertulia.platform.errors import DeadlineExceeded, TertuliaError, Unavailable, unforeseen
from tertulia.platform.sequence_log import LogWriter
from tertulia.platform.valkey import Valkey

log = structlog.get_logger()

_LOOK_AGAIN = 0.5
LOG_TTL = timedelta(hours=1)


class GenerationLost(TertuliaError):
    status, code, title = 503, "generation_lost", "The answer was lost"


async def _give_up(_: Turn) -> None:
    raise GenerationLost("The answer was lost in the middle. Ask again.")


_GIVING_UP = Pipeline([Step("give_up", _give_up)])


class _End(msgspec.Struct, frozen=True):
    status: GenerationStatus
    code: str | None = None
    detail: str | None = None


class Answers:
    def __init__(
        self,
        *,
        database: Database,
        valkey: Valkey,
        accounts: Accounts,
        places: Places,
        running: Running,
        windows: FetchWindow,
        pipeline: Pipeline[Turn],
        records: Records,
        explanations: Explanations,
        afterwards: Callable[[Turn], None],
    ) -> None:
        """``afterwards`` hears of each turn that ended here; must not block."""
        self._database = database
        self._valkey = valkey
        self._accounts = accounts
        self._places = places
        self._running = running
        self._windows = windows
        self._pipeline = pipeline
        self._records = records
        self._explanations = explanations
        self._afterwards = afterwards

    async def answer(self, delivery: Delivery[GenerateAnswer]) -> None:
        """Handle the job; whoever gets it again later finds the end.

        Raises: Fenced when another worker has it now: the job is not acknowledged in that worker's place.
        """
        job = delivery.message
        context.name_plan(job.plan)
        with self._windows.ahead(job) as window:
            claimed = await self._claim(job, window)
            if claimed.ended is not None:
                await self._complete_log(job, claimed)
                return
            place = self._places.held(job.workspace_id, Plan(job.plan, job.lease))
            with place, self._running.enter(job.workspace_id, job.generation_id) as run:
                try:
                    await self._answer(job, claimed.epoch, run, self._pipeline, window)
                except BaseException:
                    await self._hand_over(job, claimed.epoch)
                    raise

    async def _claim(self, job: GenerateAnswer, window: "asyncio.Task[Window]") -> Claim:
        """Waits for a worker that still has it (that one ends it, or its lease runs out) and for a database that is
        away: giving the job back would use up its deliveries. What was fetched meanwhile is too old then.
        """
        while True:
            try:
                return await claim(self._database, job, self._running.worker, self._running.lease)
            except (Held, Unavailable, DeadlineExceeded):
                window.cancel()
                await asyncio.sleep(_LOOK_AGAIN)

    async def give_up(self, abandoned: Abandoned) -> None:
        """End a turn whose job is gone, with what readers have of it and a reason."""
        job = GenerateAnswer(
            workspace_id=abandoned.workspace_id,
            user_id=abandoned.user_id,
            generation_id=abandoned.generation_id,
            conversation_id=abandoned.conversation_id,
            question_id=abandoned.answer_id,  # nothing is asked any more
            answer_id=abandoned.answer_id,
            plan="",
            requested_at=datetime.now(UTC),
        )
        log.warning("generation_given_up", generation_id=str(job.generation_id), epoch=abandoned.epoch)
        with self._running.enter(abandoned.workspace_id, job.generation_id) as run:
            await self._answer(job, abandoned.epoch, run, _GIVING_UP)

    async def _answer(
        self,
        job: GenerateAnswer,
        epoch: int,
        run: Run,
        pipeline: Pipeline[Turn],
        window: "asyncio.Task[Window] | None" = None,
    ) -> None:
        writer = LogWriter(self._valkey, log_name(job.generation_id), epoch, LOG_TTL)
        stream = UiStream(writer, str(job.answer_id), run.fence)
        turn = Turn(job, stream, fetched=window)
        started_at = datetime.now(UTC)
        try:
            turn.take_up(await _opened(stream))
            end = await self._run(turn, run, pipeline)
        except BaseException:
            await stream.abandon()
            raise
        await stream.close_text()
        said = explanation = None
        if run.cut != "erased":  # sealing would make it a key anew
            try:
                said = await self._records.seal(job.workspace_id, job.generation_id, turn.text, turn.sources)
                explanation = await self._explanations.of(turn)
            except SealBroken as lost:
                end = _End("failed", lost.code, lost.detail)
        usage = await settle_usage(turn)
        cost = accounting.cost(turn.model, usage, started_at)
        finished = _finished(turn, end, usage=usage, cost=cost, started_at=started_at)
        plan = Plan(job.plan, job.lease)
        await self._accounts.end(
            finished,
            plan,
            epoch=epoch,
            said=said,
            error_detail=end.detail,
            explanation=explanation,
        )
        _observe_first_token(turn)
        await stream.end(_terminal(end, finished, turn.finish_reason, turn.cache))
        self._afterwards(turn)

    async def _run(self, turn: Turn, run: Run, pipeline: Pipeline[Turn]) -> _End:
        """Raises: CancelledError when this worker is to leave; Fenced when another has the turn."""
        task = asyncio.create_task(pipeline.run(turn, turn.watch), name="turn")
        run.attach(task)
        try:
            await task
        except asyncio.CancelledError:
            if run.cut == "fenced":
                await self._require_gone(turn.job)
                run.cut = "erased"
            if run.cut is None:
                raise
            return _End("stopped")
        except Stopped:
            return _End("stopped")
        except TertuliaError as failure:
            log.info("generation_failed", generation_id=str(turn.job.generation_id), code=failure.code)
            return _End("failed", failure.code, failure.detail)
        except Exception:
            log.exception("generation_broke", generation_id=str(turn.job.generation_id))
            return _End("failed", unforeseen().code, unforeseen().detail)
        finally:
            if turn.call is not None:
                turn.call.give_back()
        return _End("finished")

    async def _require_gone(self, job: GenerateAnswer) -> None:
        """Who has lost a turn ends it all the same where its workspace was deleted. Raises: Fenced; Unavailable."""
        async with self._database.write(tenant(job.workspace_id)) as session:
            if await Generations(session, job.workspace_id).exists(job.generation_id):
                raise Fenced

    async def _hand_over(self, job: GenerateAnswer, epoch: int) -> None:
        """The next worker need not wait for the lease."""
        try:
            await release(self._database, job, epoch)
        except TertuliaError as error:
            log.info("lease_not_released", reason=error.code)

    async def _complete_log(self, job: GenerateAnswer, claimed: Claim) -> None:
        """The one who ended it may have died before its last words: they follow from the record."""
        ended = await find(self._database, job.generation_id)
        writer = LogWriter(self._valkey, log_name(job.generation_id), claimed.epoch, LOG_TTL)
        try:
            if ended is None or not await writer.open() or writer.ended:
                return
            record = ended.record
            end = _End(record.status, record.error_code, record.error_detail)
            stream = UiStream(writer, str(job.answer_id), lambda: None)
            await stream.end(_terminal(end, record, None))
        except (sequence_log.Fenced, Unavailable) as error:
            log.info("log_not_completed", reason=error.code)


def _finished(turn: Turn, end: _End, *, usage: Usage, cost: Money, started_at: datetime) -> GenerationFinished:
    job = turn.job
    first = None if turn.first_token is None else round((turn.first_token - turn.started) * 1000)
    return GenerationFinished(
        workspace_id=job.workspace_id,
        user_id=job.user_id,
        generation_id=job.generation_id,
        source="chat",
        status=end.status,
        conversation_id=job.conversation_id,
        answer_id=job.answer_id,
        provider=turn.model.provider if turn.model else None,
        model=turn.model.id if turn.model else None,
        usage=usage,
        cost=cost,
        error_code=end.code,
        first_token_milliseconds=first,
        steps=tuple(turn.records),
        attempts=tuple(turn.attempts),
        warnings=turn.warnings,
        started_at=started_at,
        finished_at=datetime.now(UTC),
    )


async def _opened(stream: UiStream) -> str:
    """A log that another worker began must be read first, so Valkey is waited for."""
    while True:
        try:
            return await stream.open()
        except Unavailable:
            await asyncio.sleep(_LOOK_AGAIN)


def _terminal(
    end: _End, told: GenerationFinished | GenerationRecord, finish_reason: str | None, cache: str | None = None
) -> list[Part]:
    figures: dict[str, Any] = {"usage": told.usage, "cost": told.cost, "model": told.model, "provider": told.provider}
    if cache is not None:
        figures["cache"] = cache
    parts: list[Part] = [DataUsage(data=msgspec.to_builtins(figures))]
    if end.status == "finished":
        parts.append(Finish(finish_reason=as_finish_reason(finish_reason)))
    elif end.status == "stopped":
        parts.append(Abort(reason="stopped"))
    else:
        parts.append(Error(error_text=end.detail or unforeseen().detail, code=end.code))
    return parts


def _observe_first_token(turn: Turn) -> None:
    if turn.first_token is not None and turn.asked is not None:
        metrics.FIRST_TOKEN.labels("chat").observe(turn.first_token - turn.started)
        metrics.OUR_SHARE.labels("chat").observe(turn.asked - turn.started)
