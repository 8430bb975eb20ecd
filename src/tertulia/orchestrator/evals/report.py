"""Runs an evaluation, keeps what came of it, and shows it beside the run before."""

from collections.abc import Sequence

import msgspec

from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import PERSON, WORKSPACE, Laboratory
from tertulia.orchestrator.repository.evaluations import Evaluations
from tertulia.platform.db import tenant
from tertulia.platform.ids import uuid7


async def run(laboratory: Laboratory, evaluation: Evaluation) -> tuple[list[Figure], dict[str, float]]:
    """The figures, and those of the last run by name; empty when this is the first."""
    figures = await evaluation.measure(laboratory)
    async with laboratory.database.write(tenant(WORKSPACE)) as session:
        kept = Evaluations(session, WORKSPACE)
        known = await kept.set_named(evaluation.name)
        known = known or await kept.add_set(uuid7(), evaluation.name, [], [], PERSON)
        assert known is not None  # noqa: S101 - only one process has these stores
        this = await kept.add_run(uuid7(), known.id, PERSON)
        assert this is not None  # noqa: S101 - as above
        before = await kept.finished_before(this)
        await kept.end_run(this.id, figures=[msgspec.to_builtins(figure) for figure in figures])
    told = msgspec.convert(before.figures if before else [], list[Figure])
    return figures, {figure.name: figure.value for figure in told}


def table(figures: Sequence[Figure], before: dict[str, float]) -> str:
    """In Markdown, as the documentation quotes it."""
    head = "| figure | value | wanted | last run |"
    lines = [head, "|---|---|---|---|"]
    for figure in figures:
        missed = " (missed)" if figure.met is False else ""
        last = shown(before[figure.name], figure) if figure.name in before else ""
        lines.append(f"| {figure.name} | {shown(figure.value, figure)}{missed} | {_wanted(figure)} | {last} |")
    return "\n".join([*lines, ""])


def _wanted(figure: Figure) -> str:
    return "" if figure.target is None else f"{'≤' if figure.less_is_better else '≥'} {shown(figure.target, figure)}"


def shown(value: float, figure: Figure) -> str:
    return f"{value:.1f} {figure.unit}" if figure.unit else f"{value:.3f}"
