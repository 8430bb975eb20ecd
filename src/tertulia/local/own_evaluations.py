"""The command that runs a workspace's own evaluation set, on the stores of the Tertulia that runs."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import typer

from tertulia.local.errors import LocalError
from tertulia.local.operations import print_line
from tertulia.local.standing import environment

if TYPE_CHECKING:
    from tertulia.contracts.money import Money
    from tertulia.orchestrator.service.evaluations import Estimate, Run


def evaluate(environ: Mapping[str, str], workspace: UUID, name: str, model: str | None, *, agreed: bool) -> int:
    """Exit code 1 when it did not finish."""
    from tertulia.orchestrator.own_evaluations import evaluate as evaluate_set
    from tertulia.platform import logs
    from tertulia.platform.errors import TertuliaError
    from tertulia.platform.lifecycle import StartFailed
    from tertulia.platform.settings import SettingsError

    def agree(estimate: "Estimate") -> bool:
        print_line(f"{estimate.questions} questions, answered by {estimate.model}: {_at_most(estimate.most_cost)}")
        free = estimate.most_cost is not None and estimate.most_cost.amount == 0
        return agreed or free or typer.confirm("Ask them?")

    own = environment("orchestrator", environ)
    logs.configure("cli", level="error", format="console")
    try:
        run = asyncio.run(evaluate_set(own, workspace, name, model, agree))
    except TertuliaError as error:
        raise LocalError(f"the set cannot be run: {error}") from error
    except (SettingsError, StartFailed) as error:
        raise LocalError(str(error)) from error
    if run is None:
        return 1
    print_line(_told(run))
    return int(run.record.status != "finished")


def _told(run: "Run") -> str:
    from tertulia.orchestrator.evals.evaluation import Figure

    record = run.record
    if record.status != "finished":
        why = f" ({record.error_code})" if record.error_code else ""
        return f"The run is {record.status}{why}, with {record.done} of {record.questions} questions asked."
    before = run.before.figures if run.before else {}
    lines = ["| figure | value | last run |", "|---|---|---|"]
    for figure in msgspec.convert(record.figures, list[Figure]):
        last = f"{before[figure.name]:.3f}" if figure.name in before else ""
        lines.append(f"| {figure.name} | {figure.value:.3f} | {last} |")
    right = sum(one.correct for one in run.results)
    changed = " The set was changed since the last run." if run.before and not run.before.same else ""
    cost = f" The answers cost {record.cost / 1e6:.6f} {record.currency}." if record.cost else ""
    return "\n".join([*lines, "", f"{right} of {record.questions} questions right.{changed}{cost}"])


def _at_most(cost: "Money | None") -> str:
    if cost is None:
        return "nobody has told what it costs"
    if cost.amount == 0:
        return "for nothing"
    return f"about {cost.amount / 1e6:.6f} {cost.currency} at most"
