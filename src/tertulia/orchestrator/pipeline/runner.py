"""Runs a graph of steps: each starts when its needs are met, within its own time, and leaves a record.

Of steps that may begin at once the first given begins first: one that soon waits for others is given before one that
keeps the processor busy. A step that fails and is not critical is passed over, and whoever watches is told; when it
keeps failing, for one tenant or for all, it is skipped at once for a while, and then tried again (``step_breakers``). A
critical one ends the run with its error. Cancelling the run cancels every step at once. A wrong graph is an error when
it is built.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Generic, Literal, TypeVar

import structlog
from prometheus_client import Histogram

from tertulia.contracts.orchestrator import StepRecord
from tertulia.orchestrator.breaker import BreakerRules
from tertulia.orchestrator.pipeline.step_breakers import StepBreakers, Trial
from tertulia.platform.errors import DeadlineExceeded, TertuliaError
from tertulia.platform.telemetry import span

log = structlog.get_logger()
T = TypeVar("T")

_SECONDS = Histogram(
    "tertulia_pipeline_step_seconds",
    "Time of a step",
    ("step", "status"),
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
)
DEFAULT_TIMEOUT = timedelta(seconds=30)
SKIPPED = "step_skipped"
_RULES = BreakerRules()
_SERVER_FAULT = 500


class StepTimedOut(DeadlineExceeded):
    code, title = "step_timed_out", "A step took too long"


class WrongGraph(ValueError):
    """The steps cannot be run: a name is used twice, a need is unknown, or needs go in a circle."""


@dataclass(frozen=True)
class Step(Generic[T]):
    """``needs`` are the steps that must have ended before. ``critical``: without it there is no answer. ``wanted``: a
    step that this work does not want counts as ended, and nobody hears of it.
    """

    name: str
    run: Callable[[T], Awaitable[None]]
    needs: tuple[str, ...] = ()
    timeout: timedelta = DEFAULT_TIMEOUT
    critical: bool = True
    wanted: Callable[[T], bool] = lambda _: True


def one_after_another(steps: Sequence[Step[T]]) -> list[Step[T]]:
    """The same steps, each only when the one before it has ended: what is saved by running them side by side is
    measured against this. ``steps`` are in an order in which they can be run.
    """
    later = [replace(step, needs=(*step.needs, before.name)) for before, step in pairwise(steps)]
    return [*steps[:1], *later]


@dataclass(frozen=True, slots=True)
class Progress:
    """``record`` is there once the step has ended."""

    name: str
    status: Literal["running", "ok", "failed", "skipped", "cancelled"]
    record: StepRecord | None = None


class Pipeline(Generic[T]):
    def __init__(
        self,
        steps: Sequence[Step[T]],
        rules: BreakerRules = _RULES,
        *,
        tenant: Callable[[T], Hashable] = lambda _: None,
    ) -> None:
        """``rules``: when a step that is not critical has failed so often that it is skipped; ``tenant``: whose work
        it is, so that what is wrong with one's is not held against the others'.
        """
        self._steps = tuple(steps)
        self._tenant = tenant
        self._breakers = {step.name: StepBreakers(step.name, rules) for step in self._steps if not step.critical}
        _check(self._steps)

    async def run(self, work: T, watch: Callable[[Progress], None]) -> None:
        """Run all steps on ``work``. ``watch`` hears of each beginning and end, in order.

        Raises: what a critical step raised.
        """
        waiting, ended = list(self._steps), set[str]()

        def go_on() -> None:
            """Begin what may begin, in the order in which the steps were given."""
            while (step := next((one for one in waiting if ended.issuperset(one.needs)), None)) is not None:
                waiting.remove(step)
                if step.wanted(work):
                    group.create_task(run(step), name=f"step {step.name}")
                else:
                    ended.add(step.name)

        async def run(step: Step[T]) -> None:
            await self._run(step, work, watch)
            ended.add(step.name)
            go_on()

        try:
            async with asyncio.TaskGroup() as group:
                go_on()
        except BaseExceptionGroup as failures:
            raise _first(failures) from None

    async def _run(self, step: Step[T], work: T, watch: Callable[[Progress], None]) -> None:
        trial: Trial | None = None
        if (breakers := self._breakers.get(step.name)) is not None:
            trial = breakers.begin(self._tenant(work))
            if trial is None:
                watch(Progress(step.name, "skipped", StepRecord(step.name, "skipped", 0, SKIPPED)))
                return
        watch(Progress(step.name, "running"))
        started = time.monotonic()

        def end(status: Literal["ok", "failed", "cancelled"], error_code: str | None = None) -> None:
            seconds = time.monotonic() - started
            _SECONDS.labels(step.name, status).observe(seconds)
            watch(Progress(step.name, status, StepRecord(step.name, status, round(seconds * 1000), error_code)))

        try:
            with span(f"step {step.name}"):
                await _within(step, work)
        except asyncio.CancelledError:
            _judge(trial, None)
            end("cancelled")
            raise
        except Exception as error:
            _judge(trial, error)
            code = error.code if isinstance(error, TertuliaError) else "internal_error"
            end("failed", code)
            if step.critical:
                raise
            log.warning("step_passed_over", step=step.name, code=code, exc_info=error)
        else:
            if trial is not None:
                trial.succeeded()
            end("ok")


def _judge(trial: Trial | None, error: Exception | None) -> None:
    """What was wrong with the question, or was cut short, says nothing of the step's health."""
    if trial is None:
        return
    if error is None or (isinstance(error, TertuliaError) and error.status < _SERVER_FAULT):
        trial.undecided()
    else:
        trial.failed()


async def _within(step: Step[T], work: T) -> None:
    timeout = asyncio.timeout(step.timeout.total_seconds())
    try:
        async with timeout:
            await step.run(work)
    except TimeoutError as error:
        if not timeout.expired():
            raise
        raise StepTimedOut("This took longer than it may. Ask again.") from error


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _check(steps: Sequence[Step[T]]) -> None:
    names = [step.name for step in steps]
    if len(set(names)) != len(names):
        raise WrongGraph(f"two steps have one name: {sorted({name for name in names if names.count(name) > 1})}")
    for step in steps:
        if unknown := set(step.needs) - set(names):
            raise WrongGraph(f"{step.name} needs what no step is called: {sorted(unknown)}")
    waiting = {step.name: set(step.needs) for step in steps}
    while ready := [name for name, needs in waiting.items() if not needs]:
        for name in ready:
            del waiting[name]
        for needs in waiting.values():
            needs.difference_update(ready)
    if waiting:
        raise WrongGraph(f"steps wait for one another in a circle: {sorted(waiting)}")
