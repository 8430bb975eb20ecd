"""The orchestrator's side of a chat turn, by the contract alone: takes the job, writes the log, tells of the end."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tertulia.contracts import stream
from tertulia.contracts.chat import GenerateAnswer, StopRequested, Window
from tertulia.contracts.money import Money
from tertulia.contracts.orchestrator import (
    GenerationFinished,
    GenerationRecord,
    GenerationStatus,
    KnownKnowledgeBases,
    Source,
    Title,
    Usage,
    WriteTitle,
    log_name,
)
from tertulia.platform.bus import Bus, Delivery, Subscription
from tertulia.platform.bus.envelope import seal
from tertulia.platform.http import InternalClient
from tertulia.platform.sequence_log import LogWriter
from tertulia.platform.sequence_log.keys import stream_key
from tertulia.platform.valkey import Valkey

WORDS = ["One", " two", " three", " four", " five"]
ANSWER = "".join(WORDS)
PRELUDE = 4
"""Entries before the first word: start, start-step, data-step, text-start."""
UNBEGUN = -1
ENTRIES = PRELUDE + len(WORDS) + 4
"""…and after the last: text-end, finish-step, data-usage, finish."""


class StandIn:
    """Answers every question of its workspaces with ``WORDS``.

    ``hold_after``: waits after so many words until ``go``, or (``UNBEGUN``) before it asks for the window.
    ``fate``: ``silent`` ends without a word in the log,
    ``mute`` takes the job and is never heard of again.
    """

    def __init__(self, valkey: Valkey, bus: Bus) -> None:
        self.fate: Literal["finished", "failed", "silent", "mute"] = "finished"
        self.hold_after: int | None = None
        self.go = asyncio.Event()
        self.title = "A fine title"
        self.workspaces: set[UUID] = set()
        self.jobs: list[GenerateAnswer] = []
        self.windows: dict[UUID, Window] = {}
        self.titles: list[WriteTitle] = []
        self.bases: set[UUID] = set()
        """The knowledge bases that people may ask; each gives every answer a passage."""
        self.records: dict[UUID, GenerationRecord] = {}
        self.arrived: defaultdict[UUID, asyncio.Event] = defaultdict(asyncio.Event)
        self._stopped: set[UUID] = set()
        self._valkey = valkey
        self.bus = bus
        self.client: InternalClient | None = None

    def subscriptions(self) -> list[Subscription[GenerateAnswer] | Subscription[StopRequested]]:
        return [
            Subscription(GenerateAnswer, "stand_in", self.generate, concurrency=200),
            Subscription(StopRequested, "stand_in_stop", self.stop, broadcast=True),
        ]

    async def forget_logs(self) -> None:
        """As when Valkey has lost them and no writer is left."""
        for job in self.jobs:
            await self._valkey.call("DEL", stream_key(log_name(job.generation_id)))

    async def stop(self, delivery: Delivery[StopRequested]) -> None:
        self._stopped.add(delivery.message.generation_id)
        self.go.set()

    async def generate(self, delivery: Delivery[GenerateAnswer]) -> None:
        job = delivery.message
        if job.workspace_id not in self.workspaces or self.client is None:
            return
        self.jobs.append(job)
        if self.hold_after == UNBEGUN:
            self.arrived[job.conversation_id].set()
            await self.go.wait()
        path = f"/internal/chat/conversations/{job.conversation_id}/window?answer_id={job.answer_id}"
        window = self.windows[job.answer_id] = await self.client.call("GET", "chat", path, None, Window)
        if self.fate == "mute":
            return
        if window.stop_requested:
            await self.end(job, "stopped", "")
        else:
            said, status = await self._say(job)
            await self.end(job, status, said)

    async def _say(self, job: GenerateAnswer) -> tuple[str, GenerationStatus]:
        if self.fate == "silent":
            return "", "failed"
        log = LogWriter(self._valkey, log_name(job.generation_id), 1)
        step = stream.DataStep(id="respond", data={"name": "respond", "status": "running"})
        opening = [stream.Start(message_id=str(job.answer_id)), stream.StartStep(), step, stream.TextStart(id="t")]
        await log.append([stream.encode(part) for part in opening])
        said = ""
        for count, word in enumerate(WORDS):
            if count == self.hold_after:
                self.arrived[job.conversation_id].set()
                await self.go.wait()
            if job.generation_id in self._stopped:
                break
            said += word
            await log.append([stream.encode(stream.TextDelta(id="t", delta=word))])
        status: GenerationStatus = "stopped" if said != ANSWER else "finished"
        if self.fate == "failed":
            status = "failed"
        self._record(job, status, said)
        ends = {
            "finished": stream.Finish(),
            "stopped": stream.Abort(),
            "failed": stream.Error(error_text="The provider is gone.", code="provider_failed"),
        }
        usage = stream.DataUsage(data={"usage": {}, "cost": None, "model": "m", "provider": "p"})
        closing = [stream.TextEnd(id="t"), stream.FinishStep(), usage, ends[status]]
        await log.append([stream.encode(part) for part in closing], end=True)
        return said, status

    def _record(self, job: GenerateAnswer, status: GenerationStatus, said: str) -> None:
        failed = status == "failed"
        self.records[job.generation_id] = GenerationRecord(
            generation_id=job.generation_id,
            status=status,
            text=said,
            provider="p",
            model=job.model or "m",
            usage=Usage(prompt_tokens=3, completion_tokens=len(WORDS)),
            cost=Money(1234),
            sources=tuple(
                Source(number, base, base, base, "handbook.pdf", "application/pdf", 7, "Keys")
                for number, base in enumerate(job.knowledge_base_ids, 1)
            ),
            warnings=("documents_not_searched",),
            error_code="provider_failed" if failed else None,
            error_detail="The provider is gone." if failed else None,
        )

    async def end(self, job: GenerateAnswer, status: GenerationStatus, said: str) -> None:
        """Tells of the end; told again it is the same message with another id."""
        self._record(job, status, said)
        record = self.records[job.generation_id]
        now = datetime.now(UTC)
        finished = GenerationFinished(
            workspace_id=job.workspace_id,
            user_id=job.user_id,
            generation_id=job.generation_id,
            source="chat",
            status=status,
            conversation_id=job.conversation_id,
            answer_id=job.answer_id,
            usage=record.usage,
            cost=record.cost,
            started_at=now,
            finished_at=now,
        )
        await self.bus.publish(seal(finished))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``/internal/orchestrator``, without the signatures, which are the platform's."""
        request = Request(scope, receive)
        if request.url.path == "/internal/orchestrator/titles":
            self.titles.append(msgspec.json.decode(await request.body(), type=WriteTitle))
            answer = Response(msgspec.json.encode(Title(self.title)))
        elif request.url.path == "/internal/orchestrator/knowledge-bases":
            asked = map(UUID, request.query_params["ids"].split(","))
            known = KnownKnowledgeBases(tuple(base for base in asked if base in self.bases))
            answer = Response(msgspec.json.encode(known))
        else:
            record = self.records.get(UUID(request.url.path.rpartition("/")[2]))
            body = msgspec.json.encode(record) if record else b'{"code": "not_found", "detail": "no"}'
            answer = Response(body, 200 if record else 404)
        await answer(scope, receive, send)
