"""The job of a batch: makes the calls of its file's lines, a few at once, and writes what they gave to two files.

Each line's result is a row of its own, written under the worker's epoch, and its generation has an id that follows from
batch and line: a line that is made again after a crash is answered once and in the books once. A job makes a slice and
asks for the next, so that batches take turns. Lines wait as long as the batch has time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

import msgspec
import structlog

from tertulia.orchestrator.providers.failures import only_takes_time
from tertulia.orchestrator.repository.batches import Batches, BatchRecord, LineResult, lost_batches
from tertulia.orchestrator.repository.files import FileRecord
from tertulia.orchestrator.service.accounting import Plan
from tertulia.orchestrator.service.api_files import KEPT, ApiFiles, FileNotFound, shown_file
from tertulia.orchestrator.service.batches.jobs import RunBatch
from tertulia.orchestrator.service.batches.lines import FileUnusable, Line, Request, counted, numbered, read
from tertulia.orchestrator.service.completions import Call, Completions, Customer
from tertulia.orchestrator.service.embedding import Embedding
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.preparing import Preparing
from tertulia.orchestrator.service.request import encode
from tertulia.orchestrator.service.responses.responses import Responses
from tertulia.platform import context, jitter
from tertulia.platform.bus import Delivery
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import MasterKeyMissing, SealBroken
from tertulia.platform.errors import TertuliaError, Unavailable, openai_error, unforeseen

log = structlog.get_logger()

_AT_ONCE = 8
_SLICE = 500
_PAGE = 200
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_LOOK_AGAIN = 2.0
LOST_AFTER = timedelta(hours=1)
"""Past a batch's time; a worker that has it ends it at that time."""


class _Over(Exception):
    """No more lines are to be begun: cancelled, out of time, or another worker's now (``status`` None)."""

    def __init__(self, status: str | None) -> None:
        super().__init__(status)
        self.status = status


class BatchLost(TertuliaError):
    status, code, title = 503, "batch_lost", "The batch was lost"
    openai_type = "server_error"


class BatchRuns:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        files: ApiFiles,
        *,
        completions: Completions,
        embedding: Embedding,
        responses: Responses,
        preparing: Preparing,
    ) -> None:
        self._database = database
        self._keys = keys
        self._files = files
        self._completions = completions
        self._embedding = embedding
        self._responses = responses
        self._preparing = preparing

    async def run(self, delivery: Delivery[RunBatch]) -> None:
        """Raises: Unavailable and the like, to be given the job again."""
        job = delivery.message
        async with self._database.write(tenant(job.workspace_id)) as session:
            record = await Batches(session, job.workspace_id, job.user_id).claim(job.batch_id)
        if record is None:
            return
        if record.status == "cancelling":
            await self._finish(job, record, "cancelled")
            return
        try:
            file = await self._files.find(job.workspace_id, job.user_id, shown_file(record.input_file_id))
            if record.status == "validating":
                await self._validate(job, record, file)
            if await self._slice(job, record, file):
                await self._finish(job, record, "completed")
                return
        except MasterKeyMissing:
            raise  # it may be put back meanwhile
        except (FileNotFound, SealBroken) as gone:
            await self._finish(job, record, "failed", error_code=gone.code, error_detail=gone.detail)
            return
        except _Over as over:
            if over.status is not None:
                await self._finish(job, record, over.status)
            return
        async with self._database.write(tenant(job.workspace_id)) as session:
            session.publish(job)

    async def give_up(self, delivery: Delivery[RunBatch]) -> None:
        """The end of a batch whose job failed every time: with what it has, or without files where those are the cause.

        Raises: Unavailable.
        """
        lost = BatchLost("The batch broke off again and again. What it has is in its files: send the other lines anew.")
        await self._end(delivery.message, "failed", error_code=lost.code, error_detail=lost.detail)

    async def give_up_lost(self) -> None:
        """Ends batches whose time is over and whose jobs are gone. Raises: Unavailable."""
        for lost in await lost_batches(self._database, LOST_AFTER):
            log.warning("batch_given_up", batch_id=str(lost.id))
            await self._end(RunBatch(workspace_id=lost.workspace_id, user_id=lost.user_id, batch_id=lost.id), "expired")

    async def _end(self, job: RunBatch, status: str, **told: Any) -> None:
        """Take it away from whoever has it, and end it."""
        async with self._database.write(tenant(job.workspace_id)) as session:
            record = await Batches(session, job.workspace_id, job.user_id).claim(job.batch_id)
        if record is None:
            return
        with suppress(_Over):  # somebody else has it
            try:
                await self._finish(job, record, status, **told)
            except (Unavailable, _Over):
                raise
            except MasterKeyMissing as lost:
                await self._conclude(job, record, "failed", error_code=lost.code, error_detail=lost.detail)
            except Exception:
                log.exception("batch_files_broke", batch_id=str(record.id))
                await self._conclude(job, record, status, **told)

    async def _validate(self, job: RunBatch, record: BatchRecord, file: FileRecord) -> None:
        """Counts the lines; what else each says is looked at when it is its turn. Raises: _Over, FileNotFound."""
        try:
            total = await counted(numbered(self._files.content(job.workspace_id, file)))
        except FileUnusable as wrong:
            await self._become(
                job, record, "failed", error_code=wrong.code, error_detail=wrong.detail, error_line=wrong.line
            )
            raise _Over(None) from None
        await self._become(job, record, "in_progress", total=total)

    async def _slice(self, job: RunBatch, record: BatchRecord, file: FileRecord) -> bool:
        """Some of the lines that have no result yet; whether those were all. Raises: _Over, FileNotFound."""
        async with self._database.write(tenant(job.workspace_id)) as session:
            done = await Batches(session, job.workspace_id, job.user_id).done(job.batch_id)
        begun, over = 0, None
        running: set[asyncio.Task[None]] = set()
        try:
            async with aclosing(numbered(self._files.content(job.workspace_id, file))) as lines:  # type: ignore[type-var]  # it is an asynchronous generator
                async for number, raw in lines:
                    if number in done:
                        continue
                    if begun == _SLICE or over is not None:
                        break
                    begun += 1
                    line = read(number, raw, record.endpoint)
                    running.add(asyncio.create_task(self._do(job, record, line), name="batch line"))
                    if len(running) >= _AT_ONCE:
                        over = await _some(running)
                else:
                    begun = 0
            while running:
                over = await _some(running) or over
        finally:
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running)
        if over is not None:
            raise over
        return begun == 0

    async def _do(self, job: RunBatch, record: BatchRecord, line: Line) -> None:
        """One line to its result. Raises: _Over when it is the last that is wanted."""
        told, failed = await self._answered(job, record, line)
        key = await self._keys.of(job.workspace_id)
        sealed = key.seal(msgspec.json.encode(told), _place(record.id, line.number))
        async with self._database.write(tenant(job.workspace_id)) as session:
            batches = Batches(session, job.workspace_id, job.user_id)
            status = await batches.record(record.id, record.epoch, LineResult(line.number, failed, sealed))
        _require_wanted(status)

    async def _answered(self, job: RunBatch, record: BatchRecord, line: Line) -> tuple[dict[str, Any], bool]:
        """The line of the output or error file, as OpenAI writes it. Raises: _Over when there is no time left."""
        generation_id = uuid5(record.id, str(line.number))
        told = {"id": f"batch_req_{generation_id.hex}", "custom_id": line.custom_id, "response": None, "error": None}
        if line.request is None:
            problem = {"code": "invalid_line", "message": f"Line {line.number}: {line.problem}.", "line": line.number}
            return {**told, "error": problem}, True
        try:
            answer: Any = msgspec.Raw(await self._insist(job, record, line.request, generation_id))
            status = 200
        except TertuliaError as failure:
            answer, status = openai_error(failure), failure.status
        response = {"status_code": status, "request_id": generation_id.hex, "body": answer}
        return {**told, "response": response}, status != HTTPStatus.OK

    async def _insist(self, job: RunBatch, record: BatchRecord, request: Request, generation_id: UUID) -> bytes:
        """Again and again while only time is missing. Raises: _Over; TertuliaError when it will never succeed."""
        pause = _PAUSE
        while True:
            if datetime.now(UTC) >= record.expires_at:
                raise _Over("expired")
            try:
                return await self._call(job, record, request, generation_id)
            except TertuliaError as failure:
                if not only_takes_time(failure):
                    raise
                wanted = failure.retry_after or timedelta(0)
                pause = min(2 * pause, _LONGEST_PAUSE)
                await self._wait(job, record, max(wanted.total_seconds(), jitter.between(0, pause)))
            except Exception as error:
                log.exception("batch_line_broke", batch_id=str(record.id))
                raise unforeseen() from error

    async def _wait(self, job: RunBatch, record: BatchRecord, seconds: float) -> None:
        """Raises: _Over soon after the line is wanted no more."""
        while seconds > 0 and datetime.now(UTC) < record.expires_at:
            await asyncio.sleep(min(seconds, _LOOK_AGAIN))
            seconds -= _LOOK_AGAIN
            with suppress(Unavailable):  # it is looked again in a moment
                async with self._database.write(tenant(job.workspace_id)) as session:
                    status = await Batches(session, job.workspace_id, job.user_id).status(record.id, record.epoch)
                _require_wanted(status)

    async def _call(self, job: RunBatch, record: BatchRecord, request: Request, generation_id: UUID) -> bytes:
        context.name_plan(record.plan)
        customer = Customer(job.workspace_id, job.user_id, record.api_key_id, Plan(record.plan), batch=True)
        raw = encode(request.body)
        if record.endpoint == "/v1/embeddings":
            return await self._embedding.embed(
                customer, await self._embedding.prepare(job.workspace_id, raw), generation_id
            )
        if record.endpoint == "/v1/responses":
            return await self._responses.answer(customer, raw, generation_id)
        return await self._completions.complete(Call(customer, await self._preparing(customer, raw), generation_id))

    async def _finish(self, job: RunBatch, record: BatchRecord, status: str, **values: Any) -> None:
        """Both files, then the end; a worker that dies between leaves files that end by themselves."""
        if status == "completed":
            await self._become(job, record, "finalizing")
        try:
            output, errors = [await self._write(job, record, failed=failed) for failed in (False, True)]
        except MasterKeyMissing:
            raise
        except SealBroken as lost:  # what lines gave can be read by nobody
            await self._conclude(job, record, "failed", error_code=lost.code, error_detail=lost.detail)
        else:
            await self._conclude(job, record, status, output_file_id=output, error_file_id=errors, **values)

    async def _conclude(self, job: RunBatch, record: BatchRecord, status: str, **values: Any) -> None:
        async with self._database.write(tenant(job.workspace_id)) as session:
            batches = Batches(session, job.workspace_id, job.user_id)
            if await batches.become(record.id, status, record.epoch, **values):
                await batches.forget_lines(record.id)
        log.info("batch_ended", batch_id=str(record.id), outcome=status)

    async def _write(self, job: RunBatch, record: BatchRecord, *, failed: bool) -> UUID | None:
        """None where there is nothing to be written."""
        results = self._results(job, record, failed=failed)
        first = await anext(results, None)
        if first is None:
            return None

        async def content() -> AsyncIterator[bytes]:
            yield first
            async for line in results:
                yield line

        name = f"batch_{record.id.hex}_{'error' if failed else 'output'}.jsonl"
        kept = KEPT if record.output_seconds is None else timedelta(seconds=record.output_seconds)
        file = await self._files.write(job.workspace_id, job.user_id, content(), name=name, kept=kept)
        return file.id

    async def _results(self, job: RunBatch, record: BatchRecord, *, failed: bool) -> AsyncIterator[bytes]:
        key, after = await self._keys.of(job.workspace_id), 0
        while True:
            async with self._database.write(tenant(job.workspace_id)) as session:
                batches = Batches(session, job.workspace_id, job.user_id)
                page = await batches.results(record.id, failed=failed, after=after, limit=_PAGE)
            for one in page:
                yield key.open(one.result, _place(record.id, one.number)) + b"\n"
            if len(page) < _PAGE:
                return
            after = page[-1].number

    async def _become(self, job: RunBatch, record: BatchRecord, status: str, **values: Any) -> None:
        """Raises: _Over when it is cancelled, or another worker has it."""
        async with self._database.write(tenant(job.workspace_id)) as session:
            batches = Batches(session, job.workspace_id, job.user_id)
            if await batches.become(record.id, status, record.epoch, **values):
                return
            now = await batches.find(record.id)
        ours = now is not None and now.epoch == record.epoch and now.status == "cancelling"
        raise _Over("cancelled" if ours else None)


def _require_wanted(status: str | None) -> None:
    """Raises: _Over when another worker has the batch (None), or it is cancelled."""
    if status is None or status == "cancelling":
        raise _Over(None if status is None else "cancelled")


async def _some(running: set["asyncio.Task[None]"]) -> _Over | None:
    """Waits for the next that are done, and takes them out; why there should be no more."""
    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    running -= done
    over: _Over | None = None
    for task in done:
        error = task.exception()
        if isinstance(error, _Over):
            over = error
        elif error is not None:
            raise error
    return over


def _place(batch_id: UUID, number: int) -> str:
    return f"batch/{batch_id}/{number}"
