"""Measures the search by meaning over 100,000 passages: how near it comes to the exact one, and how long it takes.

One tenant owns 1 % of them and one 30 %; the rest is a thousand each of others. Vectors lie in clusters, and these
around topics, about as near to one another as those of texts: a question's neighbours grow distant by degrees.
Everything is made from one seed in stores of its own.

    python -m bench.retrieval [--passages N]
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import fmean, median, quantiles
from uuid import UUID, uuid5

import numpy as np
from sqlalchemy import text

from tertulia.local.evaluating import stores
from tertulia.local.home import Home
from tertulia.orchestrator.knowledge.chunking import Passage
from tertulia.orchestrator.repository.chunks import Chunks, written
from tertulia.orchestrator.repository.documents import Documents
from tertulia.orchestrator.repository.knowledge_bases import KnowledgeBases
from tertulia.platform.db import Database, tenant

NAMES = UUID("00000000-0000-7000-8000-00000000be7c")
DIMENSIONS, TOPICS, CLUSTERS = 384, 100, 2000
SPREAD_OF_TOPICS, SPREAD = 0.068, 0.03
TOGETHER = 500
ASKED, FOUND = 200, 40
SMALL, LARGE = 0.01, 0.3
Vectors = np.ndarray[tuple[int, int], np.dtype[np.float32]]


class Corpus:
    """Vectors of length one around random centres, which lie around random topics."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(1)
        topics = self._around(np.zeros((1, DIMENSIONS), np.float32), TOPICS, 1)
        self._centres = self._around(topics, CLUSTERS, SPREAD_OF_TOPICS)

    def vectors(self, count: int) -> Vectors:
        return self._around(self._centres, count, SPREAD)

    def _around(self, centres: Vectors, count: int, spread: float) -> Vectors:
        near = centres[self._random.integers(0, len(centres), count)]
        found: Vectors = near + spread * self._random.standard_normal(near.shape).astype(np.float32)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description="Measure the search by meaning")
    parser.add_argument("--passages", type=int, default=100_000)
    passages = parser.parse_args().passages
    with tempfile.TemporaryDirectory(prefix="tertulia-retrieval-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs as another user when root starts it
        with stores(Home(Path(folder))) as there:
            asyncio.run(_measure(there.database_url, passages))


async def _measure(url: str, passages: int) -> None:
    corpus = Corpus()
    async with Database(url, service="orchestrator") as database:
        for share in (SMALL, LARGE):
            await _fill(database, _workspace(share), corpus.vectors(int(passages * share)))
        for number in range(int(passages * (1 - SMALL - LARGE) / 1000)):
            await _fill(database, _workspace(number), corpus.vectors(1000))
        print("| tenant owns | recall of exact | p50 | p99 |\n|---|---|---|---|")
        for share in (SMALL, LARGE):
            recalls, seconds = await _ask(database, _workspace(share), corpus.vectors(ASKED))
            middle, late = median(seconds) * 1e3, quantiles(seconds, n=100)[98] * 1e3
            print(f"| {share:.0%} of {passages:,} | {fmean(recalls):.3f} | {middle:.1f} ms | {late:.1f} ms |")


def _workspace(name: object) -> UUID:
    return uuid5(NAMES, str(name))


async def _fill(database: Database, workspace: UUID, vectors: Vectors) -> None:
    async with database.write(tenant(workspace)) as session:
        await KnowledgeBases(session, workspace, workspace).add(workspace, "bench", "", "workspace")
    for number, start in enumerate(range(0, len(vectors), TOGETHER)):
        some = vectors[start : start + TOGETHER]
        passages = [Passage(f"Passage {start + at} of a document of the bench.", None, None) for at in range(len(some))]
        async with database.write(tenant(workspace)) as session:
            empty = {"size": 0, "file_id": None, "source_url": None, "created_by": None}
            document = await Documents(session, workspace).put(
                workspace, uuid5(workspace, str(number)), f"{number}", **empty
            )
            told = [written(vector.tobytes()) for vector in some]
            await Chunks(session, workspace).replace(workspace, document.id, zip(passages, told, strict=True))


async def _ask(database: Database, workspace: UUID, questions: Vectors) -> tuple[list[float], list[float]]:
    """For each question, the share of the nearest that was found, and the seconds it took."""
    recalls: list[float] = []
    seconds: list[float] = []
    for question in questions:
        async with database.read(tenant(workspace)) as session:
            began = time.perf_counter()
            found = await Chunks(session, workspace).by_meaning([workspace], question.tobytes(), FOUND)
            seconds.append(time.perf_counter() - began)
        async with database.read(tenant(workspace)) as session:
            await session.execute(text("SET LOCAL enable_indexscan = off"))
            exact = await Chunks(session, workspace).by_meaning([workspace], question.tobytes(), FOUND)
        recalls.append(len({one.id for one in found} & {one.id for one in exact}) / len(exact))
    return recalls, seconds


if __name__ == "__main__":
    main()
