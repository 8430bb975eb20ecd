"""Responses in the background: a durable job writes each to a live log, which any number of readers follow.

Log entry ``n`` is the event with the number ``n - 1``. A worker that dies is followed by another, under a newer epoch;
whoever cancels a response takes it away from its worker in the same way, and writes its end.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from tertulia.contracts.orchestrator import log_name
from tertulia.orchestrator.repository.responses import ResponseRecord, lost_responses
from tertulia.orchestrator.repository.responses import Responses as Rows
from tertulia.orchestrator.service.accounting import Plan
from tertulia.orchestrator.service.completions import Call, Completions, Customer
from tertulia.orchestrator.service.places import Places
from tertulia.orchestrator.service.responses.conversations import Conversations
from tertulia.orchestrator.service.responses.events import ResponseEvents, error_of, terminal_of
from tertulia.orchestrator.service.responses.jobs import ResponseCancelled, WriteResponse
from tertulia.orchestrator.service.responses.kept import Kept, KeptResponses, NotInBackground, sealed, shown
from tertulia.orchestrator.service.responses.responses import Asked, Responses, person_of
from tertulia.orchestrator.service.running import Run
from tertulia.platform import context
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.envelopes import MasterKeyMissing, SealBroken
from tertulia.platform.errors import (
    DeadlineExceeded,
    RateLimited,
    TertuliaError,
    Unavailable,
    Unprocessable,
    openai_error,
    unforeseen,
)
from tertulia.platform.sequence_log import Fenced, LogReader, LogWriter
from tertulia.platform.valkey import Valkey

log = structlog.get_logger()

LOG_TTL = timedelta(hours=1)
LOST_AFTER = timedelta(hours=1)
_MOST_UNFINISHED = 100
_LOOK_AGAIN = 0.5
_SILENCE_SECONDS = 5.0


class TooManyUnfinished(RateLimited):
    code, title = "too_many_background_responses", "Too many responses are being written"


class ResponseLost(TertuliaError):
    status, code, title = 503, "response_lost", "The response was lost"
    openai_type = "server_error"


@dataclass
class _Work:
    """One response in a worker's hands, claimed under the record's epoch."""

    workspace_id: UUID
    person_id: UUID
    record: ResponseRecord
    kept: Kept
    writer: LogWriter
    events: ResponseEvents
    call: Call | None = None


class Background:
    def __init__(
        self,
        database: Database,
        kept: KeptResponses,
        responses: Responses,
        completions: Completions,
        *,
        conversations: Conversations,
        places: Places,
        valkey: Valkey,
        reader: LogReader,
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._kept = kept
        self._responses = responses
        self._completions = completions
        self._places = places
        self._valkey = valkey
        self._reader = reader
        self._runs: dict[UUID, Run] = {}

    async def begin(self, session: WriteSession, customer: Customer, asked: Asked, sealed: bytes) -> None:
        """Row and job together. Raises: TooManyUnfinished; Unprocessable."""
        if asked.kept.asked.store is False:
            raise Unprocessable("A response in the background is stored: leave `store` out.", param="store")
        workspace_id, person = customer.workspace_id, person_of(customer)
        if await Rows(session, workspace_id, person).unfinished() >= _MOST_UNFINISHED:
            raise TooManyUnfinished(
                f"{_MOST_UNFINISHED} responses of this workspace are being written. Wait for one to end.",
                retry_after=timedelta(seconds=5),
            )
        await self._kept.add(session, (workspace_id, person), asked.id, asked.kept.response, sealed)
        plan = customer.plan or Plan("")
        session.publish(
            WriteResponse(
                workspace_id=workspace_id,
                user_id=person,
                response_id=asked.id,
                api_key_id=customer.api_key_id,
                plan=plan.name,
                lease=plan.lease,
            )
        )

    async def write(self, delivery: Delivery[WriteResponse]) -> None:
        """Handle the job: whoever gets it again later goes on, or finds the end."""
        job = delivery.message
        record = await self._claim(job)
        if record is None:
            await self._complete_log(job)
            return
        run = self._runs[job.response_id] = Run(job.workspace_id)
        context.name_plan(job.plan)
        customer = Customer(job.workspace_id, job.user_id, job.api_key_id, Plan(job.plan, job.lease))
        try:
            with self._places.held(job.workspace_id, customer.plan):
                await self._write(customer, job, record, run)
        finally:
            del self._runs[job.response_id]

    async def stop(self, delivery: Delivery[ResponseCancelled]) -> None:
        """Nothing where another process writes it."""
        if (run := self._runs.get(delivery.message.response_id)) is not None:
            run.stop()

    def stop_all(self, workspace_id: UUID) -> None:
        """The workspace is gone: what this process writes for it is for nobody."""
        for run in self._runs.values():
            if run.workspace_id == workspace_id:
                run.stop()

    async def give_up(self, delivery: Delivery[WriteResponse]) -> None:
        """The end of a response whose job failed every time. Raises: Unavailable."""
        job = delivery.message
        await self._end_from_outside(job.workspace_id, job.user_id, job.response_id, "failed", _lost())

    async def cancel(self, workspace_id: UUID, person_id: UUID, shown_id: str) -> dict[str, Any]:
        """The response, ended. Raises: ResponseNotFound, NotInBackground."""
        record = await self._kept.find(workspace_id, person_id, shown_id)
        if not record.background:
            raise NotInBackground("Only a response in the background can be cancelled: close the connection instead.")
        if not record.ended:
            await self._end_from_outside(workspace_id, person_id, record.id, "cancelled", None)
        return (await self._kept.get(workspace_id, person_id, shown_id)).response

    async def give_up_lost(self) -> None:
        """Ends responses whose jobs are gone."""
        for lost in await lost_responses(self._database, LOST_AFTER):
            log.warning("response_given_up", response_id=str(lost.id))
            await self._end_from_outside(lost.workspace_id, lost.user_id, lost.id, "failed", _lost())

    async def follow(
        self, workspace_id: UUID, person_id: UUID, shown_id: str, after: int | None
    ) -> AsyncGenerator[bytes]:
        """The events after this number, to the end. Raises: ResponseNotFound, NotInBackground."""
        record = await self._kept.find(workspace_id, person_id, shown_id)
        if not record.background:
            raise NotInBackground("Only a response in the background can be streamed again.")
        return self._events(workspace_id, person_id, record, 0 if after is None else after + 1)

    async def _events(
        self, workspace_id: UUID, person_id: UUID, record: ResponseRecord, start: int
    ) -> AsyncGenerator[bytes]:
        """Of a log that is gone the last event is left, which tells everything. Where nothing is said for a while it is
        looked whether anybody is still to say something. Raises: ResponseNotFound, when it was deleted meanwhile.
        """
        name = log_name(record.id)
        while not record.ended or await self._is_there(name):
            async with aclosing(self._reader.follow_batches(name, start)) as batches:
                with suppress(TimeoutError):
                    while True:
                        async with asyncio.timeout(_SILENCE_SECONDS):
                            entries = await anext(batches, None)
                        if entries is None:
                            return
                        start = entries[-1].sequence
                        yield b"".join(entry.data for entry in entries)
            with suppress(Unavailable, DeadlineExceeded):
                record = await self._kept.find(workspace_id, person_id, shown(record.id))
        if (record.last_sequence or 0) >= start:
            yield await self._terminal(workspace_id, record)

    async def _is_there(self, name: str) -> bool:
        try:
            return await self._reader.exists(name)
        except Unavailable:
            return False

    async def _claim(self, job: WriteResponse) -> ResponseRecord | None:
        while True:
            with suppress(Unavailable, DeadlineExceeded):
                async with self._database.write(tenant(job.workspace_id)) as session:
                    return await Rows(session, job.workspace_id, job.user_id).claim(job.response_id)
            await asyncio.sleep(_LOOK_AGAIN)

    async def _write(self, customer: Customer, job: WriteResponse, record: ResponseRecord, run: Run) -> None:
        writer = self._writer(record)
        try:
            kept = await self._kept.open(job.workspace_id, record)
        except MasterKeyMissing:
            raise
        except SealBroken as lost:
            await self._end_unread(job.workspace_id, job.user_id, record, lost)
            return
        held = await _held(writer)
        work = _Work(job.workspace_id, job.user_id, record, kept, writer, ResponseEvents(kept.response, held))
        task = asyncio.create_task(self._hear(customer, work), name="response")
        run.attach(task)
        try:
            await task
            await self._end(work)
        except Fenced:
            run.stop()
        except asyncio.CancelledError:
            if run.cut is None:
                raise
        if run.cut is not None and work.call is not None:
            await self._completions.stop(work.call)

    async def _hear(self, customer: Customer, work: "_Work") -> None:
        """All but the terminal event. Raises: Fenced."""
        events = work.events
        await work.writer.append(events.begin())
        try:
            work.call = Call(customer, await self._responses.chat(customer, work.kept), work.record.id)
            async with aclosing(self._responses.heard(work.call)) as batches:
                async for chunks in batches:
                    frames = [frame for chunk in chunks for frame in events.hear(chunk)]
                    if frames:
                        await work.writer.append(frames)
            frames = events.finish()
        except Fenced:
            raise
        except TertuliaError as failure:
            log.info("response_failed", response_id=str(work.record.id), code=failure.code)
            frames = events.break_off("failed", _told(failure))
        except Exception:
            log.exception("response_broke", response_id=str(work.record.id))
            frames = events.break_off("failed", _told(unforeseen()))
        await work.writer.append(frames)

    async def _end(self, work: "_Work") -> None:
        """In the database first, then in the log. Raises: Fenced."""
        record, place, last = work.record, (work.workspace_id, work.person_id), work.events.next_sequence
        status = work.kept.response["status"]
        while True:
            with suppress(Unavailable, DeadlineExceeded):
                key = await self._kept.key(work.workspace_id)
                async with self._database.write(tenant(work.workspace_id)) as session:
                    await self._conversations.extend(session, key, place, work.kept)
                    content = sealed(key, work.workspace_id, record.id, work.kept)
                    rows = Rows(session, *place)
                    if not await rows.end(record.id, record.epoch, status=status, sealed=content, last_sequence=last):
                        raise Fenced("Somebody else has ended this response.")
                break
            await asyncio.sleep(_LOOK_AGAIN)
        await work.writer.append([work.events.terminal()], end=True)

    async def _end_from_outside(
        self, workspace_id: UUID, person_id: UUID, response_id: UUID, status: str, failure: TertuliaError | None
    ) -> None:
        """Take it away from its worker and end it with what was said; nothing when it has ended meanwhile."""
        async with self._database.write(tenant(workspace_id)) as session:
            record = await Rows(session, workspace_id, person_id).claim(response_id)
            if record is None:
                return
            session.publish(ResponseCancelled(workspace_id=workspace_id, response_id=response_id))
        try:
            kept = await self._kept.open(workspace_id, record)
        except SealBroken as lost:
            await self._end_unread(workspace_id, person_id, record, lost)
            return
        writer = self._writer(record)
        try:
            held = await writer.open()
        except Unavailable:
            held = []
        work = _Work(workspace_id, person_id, record, kept, writer, ResponseEvents(kept.response, held))
        begun = work.events.begin()
        with suppress(Fenced):  # it has its end, by another hand
            await writer.append([*begun, *work.events.break_off(status, None if failure is None else _told(failure))])
            await self._end(work)

    async def _end_unread(self, workspace_id: UUID, person_id: UUID, record: ResponseRecord, why: SealBroken) -> None:
        """Nobody can read what was asked: it has failed, and those who follow it are told why. Raises: Unavailable."""
        log.warning("response_cannot_be_opened", response_id=str(record.id), code=why.code)
        writer = self._writer(record)
        with suppress(Fenced):
            await writer.open()
            async with self._database.write(tenant(workspace_id)) as session:
                rows = Rows(session, workspace_id, person_id)
                ours = await rows.end(
                    record.id, record.epoch, status="failed", sealed=record.sealed, last_sequence=writer.last
                )
            if ours:
                await writer.append([error_of(why, writer.last)], end=True)

    async def _complete_log(self, job: WriteResponse) -> None:
        """Who ended it may have died before the last event: it follows from the record."""
        async with self._database.write(tenant(job.workspace_id)) as session:
            record = await Rows(session, job.workspace_id, job.user_id).find(job.response_id)
        if record is None:
            return
        writer = self._writer(record)
        try:
            if not await writer.open() or writer.ended:
                return
            await writer.append([await self._terminal(job.workspace_id, record)], end=True)
        except (Fenced, Unavailable) as error:
            log.info("log_not_completed", reason=error.code)

    async def _terminal(self, workspace_id: UUID, record: ResponseRecord) -> bytes:
        """The last event of one that has ended."""
        last = record.last_sequence or 0
        try:
            return terminal_of((await self._kept.open(workspace_id, record)).response, last)
        except SealBroken as lost:
            return error_of(lost, last)

    def _writer(self, record: ResponseRecord) -> LogWriter:
        return LogWriter(self._valkey, log_name(record.id), record.epoch, LOG_TTL)


async def _held(writer: LogWriter) -> list[bytes]:
    """What an earlier worker has said; a log that somebody began must be read, so Valkey is waited for."""
    while writer.epoch > 1:
        try:
            return await writer.open()
        except Unavailable:
            await asyncio.sleep(_LOOK_AGAIN)
    return []


def _lost() -> ResponseLost:
    return ResponseLost("The response was lost in the middle. Ask again.")


def _told(failure: TertuliaError) -> dict[str, Any]:
    return dict(openai_error(failure)["error"])
