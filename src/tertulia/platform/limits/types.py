"""What is asked of the limits, and what they answer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket: ``capacity`` at once, filled again evenly over ``per``; a call takes ``cost`` of it.

    ``local_share``: the part of it that one process may give out while Valkey is away, where the usual is too little.
    """

    key: str
    capacity: int
    per: timedelta
    cost: int = 1
    local_share: float | None = None

    @property
    def bound(self) -> int:
        return self.capacity


@dataclass(frozen=True, slots=True)
class LeaseLimit:
    """One of ``limit`` places at once, held under ``id`` until released or until ``ttl`` is over."""

    key: str
    id: str
    limit: int
    ttl: timedelta

    @property
    def bound(self) -> int:
        return self.limit


class State(NamedTuple):
    """What is left after the decision; ``reset`` is the time until all of it is there again."""

    limit: int
    remaining: int
    reset: timedelta


@dataclass(frozen=True, slots=True)
class Decision:
    """``states`` are in the order asked: buckets, then leases. ``retry_after`` is None where waiting does not help."""

    allowed: bool
    revoked: bool = False
    denied_by: str | None = None
    states: tuple[State, ...] = ()
    retry_after: timedelta | None = None
