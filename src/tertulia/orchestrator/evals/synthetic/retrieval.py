"""Whether what invented documents tell is found, among others that are much like them, and what is refused.

Retrieval refuses by the meaning of a question alone: one about something else. Whether a passage about the right
product tells what is asked is left to the model, so those shares are told and nothing is wanted of them.
"""

from tertulia.orchestrator.evals.cases import measures
from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import Laboratory
from tertulia.orchestrator.evals.synthetic.questions import TOLD, UNTOLD, Sort, questions
from tertulia.orchestrator.evals.synthetic.world import world

SEED = 1
COMPANIES = 40
OF_EACH = 200
_TARGETS = {
    "recall@5": 0.95,
    "MRR@10": 0.9,
    "facts held": 0.95,
    "wrongly refused": 0.01,
    "rightly refused, elsewhere": 0.95,
}


async def _measure(laboratory: Laboratory) -> list[Figure]:
    made = world(SEED, COMPANIES)
    base = await laboratory.base_of("synthetic", made.documents)
    asked = questions(made, SEED, OF_EACH)
    judged = await laboratory.judged(base, [one.case for one in asked])

    def of(*sorts: Sort) -> dict[str, float]:
        return measures([one for one, question in zip(judged, asked, strict=True) if question.sort in sorts])

    found = of(*TOLD)
    found |= {f"MRR@10, {sort}": of(sort)["MRR@10"] for sort in TOLD}
    found |= {f"rightly refused, {sort}": of(sort)["rightly refused"] for sort in UNTOLD}
    return [Figure(name, value, _TARGETS.get(name), name == "wrongly refused") for name, value in found.items()]


EVALUATION = Evaluation(
    "synthetic-retrieval",
    f"documents of {COMPANIES} invented companies, questions that they answer and questions that they do not",
    _measure,
)
