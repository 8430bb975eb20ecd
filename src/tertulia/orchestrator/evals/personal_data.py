"""How much of what is personal is found, and how much of what is found is: on sentences that nothing was tuned on."""

from importlib.util import find_spec

from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import Laboratory
from tertulia.orchestrator.evals.pii import Tally, measure
from tertulia.orchestrator.redaction import NamesFinder

PACKAGE = "en-core-web-md"
_RECALL, _PRECISION = 0.90, 0.85
CAN_BE_MEASURED = find_spec("faker") is not None
"""Faker makes the values; it is a package of development."""


async def _measure(laboratory: Laboratory) -> list[Figure]:
    async with NamesFinder(laboratory.data / PACKAGE) as names:
        await names.loaded()
        tallies = await measure("held_out", names)
    whole = sum(tallies.values(), Tally())
    return [
        Figure("recall", whole.recall, _RECALL),
        Figure("precision", whole.precision, _PRECISION),
        *(Figure(f"recall of {kind}", one.recall) for kind, one in sorted(tallies.items())),
    ]


EVALUATION = Evaluation("personal-data", "made-up sentences of templates that nothing was tuned on", _measure)
