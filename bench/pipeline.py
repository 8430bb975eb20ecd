"""How long a turn waits for the pipeline before its model is asked, and what its parallel steps save:
``python -m bench.pipeline [--rounds N] [--turns N]``.

Two whole stacks, the same but for one setting: in one each step starts when what it needs is there, in the other the
same steps wait for one another. They are asked in turn, round by round, so that a slow minute of the machine touches
both. Ten turns a second, warm, with every step on but the rewriting of vague questions, which asks a model:
``bench.workspace`` says with what.

Our share is what a turn took until its model's first word, less what the provider took for it: so the waits between
steps are in it. Each turn's times are those on record (``/api/messages/{id}/explanation``).
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack

import msgspec
import uvloop

from bench import figures, loops, targets
from bench.client import Answer, Client
from bench.scenarios import WrongResult, refuse_failures
from bench.targets import Target
from bench.workspace import Workspace

_IN_SEQUENCE = {"TERTULIA_ORCHESTRATOR_ONE_AFTER_ANOTHER": "true"}
_STEPS = ("window", "redact", "route", "retrieve", "summarise", "compose", "reuse", "admit")
"""Those before the model is asked."""

_PARTS = {"instructions", "summary", "passages", "placeholders"}
"""What each prompt must hold, or a step had nothing to do."""

_PER_SECOND = 10
_WARM_SECONDS = 5


class Measured(msgspec.Struct):
    """Milliseconds of each turn: ``ours`` until the model was asked, ``steps`` each by itself."""

    ours: list[float] = []
    steps: dict[str, list[float]] = {}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description="Measure the pipeline's share")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--turns", type=int, default=100, help="a round, in each stack")
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--conversations", type=int, default=30)
    asked = parser.parse_args()
    with ExitStack() as stack:
        provider = stack.enter_context(targets.provider())
        spaces = {
            name: Workspace(stack.enter_context(targets.tertulia(provider, settings=settings)))
            for name, settings in (("side by side", {}), ("one after another", _IN_SEQUENCE))
        }
        for name, space in spaces.items():
            space.fill(passages=asked.passages)
            print(f"{name}: {space.passages} passages")
        uvloop.run(_measure(spaces, asked.rounds, asked.turns, asked.conversations))


async def _measure(spaces: dict[str, Workspace], rounds: int, turns: int, conversations: int) -> None:
    found = {name: Measured([], defaultdict(list)) for name in spaces}
    for space in spaces.values():
        await space.converse(conversations)
        await loops.opened(space.ask, per_second=_PER_SECOND, seconds=_WARM_SECONDS)
    for number in range(1, rounds + 1):
        for name, space in spaces.items():
            load = await loops.opened(space.ask, per_second=_PER_SECOND, seconds=turns / _PER_SECOND)
            refuse_failures(load)
            of_round = await _recorded(space.target, load.answers)
            print(f"round {number}, {name}: {_share(of_round)}")
            found[name].ours += of_round.ours
            for step, times in of_round.steps.items():
                found[name].steps[step] += times
    _report(found)


async def _recorded(target: Target, answers: Sequence[Answer]) -> Measured:
    person = target.person()
    found = Measured([], {step: [] for step in _STEPS})
    for answer in answers:
        told = json.loads((await _explanation(person, answer)).body)
        took = {step["name"]: float(step["milliseconds"]) for step in told["steps"] if step["status"] == "ok"}
        held = {part["name"] for part in told["parts"]}
        if lacking := (set(_STEPS) - set(took)) | (_PARTS - held):
            raise WrongResult(f"a turn went without {', '.join(sorted(lacking))}")
        for step in _STEPS:
            found.steps[step].append(took[step])
        found.ours.append(told["first_token_milliseconds"] - told["attempts"][0]["milliseconds"])
    person.close()
    return found


def _report(found: dict[str, Measured]) -> None:
    beside, sequence = found.values()
    print(f"\n| p50 (p99), ms | {' | '.join(found)} |\n|---|--:|--:|")
    for step in _STEPS:
        print(f"| {step} | {' | '.join(_figures(one.steps[step]) for one in found.values())} |")
    print(f"| **our share** | {' | '.join(_share(one) for one in found.values())} |")
    saved = 1 - figures.median(beside.ours) / figures.median(sequence.ours)
    print(f"\nsaved of the median: {saved:.0%}; {len(beside.ours)} turns of each")


def _share(measured: Measured) -> str:
    return _figures(measured.ours)


def _figures(times: Sequence[float]) -> str:
    return f"{figures.median(times):.0f} ({figures.percentile(times, 0.99):.0f})"


async def _explanation(person: Client, answer: Answer) -> Answer:
    for line in answer.body.split(b"\n"):
        if line.startswith(b"data: {") and (part := json.loads(line[6:])).get("type") == "start":
            return await person.get(f"/api/messages/{part['messageId']}/explanation")
    raise WrongResult("a stream without a beginning")


if __name__ == "__main__":
    main()
