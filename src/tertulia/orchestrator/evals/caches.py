"""How often the caches of retrieval know the answer, when some questions are asked far more often than others.

The workload is drawn by Zipf's law (the n-th question is asked 1/n times as often as the first), with a fixed seed,
over questions of fitz-gov, on caches that know none of them.
"""

import random
from itertools import islice

from prometheus_client import REGISTRY

from tertulia.orchestrator.evals import fitz_gov
from tertulia.orchestrator.evals.cases import DEEP
from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import PERSON, WORKSPACE, Laboratory

QUESTIONS = 500
_ASKED = 4000
_WANTED = 0.8
_COMPONENTS = {"query_embedding": "query embedding", "retrieval": "retrieval result"}


async def _measure(laboratory: Laboratory) -> list[Figure]:
    folder = laboratory.data / fitz_gov.PACKAGE
    base = await laboratory.base_of(fitz_gov.PACKAGE, fitz_gov.texts(folder))
    held_out = (case.question for tuned_on, case in fitz_gov.cases(folder) if not tuned_on)
    # A space more than any other evaluation asks with: these are other keys.
    questions = [f"{question} " for question in islice(held_out, QUESTIONS)]
    before = {name: _counts(name) for name in _COMPONENTS}
    retrieval = laboratory.retrieval
    for question in drawn(questions, _ASKED):
        await retrieval.search(WORKSPACE, PERSON, [base], question, DEEP)
    return [Figure(shown, _share(before[name], _counts(name)), _WANTED) for name, shown in _COMPONENTS.items()]


def drawn(questions: list[str], times: int) -> list[str]:
    """The same draws each time."""
    weights = [1 / rank for rank in range(1, len(questions) + 1)]
    return random.Random(1).choices(questions, weights, k=times)  # noqa: S311 - a workload


def _counts(component: str) -> tuple[float, float]:
    """How many values were there, and how many were not."""
    hit, miss, wait = (
        REGISTRY.get_sample_value(
            "tertulia_cache_total", {"component": component, "tenant_class": "", "outcome": outcome}
        )
        or 0.0
        for outcome in ("hit", "miss", "wait")
    )
    return hit, miss + wait


def _share(before: tuple[float, float], after: tuple[float, float]) -> float:
    hits, misses = after[0] - before[0], after[1] - before[1]
    return hits / (hits + misses) if hits + misses else 0.0


EVALUATION = Evaluation(
    "caches", f"{_ASKED:,} questions drawn by Zipf's law from {QUESTIONS}, on empty caches: hit rates", _measure
)
