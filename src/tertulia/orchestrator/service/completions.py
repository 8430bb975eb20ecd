"""``/v1/chat/completions``: the provider's answer, with the workspace's redaction, in the books whatever happens.

The usage is recorded before the answer's last bytes, and also when the client has gone: then the provider is
cancelled and what was said is counted. Failures before the first byte are HTTP errors; later ones are an error line in
the stream.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import msgspec
import structlog

from tertulia.contracts.orchestrator import (
    GenerationFinished,
    GenerationKind,
    GenerationSource,
    GenerationStatus,
    Usage,
)
from tertulia.orchestrator import metrics
from tertulia.orchestrator.pipeline.respond import estimate
from tertulia.orchestrator.providers.call import ProviderCall
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.port import StreamEvent, usage_told
from tertulia.orchestrator.service import accounting
from tertulia.orchestrator.service.accounting import Accounts, Plan
from tertulia.orchestrator.service.request import Prepared
from tertulia.orchestrator.service.rewriting import StreamRewriter, frame, restored_answer
from tertulia.platform.errors import TertuliaError, openai_error, unforeseen
from tertulia.platform.ids import uuid7

log = structlog.get_logger()

DONE = b"data: [DONE]\n\n"


class Customer(msgspec.Struct, frozen=True):
    """For whom a call is; without a plan it counts against no limit."""

    workspace_id: UUID
    user_id: UUID | None
    api_key_id: UUID | None
    plan: Plan | None
    batch: bool = False
    """Nobody waits for it, so its calls let all others pass."""

    @property
    def person(self) -> tuple[UUID, UUID | None]:
        return self.workspace_id, self.user_id


class Call:
    """One API call on its way: what has been said so far, so that its end can be written at any moment.

    One that names its ``generation_id`` is a job's: cancelled or failed as a whole, it has no end yet, for it may be
    made again under that id.
    """

    def __init__(self, customer: Customer, prepared: Prepared, generation_id: UUID | None = None) -> None:
        self.id = generation_id or uuid7()
        self.comes_again = generation_id is not None
        self.customer = customer
        self.prepared = prepared
        self.started_at: datetime = datetime.now(UTC)
        self.started = time.monotonic()
        self.first_token: float | None = None
        self.said: list[str] = []
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        """Where one answer was asked for."""
        self.asking = ProviderCall(
            prepared.model,
            prepared.body,
            customer.workspace_id,
            customer.plan.name if customer.plan else "",
            characters=sum(map(len, prepared.prompt)),
            most_tokens=prepared.most_tokens,
            batch=customer.batch,
            otherwise=prepared.otherwise,
        )

    def hear(self, event: StreamEvent) -> None:
        for choice in event.chunk.choices:
            delta = choice.delta
            if text := delta.text:
                self.said.append(text)
            if delta.tool_calls:
                self.said += (msgspec.json.encode(call).decode() for call in delta.tool_calls)
            if choice.finish_reason:
                self.finish_reason = choice.finish_reason
        if self.first_token is None and self.said:
            self.first_token = time.monotonic()
            metrics.FIRST_TOKEN.labels("api").observe(self.first_token - self.started)
        if event.chunk.usage is not None:
            self.usage = usage_told(event.chunk.usage) or self.usage

    async def settled_usage(self) -> Usage:
        """The provider's numbers, or ours; nothing for a call that the provider never took up."""
        if self.usage is None:
            self.usage = await estimate(self.prepared.model.name, self.prepared.prompt, "".join(self.said))
        return self.usage


class Completions:
    def __init__(self, failover: Failover, accounts: Accounts) -> None:
        self._failover = failover
        self._accounts = accounts
        self._ending: set[asyncio.Task[None]] = set()

    async def complete(self, call: Call) -> bytes:
        """A whole answer. Raises: ProviderFailure, QueueFull and the like."""
        prepared = call.prepared
        with metrics.RUNNING.labels("api").track_inprogress():
            try:
                answer = await self._failover.complete(call.asking)
            except asyncio.CancelledError:
                self._leave(call)
                raise
            except TertuliaError as failure:
                if not call.comes_again:
                    await self._end(call, "failed", failure.code, Usage())
                raise
        call.said = [choice.message.content or "" for choice in answer.whole.choices]
        call.finish_reason = answer.whole.choices[0].finish_reason if len(answer.whole.choices) == 1 else None
        told = call.usage = usage_told(answer.whole.usage)
        usage = await call.settled_usage()
        ending = self._end_later(call, "finished")
        await asyncio.shield(ending)
        return restored_answer(
            answer.raw,
            prepared.values,
            json_answer=prepared.json_answer,
            usage=None if told else usage,
            sources=prepared.sources,
        )

    async def stream(self, call: Call) -> AsyncGenerator[bytes]:
        """Server-sent events, in pieces that may be sent as they are.

        Raises: ProviderFailure, QueueFull and the like, before the first piece only. Close it early and the
        provider is cancelled.
        """
        prepared = call.prepared
        rewriter = StreamRewriter(
            prepared.values,
            include_usage=prepared.include_usage,
            json_answer=prepared.json_answer,
            sources=prepared.sources,
        )
        begun = False
        with metrics.RUNNING.labels("api").track_inprogress():
            try:
                async with self._failover.stream(call.asking) as batches:
                    async for events in batches:
                        piece = b"".join(_heard(call, rewriter, events))
                        if piece:
                            begun = True
                            yield piece
            except TertuliaError as failure:
                await self._end(call, "failed", failure.code, None if call.said else Usage())
                if not begun:
                    raise
                yield frame(msgspec.json.encode(openai_error(failure)))
                return
            except (asyncio.CancelledError, GeneratorExit):
                self._leave(call)
                raise
            except Exception:
                log.exception("completion_broke")
                await self._end(call, "failed", unforeseen().code, None)
                yield frame(msgspec.json.encode(openai_error(unforeseen())))
                return
            usage = await call.settled_usage()
            await asyncio.shield(self._end_later(call, "finished"))
            yield rewriter.usage(usage) + DONE

    async def stop(self, call: Call) -> None:
        """The end of a job's call that was cancelled and will not come again."""
        await self._end(call, "stopped", None, None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Waits for the ends that are being written."""
        if self._ending:
            await asyncio.wait(self._ending)

    def _leave(self, call: Call) -> None:
        if not call.comes_again:
            self._end_later(call, "stopped")

    def _end_later(self, call: Call, status: GenerationStatus) -> asyncio.Task[None]:
        """In a task of its own: whoever asked may be gone before it is done."""
        task = asyncio.create_task(self._end(call, status, None, None), name="end a completion")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def _end(self, call: Call, status: GenerationStatus, code: str | None, usage: Usage | None) -> None:
        used = usage if usage is not None else await call.settled_usage()
        customer = call.customer
        first = None if call.first_token is None else round((call.first_token - call.started) * 1000)
        await self._accounts.record(
            ended(
                customer, call.asking, call.id, status=status, usage=used, code=code, first=first, since=call.started_at
            ),
            customer.plan,
        )


def ended(
    customer: Customer,
    asked: ProviderCall,
    generation_id: UUID,
    *,
    status: GenerationStatus,
    usage: Usage,
    since: datetime,
    code: str | None = None,
    first: int | None = None,
    kind: GenerationKind = "chat",
    source: GenerationSource = "api",
) -> GenerationFinished:
    """The event of a call's end."""
    model = asked.answering
    return GenerationFinished(
        workspace_id=customer.workspace_id,
        user_id=customer.user_id,
        generation_id=generation_id,
        source=source,
        status=status,
        kind=kind,
        api_key_id=customer.api_key_id,
        provider=model.provider,
        model=model.id,
        usage=usage,
        cost=accounting.cost(model, usage, since),
        error_code=code,
        attempts=tuple(asked.attempts),
        first_token_milliseconds=first,
        started_at=since,
        finished_at=datetime.now(UTC),
    )


def _heard(call: Call, rewriter: StreamRewriter, events: list[StreamEvent]) -> list[bytes]:
    for event in events:
        call.hear(event)
    return [rewriter.frames(event) for event in events]
