"""F22 to F24: a provider that is slow, silent, refusing or talking nonsense; a telemetry collector that hangs."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from tests.faults.books import Turn
from tests.faults.checker import Allowed
from tests.faults.experiment import Experiment
from tests.faults.matrix import Row
from tests.faults.system import waited

PING_S = 15.5
SILENCE_ALLOWED_S = 18.0
"""What the orchestrator under test is told; see ``system.PATIENT``."""


async def slow_and_silent(run: Experiment) -> None:
    """The first token too late, two seconds between tokens, and nothing any more; and others who notice nothing."""
    client = await run.client()
    late = f"ttft={round(run.scaled(22, 30) * 1000)}"
    stories = {
        "late": run.question(tokens=5, more=late),
        "slow": run.question(tokens=5, gap=2000),
        "black hole": run.question(tokens=30, more="silent=3"),
        "silent at once": run.question(tokens=30, more="silent=0"),
    }
    async with run.crowd(people=3):
        people = [await run.client() for _ in stories]
        turns = await asyncio.gather(*map(run.ask, people, stories.values()))
        told = dict(zip(stories, turns, strict=True))
    run.verdict.expect(told["slow"].end == "finish", f"2 s gaps ended with {told['slow'].end}")
    for name in ("late", "black hole", "silent at once"):
        _ended_by_a_reason(run, told[name], name)
        seconds = (told[name].ended or 0) - told[name].began
        run.verdict.at_most(f"{name} told after", seconds, SILENCE_ALLOWED_S + 5)
    silence = max(attempt.longest_silence for turn in turns for attempt in turn.attempts)
    run.verdict.at_most("longest silence on a stream", silence, PING_S)
    # A title is asked for with the same words, and so takes as long as the answer that it is for.
    await waited(lambda: run.system.provider.state()["in_flight"] == 0, "no request is open at the provider", 30)
    await run.until_served(client)
    await run.judge(Allowed(failures=True))


def _ended_by_a_reason(run: Experiment, turn: Turn, name: str) -> None:
    body = turn.parts[-1].body if turn.parts else {}
    run.verdict.expect(turn.end == "error" and body.get("code") and body.get("errorText"), f"{name}: ended with {body}")


async def refusing(run: Experiment) -> None:
    """One call in ten is refused or reset at once, whatever was asked; then all of them for a while."""
    people = [await run.client() for _ in range(6)]
    fine: list[dict[str, object]] = [{}] * 9
    bad: list[dict[str, object]] = [{"fail": 429, "retry_after": 0.2}, {"fail": 500}, {"reset": -1}, {"fail": 503}]
    rounds = round(run.scaled(8, 60))
    script = [one for at in range(rounds) for one in run.chance.sample([*fine, bad[at % len(bad)]], 10)]
    run.system.provider.script_each(script)
    turns = []
    for _ in range(len(script) // len(people)):
        asked = [run.ask(person, run.question(tokens=5, gap=0), 30) for person in people]
        turns += await asyncio.gather(*asked)
    run.system.provider.forget_script()
    _attempts(run, turns, storm=False)
    run.system.provider.always(fail=500)
    stormed = await asyncio.gather(*(run.ask(person, run.question(tokens=5, gap=0), 30) for person in people))
    run.system.provider.forget_script()
    for turn in stormed:
        _ended_by_a_reason(run, turn, "storm")
    _attempts(run, stormed, storm=True)
    charged = await asyncio.to_thread(
        run.system.rows,
        "orchestrator",
        "SELECT count(*) FROM generation WHERE status = 'failed' AND first_token_ms IS NULL "
        "AND (cost > 0 OR completion_tokens > 0)",
    )
    run.verdict.expect(charged[0][0] == 0, f"{charged[0][0]} failed attempts were charged")
    await run.until_served(people[0])
    await run.judge(Allowed(failures=True))


def _attempts(run: Experiment, turns: Sequence[Turn], *, storm: bool) -> None:
    """Book A says how often the provider was called for each question."""
    calls = Counter(emission.question for emission in run.system.emissions())
    asked = [calls[turn.text] for turn in turns]
    name = "storm: " if storm else ""
    run.verdict.figures[f"{name}calls a turn"] = f"{sum(asked) / len(asked):.2f}, at most {max(asked)}"
    run.verdict.expect(max(asked) <= 3, f"{name}{max(asked)} attempts for one turn")
    if not storm:
        run.verdict.expect(sum(asked) / len(asked) <= 1.2, f"{sum(asked) / len(asked):.2f} calls a turn")
        ended_well = sum(turn.end == "finish" for turn in turns) / len(turns)
        run.verdict.figures["answered"] = f"{ended_well:.0%}"


WELL = ("slice=1", "crlf comments", "two_ends", "no_done", "long_line=900000", "slice=7 crlf")
BADLY = ("malformed=4", "cut=4", "truncate=4", "error_at=4", "reset=4", "empty", "content_type=text/html", "fail=400")
NO_FIGURES = ("usage=none", "usage=negative", "usage=huge", "usage=text")


async def nonsense(run: Experiment) -> None:
    """Every way to say it wrongly; what was delivered is what is stored, and the collector hangs all the while."""
    people = [await run.client() for _ in range(4)]
    told: dict[str, Turn] = {}
    for _ in range(round(run.scaled(1, 5))):
        for bad in run.chance.sample(BADLY, len(BADLY)):
            # Most answers are well, or the provider's breaker would open and nothing be said in any way.
            some = [bad, *run.chance.sample((*WELL, *NO_FIGURES), 3)]
            run.chance.shuffle(some)
            asked = [
                run.ask(person, run.question(tokens=20, gap=0, more=story), 40)
                for person, story in zip(people, some, strict=True)
            ]
            told |= dict(zip(some, await asyncio.gather(*asked), strict=True))
    fine = [story for story in (*WELL, *NO_FIGURES) if story in told]
    for story in fine:
        run.verdict.expect(told[story].end == "finish", f"{story}: ended with {told[story].parts[-1:]}")
    for story in BADLY:
        _ended_by_a_reason(run, told[story], story)
    kept = await _answers(run)
    for story in fine:
        usage = kept.get(told[story].question) or {}
        estimated = story in NO_FIGURES
        run.verdict.expect(usage.get("estimated", False) == estimated, f"{story}: usage {usage}")
        run.verdict.expect(usage.get("completion_tokens"), f"{story}: usage {usage}")
    run.verdict.figures["ways"] = str(len(told))
    await run.until_served(people[0])
    await run.judge(Allowed(failures=True))


async def _answers(run: Experiment) -> dict[str | None, dict[str, object] | None]:
    """The usage of each answer by its question, once all have been stored."""
    await run.system.drained()
    kept = await asyncio.to_thread(run.system.kept, [turn.conversation for turn in run.turns])
    return {message.parent: message.usage for message in kept if message.role == "assistant"}


ROWS = [
    Row(
        "F22",
        "provider: first token late, 2 s gaps, black hole",
        "typed within the deadline; ping ≤ 15 s; nothing left in flight",
        slow_and_silent,
    ),
    Row(
        "F23",
        "provider: 429, 500 storm, resets",
        "≤ 3 attempts a turn, ≤ 1.2 calls a turn; failed ones not charged",
        refusing,
    ),
    Row(
        "F24",
        "malformed, sliced, cut SSE; no usage; telemetry hangs",
        "stored = delivered; usage marked `estimated`",
        nonsense,
        narrow=True,
    ),
]
