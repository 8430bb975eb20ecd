"""Runs the matrix and prints it: ``python -m tests.faults [--short] [--only F4 …] [--seed N]``; ``make faults``."""

import argparse
import sys
import time

from tests.faults.matrix import complaints, run_row, table
from tests.faults.rows import ROWS
from tests.faults.system import Laboratory


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Break Tertulia and see what holds")
    parser.add_argument("--short", action="store_true", help="the form of about five minutes that the tests run")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    chosen = [row for row in ROWS if not asked.only or row.number in asked.only]
    say(f"seed {asked.seed}")
    laboratory = Laboratory()
    results = []
    try:
        for row in chosen:
            result = run_row(laboratory, row, asked.seed, full=not asked.short)
            results.append(result)
            said = "held" if result.held else f"NOT HELD\n{complaints(result)}"
            say(f"{row.number} {row.fault} ({result.seconds:.0f} s): {said}")
    finally:
        laboratory.close()
    say(table(results))
    return 0 if all(result.held for result in results) else 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
