"""Whether sentences that passages do not bear out are known as such: on answers about invented companies, and on prose.

Both are in halves: one chose the thresholds of ``claims``, the figures are the other's. Precision is the share of the
sentences held against an answer that are rightly so, recall the share found of those that are to be.
"""

from collections import defaultdict
from collections.abc import AsyncIterator

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.groundedness.labelled import prose
from tertulia.orchestrator.evals.laboratory import Laboratory
from tertulia.orchestrator.evals.synthetic.answers import GROUNDED, UNGROUNDED, answers
from tertulia.orchestrator.groundedness.claims import Evidence, claims

_TUNED_SEED, _HELD_OUT_SEED = 11, 12
_PRECISION, _RECALL, _OF_PROSE = 0.9, 0.85, 0.75


async def _measure(laboratory: Laboratory) -> list[Figure]:
    held = defaultdict[str, list[bool]](list)
    async for sort, against in judged_answers(laboratory.embedder, tuned_on=False):
        held[sort].append(against)
    right = [one for sort in UNGROUNDED for one in held[sort]]
    wrong = [one for sort in GROUNDED for one in held[sort]]
    prose_right, prose_wrong = await judged_prose(laboratory.embedder, tuned_on=False)
    return [
        Figure("precision", precision(right, wrong), _PRECISION),
        Figure("recall", share(right), _RECALL),
        Figure("precision, prose", precision(prose_right, prose_wrong), _OF_PROSE),
        Figure("recall, prose", share(prose_right), _OF_PROSE),
        *(Figure(f"found: {sort}", share(held[sort])) for sort in UNGROUNDED if held[sort]),
        *(Figure(f"wrongly found: {sort}", share(held[sort]), less_is_better=True) for sort in GROUNDED if held[sort]),
    ]


async def judged_answers(embedder: LocalEmbedder, *, tuned_on: bool) -> AsyncIterator[tuple[str, bool]]:
    """Of each sentence its sort, and whether it was held against the answer."""
    for answer in answers(_TUNED_SEED if tuned_on else _HELD_OUT_SEED, tuned_on=tuned_on):
        evidence = [Evidence(passage.text, passage.name) for passage in answer.passages]
        told = " ".join(one.text for one in answer.sentences)
        against = {one.text for one in await claims(embedder, answer.question, evidence, told) if not one.borne_out}
        for sentence in answer.sentences:
            yield sentence.sort, sentence.text in against


async def judged_prose(embedder: LocalEmbedder, *, tuned_on: bool) -> tuple[list[bool], list[bool]]:
    """Whether each was held against its answer: of the sentences that are to be, and of those that are not."""
    found: dict[bool, list[bool]] = {True: [], False: []}
    for told in prose(tuned_on=tuned_on):
        for text, borne_out in told.said:
            judged = await claims(embedder, told.question, [Evidence(told.passage)], text)
            found[borne_out].append(any(not one.borne_out for one in judged))
    return found[False], found[True]


def precision(right: list[bool], wrong: list[bool]) -> float:
    return sum(right) / held if (held := sum(right) + sum(wrong)) else 1.0


def share(found: list[bool]) -> float:
    return sum(found) / len(found) if found else 1.0


EVALUATION = Evaluation(
    "groundedness", "labelled sentences of answers, the half that chose no threshold: those not borne out", _measure
)
