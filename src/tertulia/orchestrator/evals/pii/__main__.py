"""Prints the table: ``python -m tertulia.orchestrator.evals.pii SPLIT [FOLDER]``; the folder is the names model's."""

import asyncio
import sys
from pathlib import Path

from tertulia.orchestrator.evals.pii import Split, Tally, measure
from tertulia.orchestrator.redaction import NamesFinder


async def main(split: Split, folder: Path | None) -> str:
    if folder is None:
        return table(await measure(split, None))
    async with NamesFinder(folder) as names:
        await names.loaded()
        return table(await measure(split, names))


def table(tallies: dict[str, Tally]) -> str:
    rows = [*sorted(tallies.items()), ("all", sum(tallies.values(), Tally()))]
    lines = [f"{kind:<14}{one.values:>7}{one.recall:>9.3f}{one.precision:>11.3f}" for kind, one in rows]
    return "\n".join([f"{'kind':<14}{'values':>7}{'recall':>9}{'precision':>11}", *lines]) + "\n"


if __name__ == "__main__":
    split: Split = "tuned" if sys.argv[1] == "tuned" else "held_out"
    sys.stdout.write(asyncio.run(main(split, Path(sys.argv[2]) if sys.argv[2:] else None)))
