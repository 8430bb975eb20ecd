"""Answers that are asked for once and then known for a while, even when the one who gave them is away.

One question at a time for each key. "There is none" is known too, but briefly. What is forgotten while it is being
asked for is asked again. In the process only: each replica knows for itself.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

import structlog
from prometheus_client import Counter

from tertulia.platform.errors import TertuliaError, Unavailable

log = structlog.get_logger()
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_ANSWERS = Counter("tertulia_gateway_remembered_total", "Answers by where they came from", ["what", "result"])
_SERVER_ERROR = 500
_AGAIN = timedelta(seconds=1)


class _Known(Generic[V]):
    __slots__ = ("ask_again", "asked", "value")

    def __init__(self, value: V | None, asked: float, ask_again: float) -> None:
        self.value = value
        self.asked = asked
        self.ask_again = ask_again


class Remembered(Generic[K, V]):
    """``ask`` returns None for "there is none"; a 5xx from it means that it is away."""

    def __init__(
        self,
        what: str,
        ask: Callable[[K], Awaitable[V | None]],
        *,
        fresh: timedelta = timedelta(seconds=60),
        while_away: timedelta = timedelta(minutes=15),
        none: timedelta = timedelta(seconds=5),
        bound: int = 50_000,
    ) -> None:
        self._what = what
        self._ask = ask
        self._fresh = fresh.total_seconds()
        self._while_away = while_away.total_seconds()
        self._none = none.total_seconds()
        self._bound = bound
        self._known: OrderedDict[K, _Known[V]] = OrderedDict()
        self._asking: dict[K, asyncio.Task[V | None]] = {}
        self._hit = _ANSWERS.labels(what, "hit")

    def peek(self, key: K) -> _Known[V] | None:
        """What is known and still fresh."""
        known = self._known.get(key)
        return known if known is not None and time.monotonic() < known.ask_again else None

    async def get(self, key: K, *, not_older_than: timedelta | None = None) -> V | None:
        """The answer, at most ``fresh`` old (or ``not_older_than``), or while the other is away ``while_away``.

        Raises: Unavailable when it is away and nothing is known.
        """
        known = self.peek(key)
        if known is not None and (
            not_older_than is None or time.monotonic() - known.asked < not_older_than.total_seconds()
        ):
            self._hit.inc()
            return known.value
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._find(key))
            task.add_done_callback(lambda done: self._asked(key, done))
        # A caller that leaves must not take the answer from the others.
        return await asyncio.shield(task)

    def forget(self, concerns: Callable[[K, V | None], bool]) -> None:
        """Drop what concerns somebody, and let no answer that is under way be remembered."""
        for key in [key for key, known in self._known.items() if concerns(key, known.value)]:
            del self._known[key]
        self._asking.clear()

    def expire(self) -> None:
        """Let everything be asked again, but keep it for when nobody answers."""
        for known in self._known.values():
            known.ask_again = 0.0
        self._asking.clear()

    async def _find(self, key: K) -> V | None:
        asked = time.monotonic()
        try:
            value = await self._ask(key)
        except TertuliaError as error:
            if error.status < _SERVER_ERROR:
                raise
            return self._from_before(key, error)
        _ANSWERS.labels(self._what, "asked" if value is not None else "none").inc()
        if self._asking.get(key) is asyncio.current_task():
            lasts = self._fresh if value is not None else self._none
            self._remember(key, _Known(value, asked, asked + lasts))
        return value

    def _from_before(self, key: K, error: TertuliaError) -> V | None:
        known = self._known.get(key)
        now = time.monotonic()
        if known is None or known.value is None or now - known.asked > self._while_away:
            _ANSWERS.labels(self._what, "away").inc()
            raise Unavailable("Your access cannot be checked at the moment. Try again.", retry_after=_AGAIN) from error
        _ANSWERS.labels(self._what, "stale").inc()
        log.warning("answered_from_before", what=self._what, code=error.code, age=round(now - known.asked))
        known.ask_again = now + _AGAIN.total_seconds()
        return known.value

    def _remember(self, key: K, known: _Known[V]) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > self._bound:
            self._known.popitem(last=False)

    def _asked(self, key: K, done: asyncio.Task[V | None]) -> None:
        if self._asking.get(key) is done:
            del self._asking[key]
        if not done.cancelled():
            done.exception()  # its callers have raised it
