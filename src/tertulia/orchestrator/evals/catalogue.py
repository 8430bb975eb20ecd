"""All evaluations, by name: a new one is a file here and a line below."""

from tertulia.orchestrator.evals import caches, fitz_gov
from tertulia.orchestrator.evals.evaluation import Evaluation

EVALUATIONS: dict[str, Evaluation] = {one.name: one for one in (fitz_gov.EVALUATION, caches.EVALUATION)}

PACKAGES = (fitz_gov.PACKAGE,)
"""What of the catalogue of models and data they read."""
