"""Whether a question in other words is known as the same, and one that only looks like it is not.

Pairs of questions, written before anything was measured: half of them chose the threshold, the figures are of the
other half. ``near`` is what the embedding alone would let through at that threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import Laboratory
from tertulia.orchestrator.near_misses import agree
from tertulia.orchestrator.service.similar_answers import NEAR, cosine

_MOST_WRONG = 0.0


@dataclass(frozen=True)
class Pair:
    one: str
    other: str
    same: bool = field(kw_only=True)
    nearness: float = field(default=0.0, kw_only=True)


def pairs(*, tuned_on: bool) -> list[Pair]:
    """Every second one, of each sort."""
    told = files(__package__).joinpath("similar_pairs.txt").read_text("utf-8").splitlines()
    read = [Pair(*line[1:].strip().split(" | "), same=line[0] == "=") for line in told]
    sorts = ([pair for pair in read if pair.same is same] for same in (True, False))
    return [pair for sort in sorts for pair in sort[0 if tuned_on else 1 :: 2]]


async def with_nearness(embedder: LocalEmbedder, some: Sequence[Pair]) -> list[Pair]:
    vectors, _ = await embedder.embed([text for pair in some for text in (pair.one, pair.other)])
    return [replace(pair, nearness=cosine(vectors[2 * at], vectors[2 * at + 1])) for at, pair in enumerate(some)]


async def _measure(laboratory: Laboratory) -> list[Figure]:
    measured = await with_nearness(laboratory.embedder, pairs(tuned_on=False))
    same = [pair for pair in measured if pair.same]
    different = [pair for pair in measured if not pair.same]
    return [
        Figure("other words known", _share(same, guarded=True)),
        Figure("near misses let through", _share(different, guarded=True), _MOST_WRONG, less_is_better=True),
        Figure("other words, near alone", _share(same, guarded=False)),
        Figure("near misses, near alone", _share(different, guarded=False)),
    ]


def _share(some: Sequence[Pair], *, guarded: bool) -> float:
    let_through = [one for one in some if one.nearness >= NEAR and (not guarded or agree(one.one, one.other))]
    return len(let_through) / len(some)


EVALUATION = Evaluation(
    "similar-answers",
    "pairs of questions, the half that chose no threshold: the same in other words, near misses",
    _measure,
)
