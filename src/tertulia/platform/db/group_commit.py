"""Writes that come together go together: one transaction for all that waited while the last one was on its way.

For what every request writes. Nobody waits for a timer: an empty line is written at once, and under load the line is
the batch. Each item is written under its own scope, so row-level security holds for it as in a transaction of its own,
and its caller is answered after its commit. An item that cannot be written fails alone. A caller that leaves changes
nothing: what was accepted is written.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import structlog
from prometheus_client import Gauge, Histogram

from tertulia.platform.db.database import Database
from tertulia.platform.db.scope import Scope
from tertulia.platform.db.session import Publisher, WriteSession
from tertulia.platform.errors import DeadlineExceeded, Unavailable

log = structlog.get_logger()
T = TypeVar("T")
R = TypeVar("R")

_MOST_AT_ONCE = 500
_MOST_WAITING = 10_000
_SHORTLY = timedelta(seconds=1)
_SIZE = Histogram(
    "tertulia_db_group_commit_items", "Items of one transaction", ("group",), buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
_WAITING = Gauge("tertulia_db_group_commit_waiting", "Items that wait for the transaction on its way", ("group",))


class LineFull(Unavailable):
    """More is asked to be written than the database takes."""


class _Item(Generic[T, R]):
    __slots__ = ("done", "scope", "value")

    def __init__(self, scope: Scope, value: T, done: "asyncio.Future[R]") -> None:
        self.scope = scope
        self.value = value
        self.done = done


@dataclass(frozen=True)
class AtOnce(Generic[T, R]):
    """A statement that writes all items of a scope or fails, and what became of each when it did not.

    ``rows`` makes its one parameter, JSON (``$1``).
    """

    statement: str
    rows: Callable[[Sequence[T]], Sequence[object]]
    became: R


class GroupCommit(Generic[T, R]):
    """``write`` is given the items of one scope and gives back what became of each, in their order.

    With ``at_once`` a batch goes in one round trip; where that fails, its transaction is made again with ``write``.
    ``publish`` is given all of a transaction's items with what became of them, for what others are to be told. Both may
    run again for an item after a failure, in a new transaction. Enter it to use it; leaving waits for what is accepted.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        write: Callable[[WriteSession, Sequence[T]], Awaitable[Sequence[R]]],
        publish: Callable[[Publisher, Sequence[tuple[T, R]]], None] | None = None,
        *,
        at_once: AtOnce[T, R] | None = None,
        most_at_once: int = _MOST_AT_ONCE,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self._database = database
        self._write = write
        self._publish = publish
        self._at_once = at_once
        self._most_at_once = most_at_once
        self._most_waiting = most_waiting
        self._line: deque[_Item[T, R]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._size = _SIZE.labels(name)
        _WAITING.labels(name).set_function(lambda: len(self._line))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writing is not None:
            await asyncio.wait((self._writing,))

    async def add(self, scope: Scope, value: T) -> R:
        """What became of the item, once its transaction is durable. Raises: as ``put`` and what that gives."""
        return await self.put(scope, value)

    def put(self, scope: Scope, value: T) -> "asyncio.Future[R]":
        """As ``add``, for who has something else to do meanwhile: the future raises what the writing raised
        (Unavailable, DeadlineExceeded, …).

        Raises: LineFull, before anything is done.
        """
        if len(self._line) >= self._most_waiting:
            raise LineFull("Too much waits to be written. Try again shortly.", retry_after=_SHORTLY)
        item: _Item[T, R] = _Item(scope, value, asyncio.get_running_loop().create_future())
        self._line.append(item)
        if self._writing is None:
            # A context of its own: what is written is no longer the work of the call that came first.
            self._writing = asyncio.create_task(self._write_all(), name="group commit", context=Context())
        return item.done

    async def _write_all(self) -> None:
        try:
            while self._line:
                batch = [self._line.popleft() for _ in range(min(len(self._line), self._most_at_once))]
                self._size.observe(len(batch))
                await self._write_batch(batch)
        except BaseException:
            _fail(self._line, Unavailable("The process is stopping. Try again.", retry_after=_SHORTLY))
            self._line.clear()
            raise
        finally:
            self._writing = None

    async def _write_batch(self, batch: Sequence[_Item[T, R]]) -> None:
        try:
            results = await self._all_at_once(batch) or await self._transaction(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the callers' to know
            if len(batch) == 1 or isinstance(error, Unavailable | DeadlineExceeded):
                _fail(batch, error)
                return
            # One of them cannot be written: halves of halves, until it fails alone.
            middle = len(batch) // 2
            await self._write_batch(batch[:middle])
            await self._write_batch(batch[middle:])
        except BaseException:
            _fail(batch, Unavailable("The process is stopping. Try again.", retry_after=_SHORTLY))
            raise
        else:
            for item, result in zip(batch, results, strict=True):
                if not item.done.done():
                    item.done.set_result(result)

    async def _all_at_once(self, batch: Sequence[_Item[T, R]]) -> Sequence[R] | None:
        """None when something stood in the way: nothing was written then."""
        if self._at_once is None:
            return None
        turns = [
            (scope, self._at_once.statement, self._at_once.rows([batch[number].value for number in numbers]))
            for scope, numbers in _by_scope(batch).items()
        ]
        results = [self._at_once.became] * len(batch)
        publisher = Publisher()
        if self._publish is not None:
            self._publish(publisher, [(item.value, self._at_once.became) for item in batch])
        try:
            await self._database.write_at_once(turns, publisher)
        except (Unavailable, DeadlineExceeded):
            raise
        except Exception as error:  # noqa: BLE001 - ``write`` finds out what it is, and whose
            log.info("not_written_at_once", items=len(batch), reason=type(error).__name__)
            return None
        return results

    async def _transaction(self, batch: Sequence[_Item[T, R]]) -> Sequence[R]:
        scopes = _by_scope(batch)
        became: dict[int, R] = {}
        async with self._database.write_in_turn(batch[0].scope) as turns:
            for scope, numbers in scopes.items():
                session = await turns.turn_to(scope)
                results = await self._write(session, [batch[number].value for number in numbers])
                became.update(zip(numbers, results, strict=True))
            if self._publish is not None:
                self._publish(session, [(item.value, became[number]) for number, item in enumerate(batch)])
        return [became[number] for number in range(len(batch))]


def _by_scope(batch: Sequence[_Item[Any, Any]]) -> dict[Scope, list[int]]:
    scopes: dict[Scope, list[int]] = {}
    for number, item in enumerate(batch):
        scopes.setdefault(item.scope, []).append(number)
    return scopes


def _fail(batch: Iterable[_Item[Any, Any]], error: Exception) -> None:
    for item in batch:
        if not item.done.done():
            item.done.set_exception(error)
        else:
            log.warning("group_commit_lost_an_item", reason=repr(error))
