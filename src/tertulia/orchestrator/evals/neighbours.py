"""How near the search by meaning comes to the exact one, and how long it and the search by words take, where many
tenants share one index.

100,000 passages: one tenant owns 1 % of them and one 30 %, the rest is a thousand each of others. Vectors lie in
clusters, and these around topics, about as near to one another as those of texts: a question's neighbours grow distant
by degrees. Everything is made from one seed, and put in as documents are; it takes minutes the first time.
"""

import time
from statistics import fmean, median
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import Laboratory
from tertulia.orchestrator.knowledge.chunking import Passage
from tertulia.orchestrator.knowledge.words import matching
from tertulia.orchestrator.repository.chunks import Chunks, Prepared, written
from tertulia.orchestrator.repository.documents import Documents
from tertulia.orchestrator.repository.knowledge_bases import KnowledgeBases
from tertulia.orchestrator.repository.retrieval import Passages
from tertulia.platform.db import Database, tenant

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_NAMES = UUID("00000000-0000-7000-8000-00000000be7c")
_DIMENSIONS, _TOPICS, _CLUSTERS = 384, 100, 2000
_SPREAD_OF_TOPICS, _SPREAD = 0.068, 0.03
_PASSAGES, _OF_OTHERS, _TOGETHER = 100_000, 1000, 500
_ASKED, _FOUND = 200, 40
_SHARES = (0.01, 0.3)
_RECALL = 0.95
_MILLISECONDS = {0.01: 15.0}
"""By share. The larger is shown: how long the index takes says more of the machine."""


class Corpus:
    """Vectors of length one around random centres, which lie around random topics; the same in each run."""

    def __init__(self) -> None:
        import numpy as np

        self._random = np.random.default_rng(1)
        topics = self._around(np.zeros((1, _DIMENSIONS), np.float32), _TOPICS, 1)
        self._centres = self._around(topics, _CLUSTERS, _SPREAD_OF_TOPICS)

    def vectors(self, count: int) -> "Vectors":
        return self._around(self._centres, count, _SPREAD)

    def _around(self, centres: "Vectors", count: int, spread: float) -> "Vectors":
        import numpy as np

        near = centres[self._random.integers(0, len(centres), count)]
        found: Vectors = near + spread * self._random.standard_normal(near.shape).astype(np.float32)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found


async def _measure(laboratory: Laboratory) -> list[Figure]:
    corpus, database = Corpus(), laboratory.database
    asked = {share: corpus.vectors(int(_PASSAGES * share)) for share in _SHARES}
    for share, vectors in asked.items():
        await _fill(database, _workspace(share), vectors)
    for number in range(int(_PASSAGES * (1 - sum(_SHARES)) / _OF_OTHERS)):
        await _fill(database, _workspace(number), corpus.vectors(_OF_OTHERS))
    figures: list[Figure] = []
    for share, vectors in asked.items():
        recall, milliseconds = await _ask(database, _workspace(share), vectors, corpus.vectors(_ASKED))
        by_words = await _ask_by_words(database, _workspace(share), len(vectors))
        figures.append(Figure(f"recall of exact search, a tenant of {share:.0%}", recall, _RECALL))
        figures += [
            Figure(f"{what}, a tenant of {share:.0%}", took, _MILLISECONDS.get(share), less_is_better=True, unit="ms")
            for what, took in (("p50", milliseconds), ("p50 by words", by_words))
        ]
    return figures


def _workspace(name: object) -> UUID:
    return uuid5(_NAMES, str(name))


async def _fill(database: Database, workspace: UUID, vectors: "Vectors") -> None:
    """Nothing where it is filled; begun anew where that broke off."""
    async with database.write(tenant(workspace)) as session:
        bases = KnowledgeBases(session, workspace, workspace)
        there = await bases.get(workspace)
        if there is not None and there.documents * _TOGETHER >= len(vectors):
            return
        if there is not None:
            await bases.delete(workspace)
        await bases.add(workspace, "neighbours", "", "workspace")
    for number, start in enumerate(range(0, len(vectors), _TOGETHER)):
        some = vectors[start : start + _TOGETHER]
        passages = [Passage(_text(start + at), None, None) for at in range(len(some))]
        async with database.write(tenant(workspace)) as session:
            empty = {"size": 0, "file_id": None, "source_url": None, "created_by": None}
            document = await Documents(session, workspace).put(
                workspace, uuid5(workspace, str(number)), f"{number}", **empty
            )
            told = [Prepared(written(vector.tobytes())) for vector in some]
            await Chunks(session, workspace).replace(workspace, document.id, zip(passages, told, strict=True))


async def _ask(database: Database, workspace: UUID, vectors: "Vectors", questions: "Vectors") -> tuple[float, float]:
    """The mean share of the nearest that is found, and the median of the milliseconds that it takes."""
    recalls: list[float] = []
    seconds: list[float] = []
    for question in questions:
        near = written(question.tobytes())
        began = time.perf_counter()
        found = await Passages(database, workspace, [workspace]).candidates(near, "", _FOUND)
        seconds.append(time.perf_counter() - began)
        nearest = (vectors @ question).argsort()[-_FOUND:]
        recalls.append(len({one.text for one in found} & {_text(int(at)) for at in nearest}) / _FOUND)
    return fmean(recalls), median(seconds) * 1e3


async def _ask_by_words(database: Database, workspace: UUID, passages: int) -> float:
    """The median of the milliseconds that it takes to find a passage by its number."""
    seconds: list[float] = []
    for at in range(0, passages, passages // _ASKED):
        began = time.perf_counter()
        found = await Passages(database, workspace, [workspace]).candidates(None, matching(str(at)), _FOUND)
        seconds.append(time.perf_counter() - began)
        if [one.text for one in found] != [_text(at)]:
            raise LookupError(f"passage {at} was not found by its number")
    return median(seconds) * 1e3


def _text(at: int) -> str:
    return f"Passage {at} of a made-up document."


EVALUATION = Evaluation(
    "neighbours",
    f"{_PASSAGES:,} made-up passages of seventy tenants, {_ASKED} questions to each of two",
    _measure,
    apart=True,
)
