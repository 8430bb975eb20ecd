"""Runs the measurements and prints the report: ``make bench``.

Each round measures every target in turn, so that a slower minute of the machine touches them alike; what is claimed is
the ratio within a run.

    python -m bench [--rounds N] [--short] [--only NAME ...]
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Awaitable, Callable

import uvloop

from bench import report, scenarios, targets
from bench.scenarios import SHORT, Figure, Scale, WrongResult
from bench.targets import Target

Scenario = Callable[[Target, Scale], Awaitable[list[Figure]]]


EVERYWHERE: dict[str, Scenario] = {
    # First, and once: what other calls have given back would be used again, and hide what these streams take.
    "idle": scenarios.idle_streams,
    "throughput": scenarios.throughput,
    "latency": scenarios.latency,
    "first-token": scenarios.first_token,
    "streams": scenarios.streams,
}
ONLY_TERTULIA: dict[str, Scenario] = {
    "chat": scenarios.chat_turns,
}

BESIDE = ("redaction", "ingestion", "pipeline", "fairness")
"""Measurements that have stacks and tables of their own, in the module of that name; left out of the short form."""

WRONG: list[WrongResult] = []
"""Answers that were not right: the rest is measured all the same, and the run fails."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Tertulia against its provider direct")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="one quick round, to see that everything runs")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*EVERYWHERE, *ONLY_TERTULIA, *BESIDE],
        default=[*EVERYWHERE, *ONLY_TERTULIA, *BESIDE],
    )
    asked = parser.parse_args()
    if names := [name for name in asked.only if name not in BESIDE]:
        _report(asked, names)
    beside = [] if asked.short else [name for name in asked.only if name in BESIDE]
    failed = [
        name for name in beside if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
    ]
    if WRONG or failed:
        sys.exit(1)


def _report(asked: argparse.Namespace, names: list[str]) -> None:
    about = report.machine()
    found = measure(1 if asked.short else asked.rounds, SHORT if asked.short else Scale(), names)
    lines = report.rows(found)
    for name, value in about.items():
        print(f"{name}: {value}")
    print(report.table(lines))
    print(f"kept in {report.keep(lines, about)}", flush=True)


def measure(rounds: int, scale: Scale, names: list[str]) -> list[Figure]:
    found: list[Figure] = []
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(targets.provider())
        envoy = stack.enter_context(targets.envoy(provider))
        bare = stack.enter_context(targets.bare_python(provider))
        tertulia = stack.enter_context(targets.tertulia(provider))
        for number in range(1, rounds + 1):
            this: list[Figure] = []
            for name in names:
                if name == "idle" and number > 1:
                    continue
                print(f"round {number} of {rounds}: {name}", file=sys.stderr, flush=True)
                for target in (provider, envoy, bare, tertulia) if name in EVERYWHERE else (tertulia,):
                    this += uvloop.run(_measured({**EVERYWHERE, **ONLY_TERTULIA}[name], target, scale))
            found += this + report.added(this)
    return found


async def _measured(scenario: Scenario, target: Target, scale: Scale) -> list[Figure]:
    try:
        found = await scenario(target, scale)
    except WrongResult as wrong:
        found = []
        print(f"WRONG: {scenario.__name__} of {target.name}: {wrong}", file=sys.stderr, flush=True)
        WRONG.append(wrong)
    await asyncio.sleep(scale.seconds / 5)  # what one scenario leaves behind is not the next one's
    return found


if __name__ == "__main__":
    main()
