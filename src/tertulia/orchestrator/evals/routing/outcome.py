"""What routing by a threshold would have saved and lost over questions whose two answers are known."""

from collections.abc import Sequence
from statistics import fmean

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.evals.routing.labels import Labelled
from tertulia.orchestrator.providers.known import known_model

_PRICED = known_model("gpt-4o-mini", "https://api.openai.com/v1").price
"""The stand-in's tokens are counted at a provider's price."""


def outcome(scored: Sequence[tuple[Labelled, float]], threshold: float) -> tuple[float, float]:
    """The share of the strong model's cost that is saved, and the share of right answers that is lost (negative: won)
    against asking the strong one everything.
    """
    routed = [(one, difficulty < threshold) for one, difficulty in scored]
    spent = sum(cost(one) for one, small in routed if not small)
    right = fmean(one.small_is_right if small else one.strong_is_right for one, small in routed)
    return 1 - spent / sum(cost(one) for one, _ in routed), strong_alone(scored) - right


def strong_alone(scored: Sequence[tuple[Labelled, float]]) -> float:
    return fmean(one.strong_is_right for one, _ in scored)


def cost(one: Labelled) -> float:
    """Of the strong model's answer, in micro-units."""
    assert _PRICED is not None  # noqa: S101 - it is in the list
    return _PRICED.cost(Usage(one.strong.prompt_tokens * 1000, one.strong.completion_tokens * 1000)).amount / 1000
