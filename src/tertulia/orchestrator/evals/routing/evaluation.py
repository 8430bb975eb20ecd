"""What the model ``auto`` saves and loses on the part of its labelled set that nothing was tuned on."""

from collections.abc import Sequence
from statistics import fmean

from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import Laboratory
from tertulia.orchestrator.evals.routing.labels import Labelled, labelled
from tertulia.orchestrator.evals.routing.outcome import outcome, strong_alone
from tertulia.orchestrator.routing import THRESHOLD
from tertulia.orchestrator.routing.difficulty import difficulty

_MOST_LOST = 0.02
_FREER = 0.7


async def _measure(_: Laboratory) -> list[Figure]:
    scored = [(one, difficulty(one.task.question)) for one in labelled(tuned_on=False)]
    saved, lost = outcome(scored, THRESHOLD)
    freer_saved, freer_lost = outcome(scored, _FREER)
    return [
        Figure("questions to the small model", fmean(hard < THRESHOLD for _, hard in scored)),
        Figure("cost saved", saved),
        Figure("right answers lost", lost, _MOST_LOST, less_is_better=True),
        Figure(f"cost saved at {_FREER}", freer_saved),
        Figure(f"right answers lost at {_FREER}", freer_lost),
        Figure("right, strong alone", strong_alone(scored)),
        Figure("right, small alone", fmean(one.small_is_right for one, _ in scored)),
        Figure("hard ones told from simple ones (AUC)", told_apart(scored)),
    ]


def told_apart(scored: Sequence[tuple[Labelled, float]]) -> float:
    """How often, of a question that the small model answers wrongly and one that it answers rightly, the first is
    thought to be harder; half of it for those that are thought to be alike.
    """
    wrong = [difficulty for one, difficulty in scored if not one.small_is_right]
    right = [difficulty for one, difficulty in scored if one.small_is_right]
    return fmean((hard > simple) + 0.5 * (hard == simple) for hard in wrong for simple in right)


EVALUATION = Evaluation(
    "router",
    "128 questions of 16 kinds that nothing was tuned on, as Qwen2.5-Coder 0.5B and 1.5B answered them",
    _measure,
)
