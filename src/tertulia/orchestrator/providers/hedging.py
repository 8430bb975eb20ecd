"""A second attempt beside one that is slow to begin: the first that says something answers, the other is cancelled.

After J. Dean and L. Barroso, "The Tail at Scale" (2013): a few calls more buy a much shorter tail. Whom to ask, and
whether it may be, is the failover's to say; attempts give their own permits back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from prometheus_client import Counter

from tertulia.orchestrator.providers.failures import ProviderFailure, ProviderRejected

T = TypeVar("T")

_HEDGES = Counter(
    "tertulia_provider_hedges_total",
    "Calls that a provider was slow to begin: the second attempt won, lost, was refused, or both failed",
    ("provider", "outcome"),
)


async def first_of(
    attempt: Coroutine[Any, Any, T],
    another: Callable[[], Coroutine[Any, Any, T | None]],
    *,
    after: timedelta,
    drop: Callable[[T], Awaitable[None]],
    slow: str,
) -> T:
    """What ``attempt`` gives or, when that has not come ``after`` so long, what ``another`` gives if that is sooner;
    None from it: there may be no second attempt. ``drop`` closes what came and is not taken; ``slow`` is the first
    one's provider, as metrics know it.

    Raises: ProviderFailure when both fail: a refusal of the request itself, else what came last.
    """
    tasks: list[asyncio.Task[T | None]] = [asyncio.create_task(attempt, name="ask a provider")]
    try:
        begun, _ = await asyncio.wait(tasks, timeout=after.total_seconds())
        if not begun:
            tasks.append(asyncio.create_task(another(), name="ask another provider"))
        winner, answer = await _first(tasks)
        await _end((task for task in tasks if task is not winner), drop)
    except BaseException as error:
        await _end(tasks, drop)
        if isinstance(error, ProviderFailure):
            _count(slow, tasks, None)
        raise
    _count(slow, tasks, winner)
    return answer


async def _first(tasks: Sequence[asyncio.Task[T | None]]) -> tuple[asyncio.Task[T | None], T]:
    """The first that has an answer."""
    failures: list[ProviderFailure] = []
    running = set(tasks)
    while running:
        ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            try:
                if (answer := task.result()) is not None:
                    return task, answer
            except ProviderFailure as failure:
                failures.append(failure)
    raise next((one for one in failures if isinstance(one, ProviderRejected)), failures[-1])


async def _end(tasks: Iterable[asyncio.Task[T | None]], drop: Callable[[T], Awaitable[None]]) -> None:
    """Cancels them, waits until they have given back what they held, and drops what they got all the same."""
    ending = list(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)
    for task in ending:
        if not task.cancelled() and task.exception() is None and (answer := task.result()) is not None:
            await drop(answer)


def _count(slow: str, tasks: Sequence[asyncio.Task[T | None]], winner: asyncio.Task[T | None] | None) -> None:
    for hedge in tasks[1:]:
        refused = not hedge.cancelled() and hedge.exception() is None and hedge.result() is None
        if refused:
            outcome = "refused"
        elif winner is None:
            outcome = "failed"
        else:
            outcome = "won" if winner is hedge else "lost"
        _HEDGES.labels(slow, outcome).inc()
