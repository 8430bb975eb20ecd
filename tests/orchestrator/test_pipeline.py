"""The runner of steps: needs, time, criticality, cancellation, and graphs that are refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tertulia.orchestrator.breaker import BreakerRules
from tertulia.orchestrator.pipeline import step_breakers
from tertulia.orchestrator.pipeline.runner import Pipeline, Progress, Step, StepTimedOut, WrongGraph, one_after_another
from tertulia.platform.errors import NotFound

Work = list[str]
Run = Callable[[Work], Awaitable[None]]


def note(name: str) -> Run:
    async def run(work: Work) -> None:
        await asyncio.sleep(0)
        work.append(name)

    return run


async def fail(_: Work) -> None:
    raise ValueError("broken")


async def never(_: Work) -> None:
    await asyncio.get_running_loop().create_future()


async def test_a_step_that_is_not_wanted_is_not_heard_of() -> None:
    """Those that need it go on as if it had ended."""
    done: list[str] = []
    heard: list[str] = []

    async def note(_: object) -> None:
        done.append("noted")

    steps = [Step("idle", note, wanted=lambda _: False), Step("last", note, needs=("idle",))]
    await Pipeline(steps).run(object(), lambda progress: heard.append(progress.name))
    assert (done, set(heard)) == (["noted"], {"last"})


async def test_a_step_starts_when_its_needs_are_met() -> None:
    """Independent steps run side by side; each is told of at its beginning and its end."""
    seen: list[Progress] = []
    work: Work = []
    both = asyncio.Barrier(2)

    async def meet(found: Work) -> None:
        await both.wait()
        found.append("met")

    steps = [Step("last", note("last"), ("a", "b")), Step("a", meet, ("first",)), Step("b", meet, ("first",))]
    await Pipeline([*steps, Step("first", note("first"))]).run(work, seen.append)
    assert work == ["first", "met", "met", "last"]
    assert [one.name for one in seen if one.status == "ok"][-1] == "last"
    assert all(one.record is not None for one in seen if one.status != "running")


async def test_steps_can_be_made_to_wait_for_one_another() -> None:
    """One at a time, in their order: also those that need nothing of each other, and past one that is not wanted."""
    seen: list[Progress] = []
    work: Work = []
    steps = [
        Step("first", note("first")),
        Step("a", note("a"), ("first",)),
        Step("idle", note("idle"), ("first",), wanted=lambda _: False),
        Step("b", note("b"), ("first",)),
        Step("last", note("last"), ("a", "b")),
    ]
    await Pipeline(one_after_another(steps)).run(work, seen.append)
    assert work == ["first", "a", "b", "last"]
    assert [one.status for one in seen] == ["running", "ok"] * 4


async def test_a_step_that_is_not_critical_is_passed_over() -> None:
    """What needs it runs all the same, and the record says that it failed."""
    seen: list[Progress] = []
    work: Work = []
    await Pipeline([Step("extra", fail, critical=False), Step("rest", note("rest"), ("extra",))]).run(work, seen.append)
    assert work == ["rest"]
    (failed,) = [one for one in seen if one.status == "failed"]
    assert failed.record is not None
    assert failed.record.error_code == "internal_error"


async def test_a_step_that_keeps_failing_is_skipped_for_a_while() -> None:
    """Nobody waits for it any more; after its rest it is tried again, and when that is well, for good."""
    seen: list[Progress] = []
    broken = [True]

    async def flaky(work: Work) -> None:
        work.append("tried")
        if broken[0]:
            raise ValueError

    steps = [Step("extra", flaky, critical=False), Step("rest", note("rest"), ("extra",))]
    pipeline = Pipeline(steps, BreakerRules(in_a_row=2, rest=timedelta(0)))
    resting = Pipeline(steps, BreakerRules(in_a_row=2, rest=timedelta(hours=1)))
    for _ in range(3):
        work: Work = []
        await resting.run(work, seen.append)
    assert work == ["rest"]
    (skipped,) = [one for one in seen if one.status == "skipped"]
    assert skipped.record is not None
    assert skipped.record.error_code == "step_skipped"
    for broken[0] in (True, True, False, False):
        work = []
        await pipeline.run(work, seen.append)
        assert work == ["tried", "rest"]


class OfTenants:
    """A step that fails for some tenants; ``run`` says how it went for each of a row of them, a letter each."""

    def __init__(self, **rules: Any) -> None:
        self.broken = ""
        steps = [Step("extra", self._work, critical=False)]
        self.pipeline = Pipeline(steps, BreakerRules(**rules), tenant=lambda work: work[0])

    async def _work(self, work: Work) -> None:
        if work[0] in self.broken:
            raise ValueError

    async def run(self, tenants: str) -> list[str]:
        seen: list[Progress] = []
        for tenant in tenants:
            await self.pipeline.run([tenant], seen.append)
        return [one.status for one in seen if one.record]


async def test_one_tenants_broken_step_is_not_taken_from_the_others() -> None:
    """However often it fails, and whether or not others succeed meanwhile; it alone is skipped."""
    steps = OfTenants(in_a_row=3, rest=timedelta(hours=1))
    steps.broken = "a"
    assert await steps.run("aaaaaaaa") == ["failed"] * 3 + ["skipped"] * 5
    assert await steps.run("bcb") == ["ok"] * 3
    steps = OfTenants(in_a_row=1000, sample=4, rest=timedelta(hours=1))
    steps.broken = "a"
    assert await steps.run("abababab" * 3) == ["failed", "ok"] * 4 + ["skipped", "ok"] * 8


async def test_what_fails_for_everybody_is_skipped_for_everybody() -> None:
    """Tenants in a row, each counted once; after its rest one of them tries for all."""
    steps = OfTenants(in_a_row=3, rest=timedelta(hours=1))
    steps.broken = "abc"
    assert await steps.run("aabbcd") == ["failed"] * 5 + ["skipped"]
    steps = OfTenants(in_a_row=3, rest=timedelta(0))
    steps.broken = "abc"
    assert await steps.run("abc") == ["failed"] * 3
    steps.broken = ""
    assert await steps.run("dabc") == ["ok"] * 4


async def test_tenants_that_fail_are_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not failed for longest is forgotten first, and so is tried again."""
    monkeypatch.setattr(step_breakers, "MOST_TENANTS", 2)
    steps = OfTenants(in_a_row=2, rest=timedelta(hours=1))
    steps.broken = "abc"
    assert await steps.run("aaadb") == ["failed", "failed", "skipped", "ok", "failed"]
    assert await steps.run("da") == ["ok", "skipped"]
    assert await steps.run("cda") == ["failed", "ok", "failed"]


async def test_a_wrong_question_is_not_the_steps_fault() -> None:
    """Errors of the asker, and runs that are cut short, open no breaker."""
    seen: list[Progress] = []

    async def refuse(_: Work) -> None:
        raise NotFound("There is no such thing.")

    pipeline = Pipeline([Step("extra", refuse, critical=False)], BreakerRules(in_a_row=1, rest=timedelta(hours=1)))
    for _ in range(3):
        await pipeline.run([], seen.append)
    assert [one.status for one in seen if one.record] == ["failed"] * 3


async def test_a_critical_failure_ends_the_run_with_its_error() -> None:
    """Everything else is cancelled at once."""
    seen: list[Progress] = []
    with pytest.raises(ValueError, match="broken"):
        await Pipeline([Step("bad", fail), Step("slow", never)]).run([], seen.append)
    assert {one.name: one.status for one in seen} == {"bad": "failed", "slow": "cancelled"}


async def test_a_step_has_its_own_time() -> None:
    """When it is over the step has failed, with a code."""
    seen: list[Progress] = []
    with pytest.raises(StepTimedOut):
        await Pipeline([Step("slow", never, timeout=timedelta(milliseconds=10))]).run([], seen.append)
    assert seen[-1].record is not None
    assert seen[-1].record.error_code == "step_timed_out"


async def test_cancelling_the_run_cancels_every_step() -> None:
    """Promptly, and each leaves its record."""
    seen: list[Progress] = []
    running = asyncio.create_task(Pipeline([Step("a", never), Step("b", never)]).run([], seen.append))
    while len(seen) < 2:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [one.status for one in seen] == ["running", "running", "cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([Step("a", fail), Step("a", fail)], "two steps have one name"),
        ([Step("a", fail, ("b",))], "needs what no step is called"),
        ([Step("a", fail, ("b",)), Step("b", fail, ("a",))], "in a circle"),
    ],
)
def test_a_wrong_graph_is_refused_when_it_is_built(steps: list[Step[Work]], problem: str) -> None:
    """Names used twice, unknown needs, circles."""
    with pytest.raises(WrongGraph, match=problem):
        Pipeline(steps)
