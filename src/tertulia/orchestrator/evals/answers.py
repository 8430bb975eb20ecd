"""How an answer to a case is judged: by the facts that it holds, and by how much of it the passages bear out."""

from collections.abc import Sequence
from statistics import fmean

import msgspec

from tertulia.orchestrator.evals.cases import Case
from tertulia.orchestrator.groundedness.claims import Claim, groundedness

LESS_IS_BETTER = frozenset({"answers wrongly refused", "answers failed"})


class AnswerJudged(msgspec.Struct, frozen=True):
    """``refused``: it claims nothing, as one that says that the documents do not tell. ``held``: the share of the
    case's facts that it holds; ``grounded``: the share of its sentences that its passages bear out. None where the
    case does not ask for it. ``failed``: the code of why there is no answer.
    """

    told: bool
    refused: bool = False
    held: float | None = None
    grounded: float | None = None
    failed: str | None = None

    @property
    def right(self) -> bool:
        if self.failed is not None:
            return False
        if not self.told:
            return self.refused
        return not self.refused and self.grounded == 1 and (self.held is None or self.held == 1)


def judge_answer(case: Case, answer: str, claims: Sequence[Claim]) -> AnswerJudged:
    """``claims`` are the answer's, as the passages that it was given bear them out."""
    said = answer.casefold()
    return AnswerJudged(
        told=case.told,
        refused=not claims,
        held=fmean(fact.casefold() in said for fact in case.facts) if case.facts else None,
        grounded=groundedness(claims) if claims else None,
    )


def answer_measures(judged: Sequence[AnswerJudged]) -> dict[str, float]:
    """The means over those that each is about; an answer that failed counts as that alone."""
    if not judged:
        return {}
    there = [one for one in judged if one.failed is None]
    told = [one for one in there if one.told]
    means = {
        "facts in answers": [one.held for one in there if one.held is not None],
        "groundedness": [one.grounded for one in there if one.grounded is not None],
        "answers rightly refused": [float(one.refused) for one in there if not one.told],
        "answers wrongly refused": [float(one.refused) for one in told],
        "answers failed": [float(one.failed is not None) for one in judged],
    }
    return {name: fmean(values) for name, values in means.items() if values}
