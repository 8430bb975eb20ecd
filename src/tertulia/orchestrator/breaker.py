"""Whether something that may fail is worth trying now: a breaker, and the rest that was asked for.

Closed, it counts; it opens on failures in a row or on a share of the latest calls. Open, it refuses for a while, then
lets one call through as a probe, which closes it or opens it for twice as long. Keys at providers have one for each
model, steps that an answer can do without have one for each tenant and one for all; what counts as a failure is theirs
to say.
"""

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

import msgspec


class BreakerRules(msgspec.Struct, frozen=True):
    """Opens after ``in_a_row`` failures, or when ``share`` of the latest ``sample`` calls failed."""

    in_a_row: int = 5
    sample: int = 20
    share: float = 0.5
    rest: timedelta = timedelta(seconds=5)
    longest_rest: timedelta = timedelta(minutes=1)


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


class Breaker:
    """Ask ``begin`` before each call; then say how it went, exactly once."""

    def __init__(
        self,
        rules: BreakerRules,
        *,
        told: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``told`` hears of each opening, with the seconds of its rest, and of each closing, with 0."""
        self.state = State.CLOSED
        self._rules = rules
        self._told = told
        self._clock = clock
        self._in_a_row = 0
        self._latest: deque[bool] = deque(maxlen=rules.sample)
        self._rest = rules.rest.total_seconds()
        self._closed_until = 0.0
        self._asleep_until = 0.0
        self._failed_at = float("-inf")

    def ready_in(self) -> float:
        """Seconds until a call may be let through; 0 is now, infinity while a probe is on its way."""
        now = self._clock()
        until = max(self._asleep_until, self._closed_until if self.state is State.OPEN else 0.0)
        if until > now:
            return until - now
        return float("inf") if self.state is State.PROBING else 0.0

    def asleep_for(self) -> float:
        """Seconds of the rest that the provider asked for itself."""
        return max(0.0, self._asleep_until - self._clock())

    def failed_lately(self) -> bool:
        """Within the longest rest: another key is better, if there is one."""
        return self._clock() - self._failed_at < self._rules.longest_rest.total_seconds()

    def begin(self) -> bool:
        """Whether a call may be made now; after a rest, the first one is the probe."""
        if self.ready_in() > 0:
            return False
        if self.state is State.OPEN:
            self.state = State.PROBING
        return True

    def succeeded(self) -> None:
        self._in_a_row = 0
        self._failed_at = float("-inf")
        self._latest.append(True)
        if self.state is State.PROBING:
            self._close()

    def failed(self) -> None:
        self._in_a_row += 1
        self._failed_at = self._clock()
        self._latest.append(False)
        if self.state is State.PROBING:
            self._rest = min(2 * self._rest, self._rules.longest_rest.total_seconds())
            self._open()
        elif self.state is State.CLOSED and (self._in_a_row >= self._rules.in_a_row or self._too_many_failed()):
            self._open()

    def undecided(self) -> None:
        """The call told nothing about the provider's health: a probe gives way to the next."""
        if self.state is State.PROBING:
            self.state = State.OPEN

    def sleep(self, wait: timedelta) -> None:
        """The provider asked to be left alone for so long, which is no failure."""
        self.undecided()
        self._asleep_until = max(self._asleep_until, self._clock() + wait.total_seconds())

    def _too_many_failed(self) -> bool:
        latest = self._latest
        return len(latest) == self._rules.sample and latest.count(False) >= self._rules.share * len(latest)

    def _open(self) -> None:
        self.state = State.OPEN
        self._closed_until = self._clock() + self._rest
        self._told(self._rest)

    def _close(self) -> None:
        self.state = State.CLOSED
        self._latest.clear()
        self._rest = self._rules.rest.total_seconds()
        self._told(0)
