"""Tells streams that their answer has ended, or should have: one query for all the streams of a process.

A stream hears of the end from the log. This is for the ends that the log never tells: the worker failed for good, or
Valkey lost the log and nobody is left to put it back. It also holds a stream's last words until the answer is stored,
so that who has read to the end finds it whole. Nothing is asked of the database while nobody reads.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Gauge

from tertulia.chat.repository import Answers
from tertulia.platform.db import Database, purpose
from tertulia.platform.errors import TertuliaError

log = structlog.get_logger()

DEADLINE = timedelta(minutes=10)
"""A generation's own; when it is over and nothing is heard, nothing will be."""

_BATCH = 5000
_FIRST_LOOK_SECONDS = 0.05
_OPEN = Gauge("tertulia_chat_streams_open", "Answers that are being streamed to a reader")


class Watched:
    """One reader's stream. ``ended``: its answer has an end in the database; ``overdue``: it should have had one."""

    __slots__ = ("_patience", "_stored", "_waiting", "answer_id", "deadline", "ended", "heard", "overdue")

    def __init__(self, answer_id: UUID, deadline: datetime, patience: float) -> None:
        self.answer_id = answer_id
        self.deadline = deadline
        self.ended = False
        self.overdue = False
        self.heard = False
        self._patience = patience
        self._waiting: asyncio.Timeout | None = None
        self._stored: asyncio.Event | None = None

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Around a wait for the log: TimeoutError once there is nothing to wait for.

        After the end in the database the log gets a moment more: most often it is only slower.
        """
        async with asyncio.timeout(self._left()) as timeout:
            self._waiting = timeout
            try:
                yield
            finally:
                self._waiting = None
        self.heard = True

    def end(self, *, overdue: bool) -> None:
        self.ended = self.ended or not overdue
        self.overdue = self.overdue or overdue
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time() + (self._left() or 0))
        if self._stored is not None and self.ended:
            self._stored.set()

    async def stored(self, seconds: float) -> None:
        """Waits for the end in the database, at most so long."""
        self._stored = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stored.wait()

    def _left(self) -> float | None:
        if self.ended:
            return self._patience
        return 0 if self.overdue else None


class AnswerWatch:
    """``patience`` is how long a log may lag behind the database before the stored answer is told in its place."""

    def __init__(self, database: Database, *, every: timedelta, patience: timedelta = timedelta(seconds=2)) -> None:
        self._database = database
        self._every = every.total_seconds()
        self._patience = patience.total_seconds()
        self._streams: dict[UUID, set[Watched]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._open = 0
        _OPEN.set_function(lambda: self._open)

    @property
    def streams_open(self) -> int:
        return self._open

    @contextmanager
    def stream(self, answer_id: UUID, asked_at: datetime, *, ended: bool) -> Iterator[Watched]:
        watched = Watched(answer_id, asked_at + DEADLINE, self._patience)
        watched.ended = ended
        streams = self._streams.setdefault(answer_id, set())
        streams.add(watched)
        self._open += 1
        try:
            yield watched
        finally:
            self._open -= 1
            streams.discard(watched)
            if not streams and self._streams.get(answer_id) is streams:
                del self._streams[answer_id]

    def tell(self, answer_id: UUID) -> None:
        """This process has stored the answer's end."""
        for stream in self._streams.get(answer_id, ()):
            stream.end(overdue=False)

    async def settled(self, watched: Watched) -> None:
        """Waits until the answer's end is in the database, as long as a log may lag behind it and no longer.

        Most often this process hears of it first; when another replica stores it, it is looked for.
        """
        pause, left = _FIRST_LOOK_SECONDS, self._patience
        while not watched.ended and left > 0:
            await watched.stored(pause)
            left, pause = left - pause, 2 * pause
            if not watched.ended:
                await self._look_if_possible()

    async def run(self) -> None:
        """A worker."""
        while True:
            await asyncio.sleep(self._every)
            await self._look_if_possible()
            self._look_at_the_clock()

    async def _look_if_possible(self) -> None:
        """One look at a time: who comes while one is on its way waits for that, and most often it is enough."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._try_to_look(), name="answer watch")
        await asyncio.wait((self._looking,))

    async def _try_to_look(self) -> None:
        try:
            await self.look()
        except TertuliaError as error:
            log.warning("answer_watch_blind", code=error.code)

    async def look(self) -> None:
        waiting = [answer_id for answer_id, streams in self._streams.items() if any(not s.ended for s in streams)]
        for start in range(0, len(waiting), _BATCH):
            async with self._database.read(purpose("watch")) as session:
                ended = await Answers(session).ended(waiting[start : start + _BATCH])
            for answer_id in ended:
                self.tell(answer_id)

    def _look_at_the_clock(self) -> None:
        now = datetime.now(UTC)
        for streams in self._streams.values():
            for stream in streams:
                if now > stream.deadline and not stream.heard:
                    stream.end(overdue=True)
                stream.heard = False
