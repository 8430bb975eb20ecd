"""From a committed row to the bus: at once by the process that wrote it, else by any process's relay.

A message is a row of the transaction that it tells of, so nothing is lost when a process dies at any line: what is not
marked as sent is sent again, and the bus and its consumers drop the second copy. Sending never holds up who published.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import func, select, text, update

from tertulia.platform import jitter
from tertulia.platform.bus import Bus, Envelope
from tertulia.platform.db import Database, WriteSession, purpose, tables
from tertulia.platform.db.housekeeping import sweep
from tertulia.platform.errors import TertuliaError

log = structlog.get_logger()

_SENT = Counter("tertulia_outbox_sent_total", "Messages handed to the bus, by the way they took", ("service", "way"))
_LEFT = Counter("tertulia_outbox_left_total", "Messages that were left to the relay", ("service",))
_IN_FLIGHT = Gauge("tertulia_outbox_in_flight", "Transactions whose messages are being sent", ("service",))

_MARK_EVERY = 0.25
_MOST_IN_FLIGHT = 1000
_MOST_UNMARKED = 10_000
_RELAY_BATCH = 200
_RELAY_EVERY = (1.0, 2.0)
_RELAY_AGE = timedelta(seconds=5)
_SWEEP_EVERY = (300.0, 900.0)
_LAST_SENDS = 3.0
_SET_SENT = text("UPDATE outbox SET sent_at = now() WHERE id = ANY(:ids)")
"""One parameter, however many ids: a list of them would be a new statement for each length."""


class Outbox:
    """``run`` is a worker of every process of the service; ``relay_age`` is when a row counts as left behind."""

    def __init__(self, bus: Bus, *, relay_age: timedelta = _RELAY_AGE) -> None:
        self._bus = bus
        self._relay_age = relay_age
        self._attached: Database | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._patient: list[Envelope] = []
        self._sent: list[UUID] = []
        self._unmarked = asyncio.Event()

    def attach(self, database: Database) -> None:
        self._attached = database
        _IN_FLIGHT.labels(database.service).set_function(lambda: len(self._sending))

    @property
    def _database(self) -> Database:
        if self._attached is None:
            raise RuntimeError("give the outbox to its Database before it runs")
        return self._attached

    def committed(self, envelopes: Sequence[Envelope]) -> None:
        """Sends in the background, in order, the patient ones a moment later; what cannot go is the relay's."""
        if not self._bus.is_ready or max(len(self._sending), len(self._patient)) >= _MOST_IN_FLIGHT:
            self._leave(len(envelopes))
            return
        if patient := [envelope for envelope in envelopes if envelope.patient]:
            self._patient += patient
            self._unmarked.set()
        if hurried := [envelope for envelope in envelopes if not envelope.patient]:
            task = asyncio.create_task(self._send_now(hurried), name="outbox send")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def run(self) -> None:
        """Marks, relays and sweeps until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mark(), name="outbox mark")
            group.create_task(self._relay(), name="outbox relay")
            group.create_task(self._sweep(), name="outbox sweep")

    async def settle(self) -> None:
        """Waits a moment for what is on its way and marks it; the database calls it before it closes."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=_LAST_SENDS)
        with suppress(TertuliaError, TimeoutError):
            async with asyncio.timeout(_LAST_SENDS):
                await self._send_patient()
        with suppress(TertuliaError):
            await self._mark_sent()

    async def _send_now(self, envelopes: Sequence[Envelope]) -> None:
        for sent, envelope in enumerate(envelopes):
            try:
                await self._bus.publish(envelope)
            except TertuliaError:
                self._leave(len(envelopes) - sent)
                return
            self._went([envelope])

    async def _send_patient(self) -> None:
        waiting, self._patient = self._patient, []
        results = await asyncio.gather(*map(self._bus.publish, waiting), return_exceptions=True)
        went = [envelope for envelope, result in zip(waiting, results, strict=True) if result is None]
        self._went(went)
        self._leave(len(waiting) - len(went))

    def _went(self, envelopes: Sequence[Envelope]) -> None:
        self._sent += [envelope.id for envelope in envelopes]
        self._unmarked.set()
        _SENT.labels(self._database.service, "directly").inc(len(envelopes))

    def _leave(self, count: int) -> None:
        _LEFT.labels(self._database.service).inc(count)

    async def _mark(self) -> None:
        while True:
            await self._unmarked.wait()
            await asyncio.sleep(_MARK_EVERY)  # more will come, and go together
            await self._send_patient()
            self._unmarked.clear()
            try:
                await self._mark_sent()
            except TertuliaError as error:
                log.info("outbox_mark_put_off", reason=error.code)

    async def _mark_sent(self) -> None:
        """What is lost here with the process is only sent twice."""
        if not self._sent:
            return
        ids, self._sent = self._sent, []
        try:
            async with self._database.write(purpose("relay")) as session:
                await session.execute(text("SET LOCAL synchronous_commit = off"))
                await self._set_sent(session, ids)
        except TertuliaError:
            self._sent += ids[: max(0, _MOST_UNMARKED - len(self._sent))]
            self._unmarked.set()
            raise

    async def _set_sent(self, session: WriteSession, ids: Sequence[UUID]) -> None:
        await session.execute(_SET_SENT, {"ids": ids})

    async def _relay(self) -> None:
        refilled = None
        while True:
            await self._bus.ready()
            try:
                if refilled != self._bus.born:
                    await self._refill()
                    refilled = self._bus.born
                moved = await self._relay_some()
            except TertuliaError as error:
                log.info("outbox_relay_put_off", reason=error.code)
                moved = 0
            if moved < _RELAY_BATCH:
                await asyncio.sleep(jitter.between(*_RELAY_EVERY))

    async def _relay_some(self) -> int:
        """How many pending rows it moved. Locked rows are another relay's, so every process may do this at once."""
        table = tables.outbox
        pending = (
            select(table)
            .where(table.c.sent_at.is_(None), table.c.created_at <= func.now() - self._relay_age)
            .order_by(table.c.id)
            .limit(_RELAY_BATCH)
            .with_for_update(skip_locked=True)
        )
        async with self._database.write(purpose("relay")) as session:
            envelopes = [Envelope.from_row(row) for row in (await session.execute(pending)).mappings()]
            results = await asyncio.gather(*map(self._bus.publish, envelopes), return_exceptions=True)
            sent = [one.id for one, result in zip(envelopes, results, strict=True) if result is None]
            if sent:
                await self._set_sent(session, sent)
        _SENT.labels(self._database.service, "relayed").inc(len(sent))
        return len(sent)

    async def _refill(self) -> None:
        """A stream that is younger than what was sent to it has lost it: that is pending again."""
        table = tables.outbox
        for kind, stream in (("event.%", "EVENTS"), ("job.%", "JOBS")):
            lost = table.c.subject.like(kind) & (table.c.sent_at < self._bus.born[stream])
            async with self._database.write(purpose("relay")) as session:
                await session.execute(update(table).where(lost).values(sent_at=None))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(jitter.between(*_SWEEP_EVERY))
            with suppress(TertuliaError):
                await sweep(self._database)
