"""All evaluations, by name: a new one is a file here and a line below."""

from tertulia.orchestrator.evals import caches, fitz_gov, neighbours, personal_data, similar_answers, streamed_answers
from tertulia.orchestrator.evals.evaluation import Evaluation
from tertulia.orchestrator.evals.groundedness import evaluation as groundedness
from tertulia.orchestrator.evals.languages import retrieval as languages
from tertulia.orchestrator.evals.routing import evaluation as routing
from tertulia.orchestrator.evals.summary import evaluation as summary
from tertulia.orchestrator.evals.synthetic import retrieval as synthetic_retrieval

_ALL = [
    fitz_gov.EVALUATION,
    synthetic_retrieval.EVALUATION,
    languages.EVALUATION,
    neighbours.EVALUATION,
    groundedness.EVALUATION,
    summary.EVALUATION,
    routing.EVALUATION,
    caches.EVALUATION,
    similar_answers.EVALUATION,
]
if personal_data.CAN_BE_MEASURED:
    _ALL += [personal_data.EVALUATION, streamed_answers.EVALUATION]

EVALUATIONS: dict[str, Evaluation] = {one.name: one for one in _ALL}

PACKAGES = (fitz_gov.PACKAGE, personal_data.PACKAGE)
"""What of the catalogue of models and data they read."""
