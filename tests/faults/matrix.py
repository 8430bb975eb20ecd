"""The rows of the matrix, how one is run, and the table that says what held.

A row is a number, what happens, when it passes, and a coroutine over an ``Experiment``. Which rows wait for parts that
do not exist yet is said in docs/reliability.md.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.faults.experiment import Experiment, Verdict, experiment
from tests.faults.system import Laboratory, NotSo


@dataclass(frozen=True)
class Row:
    number: str
    fault: str
    passes_when: str
    run: Callable[[Experiment], Awaitable[None]]
    narrow: bool = False


@dataclass(frozen=True)
class Result:
    row: Row
    verdict: Verdict
    seconds: float

    @property
    def held(self) -> bool:
        return not self.verdict.wrong


def run_row(laboratory: Laboratory, row: Row, seed: int, *, full: bool) -> Result:
    """A row that breaks off has not held."""
    begun = time.monotonic()
    verdict = asyncio.run(_run(laboratory, row, f"{seed}/{row.number}", full=full))
    return Result(row, verdict, time.monotonic() - begun)


async def _run(laboratory: Laboratory, row: Row, seed: str, *, full: bool) -> Verdict:
    system = await asyncio.to_thread(laboratory.system, narrow=row.narrow)
    await asyncio.to_thread(system.provider.forget_log)
    async with experiment(system, seed, full=full) as made:
        try:
            await row.run(made)
        except NotSo as not_so:
            made.verdict.wrong.append(str(not_so))
        except Exception as error:  # noqa: BLE001 - whatever broke the row off, the next ones are still run
            where = traceback.extract_tb(error.__traceback__)[-1]
            made.verdict.wrong.append(f"broke off: {type(error).__name__} {error} at {where.name}:{where.lineno}")
        for proxy in system.proxies.values():
            proxy.heal()
        return made.verdict


def table(results: Sequence[Result]) -> str:
    """Markdown: row, fault, passes when, held or not, figures."""
    lines = ["| # | fault | passes when | held | figures |", "|---|---|---|---|---|"]
    for result in results:
        figures = ", ".join(f"{name} {value}" for name, value in result.verdict.figures.items())
        held = "yes" if result.held else "**no**"
        row = result.row
        lines.append(f"| {row.number} | {row.fault} | {row.passes_when} | {held} | {figures} |")
    return "\n".join(lines)


def complaints(result: Result, most: int = 12) -> str:
    """What was wrong, the most telling first."""
    wrong = result.verdict.wrong
    more = [f"… and {len(wrong) - most} more"] if len(wrong) > most else []
    return "\n".join([*wrong[:most], *more])
