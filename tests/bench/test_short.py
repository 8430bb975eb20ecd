"""The benchmark runs: its short form measures every figure on the whole stack and fails on a wrong answer."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.report import GOALS

pytestmark = pytest.mark.journey

ROOT = Path(__file__).resolve().parents[2]


def test_the_short_form_measures_every_figure_that_has_a_goal() -> None:
    """One quick round of everything. What it measures so is worth nothing; that each answer was right is checked."""
    command = [sys.executable, "-m", "bench", "--short"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "| Tertulia |" in line]
    measured = {line.split(" | ")[0].removeprefix("| ") for line in lines}
    assert set(GOALS) <= measured
