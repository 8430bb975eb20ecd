"""An answer as its reader gets it: entries of the live log, untouched, from the position that the reader names.

Live, resumed, second tab and other device are this one code path. What cannot be had from the log is told from the
database after the end: the whole answer, behind a ``reset-step`` for a reader who has heard a part of it. No database
connection is held while a stream is open.

Positions: ``id`` is the entry's number in the log. A position that the log has not come to (Valkey lost it, or it was
never given by us) is met by ``reset-step`` and everything from the start. Ids of a stored answer lie above every log's.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from prometheus_client import Counter

from tertulia.chat.models import Message
from tertulia.chat.owner import Owner
from tertulia.chat.repository import Messages
from tertulia.chat.service.watch import AnswerWatch, Watched
from tertulia.contracts import stream
from tertulia.contracts.orchestrator import log_name
from tertulia.platform import sse
from tertulia.platform.db import Database
from tertulia.platform.errors import TertuliaError
from tertulia.platform.sequence_log import Entry, LogReader
from tertulia.platform.valkey import ValkeyUnavailable

DONE = sse.encode(b"[DONE]")
STORED_POSITIONS = 10**12
_PIECE = 16_384
_PAUSE_SECONDS = 1.0
_BYTES = Counter("tertulia_chat_stream_bytes_total", "Bytes of answers given to streams")
_ENDS = Counter("tertulia_chat_streams_total", "Streams by what told their end", ["ending"])
_RESET = stream.encode(stream.ResetStep())


class Followed(msgspec.Struct, frozen=True):
    """What a stream needs to know of an answer; small, because thousands may be open."""

    owner: Owner
    answer_id: UUID
    generation_id: UUID
    asked_at: datetime
    ended: bool

    @classmethod
    def of(cls, owner: Owner, answer: Message) -> "Followed":
        if answer.generation_id is None:
            raise ValueError("only an answer can be followed")
        return cls(owner, answer.id, answer.generation_id, answer.created_at, answer.status != "generating")


class AnswerStreams:
    """One for each process."""

    def __init__(self, database: Database, log: LogReader, watch: AnswerWatch) -> None:
        self._database = database
        self._log = log
        self._watch = watch

    async def follow(self, answer: Followed, position: int | None) -> AsyncIterator[bytes]:
        """Server-sent events, ready to be written, to the answer's end. ``position`` is the last id the reader has."""
        with self._watch.stream(answer.answer_id, answer.asked_at, ended=answer.ended) as watched:
            name, after = log_name(answer.generation_id), position or 0
            started = after > 0
            newest = await self._newest(name) if after or answer.ended else None
            if newest == 0 and answer.ended:
                yield _counted(await self._stored(answer, watched, started=started))
                return
            if newest is not None and after > newest:
                yield _counted(sse.encode(_RESET))
                after = 0
            batches = self._log.follow_batches(name, after)
            try:
                async with aclosing(batches):
                    while True:
                        async with watched.waiting():
                            entries = await anext(batches, None)
                        if entries is None:
                            break  # the end lies behind the position
                        started = True
                        if entries[-1].end:
                            await self._watch.settled(watched)
                        yield _counted(_encoded(entries))
                        if entries[-1].end:
                            break
            except TimeoutError:
                yield _counted(await self._stored(answer, watched, started=started))
                return
            _ENDS.labels("log").inc()
            yield _counted(DONE)

    async def _newest(self, name: str) -> int | None:
        """None when Valkey cannot say; 0 when it has nothing of the log."""
        try:
            entry = await self._log.newest(name)
        except ValkeyUnavailable:
            return None
        return entry.sequence if entry else 0

    async def _stored(self, answer: Followed, watched: Watched, *, started: bool) -> bytes:
        """The rest as the database has it; that being away too, tried again as long as the answer could be running."""
        while True:
            try:
                async with self._database.read(answer.owner.scope) as session:
                    stored = await Messages(session, answer.owner).get(answer.answer_id)
            except TertuliaError:
                if datetime.now(UTC) > watched.deadline:
                    stored = None
                    break
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                break
        _ENDS.labels("stored").inc()
        parts = _told(stored, started=started)
        return b"".join(sse.encode(part, STORED_POSITIONS + place) for place, part in enumerate(parts, 1)) + DONE


def _counted(chunk: bytes) -> bytes:
    _BYTES.inc(len(chunk))
    return chunk


def _encoded(entries: Sequence[Entry]) -> bytes:
    if len(entries) == 1:
        return sse.encode(entries[0].data, entries[0].sequence)
    return b"".join([sse.encode(entry.data, entry.sequence) for entry in entries])


def _told(answer: Message | None, *, started: bool) -> list[bytes]:
    if answer is None or answer.status == "generating":
        return [stream.encode(_lost())]
    parts: list[stream.Part] = [stream.ResetStep()] if started else []
    parts += [stream.Start(message_id=str(answer.id)), stream.StartStep()]
    parts += [stream.decode(msgspec.json.encode(part)) for part in answer.parts if part["type"] != "text"]
    parts += _text(answer.text)
    parts += _end(answer)
    return [stream.encode(part) for part in parts]


def _text(text: str) -> list[stream.Part]:
    if not text:
        return []
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    deltas: list[stream.Part] = [stream.TextDelta(id="text", delta=piece) for piece in pieces]
    return [stream.TextStart(id="text"), *deltas, stream.TextEnd(id="text")]


def _end(answer: Message) -> list[stream.Part]:
    if answer.status == "failed":
        detail = answer.error_detail or "The answer failed. Ask again."
        return [stream.Error(error_text=detail, code=answer.error_code or "generation_failed")]
    cost = {"amount": answer.cost_amount, "currency": answer.cost_currency}
    told = {"usage": answer.usage, "cost": cost if answer.cost_currency else None, "model": answer.model}
    usage: list[stream.Part] = [stream.DataUsage(data=told)] if answer.usage else []
    if answer.status == "stopped":
        return [stream.FinishStep(), *usage, stream.Abort(reason="stopped")]
    return [stream.FinishStep(), *usage, stream.Finish()]


def _lost() -> stream.Error:
    return stream.Error(error_text="The answer did not come in time. Ask again.", code="answer_overdue")
