"""A question with what should be found for it, and the measures of retrieval over many.

A case names the documents that answer it, or facts that the passages must hold; one that names neither is about
something that the documents do not tell: nothing should be found.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Annotated

import msgspec

from tertulia.orchestrator.repository.chunks import Found

LESS_IS_BETTER = "wrongly refused"
"""The one measure of which that is so."""

DEEP = 10
"""So many passages are looked at: as far down as the reciprocal rank counts."""

_NEAR = 5


class Case(msgspec.Struct, frozen=True):
    """``documents`` are names; ``facts`` are words that stand in a passage which answers the question."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    documents: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()

    @property
    def told(self) -> bool:
        """Whether the documents tell."""
        return bool(self.documents or self.facts)


class Judged(msgspec.Struct, frozen=True):
    """``rank`` of the first document that answers, from 1; ``recalled``, the share of them among the first five;
    ``grounded``, the share of the facts that the passages hold. None where the case does not ask for it.
    """

    told: bool
    refused: bool
    rank: int | None = None
    recalled: float | None = None
    grounded: float | None = None

    @property
    def right(self) -> bool:
        if not self.told:
            return self.refused
        return (self.recalled is None or self.near) and (self.grounded is None or self.grounded == 1)

    @property
    def near(self) -> bool:
        return self.rank is not None and self.rank <= _NEAR


def judge(case: Case, passages: Sequence[Found]) -> Judged:
    """``passages``: the best first."""
    ranking = list(dict.fromkeys(found.document_name for found in passages))
    ranks = [ranking.index(name) + 1 for name in case.documents if name in ranking[:DEEP]]
    held = " ".join(found.text for found in passages).casefold()
    return Judged(
        told=case.told,
        refused=not passages,
        rank=min(ranks, default=None),
        recalled=sum(rank <= _NEAR for rank in ranks) / len(case.documents) if case.documents else None,
        grounded=fmean(fact.casefold() in held for fact in case.facts) if case.facts else None,
    )


def measures(judged: Sequence[Judged]) -> dict[str, float]:
    """The means over those cases that ask for each: hit@1, hit@5, recall@5, MRR@10; facts held; rightly refused."""
    ranked = [one for one in judged if one.recalled is not None]
    grounded = [one.grounded for one in judged if one.grounded is not None]
    untold = [one.refused for one in judged if not one.told]
    found: dict[str, float] = {}
    if ranked:
        found["hit@1"] = fmean(one.rank == 1 for one in ranked)
        found["hit@5"] = fmean(one.near for one in ranked)
        found["recall@5"] = fmean(one.recalled or 0.0 for one in ranked)
        found["MRR@10"] = fmean(1 / one.rank if one.rank else 0.0 for one in ranked)
    if grounded:
        found["facts held"] = fmean(grounded)
    if untold:
        found["rightly refused"] = fmean(untold)
    if any(one.told for one in judged):
        found["wrongly refused"] = fmean(one.refused for one in judged if one.told)
    return found
