"""What evaluations work in: a workspace and a database of their own, so that figures depend on nobody's data.

Documents that were put in once stay: only another corpus is embedded anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals.cases import DEEP, Case, Judged, judge
from tertulia.orchestrator.knowledge.blocks import Block
from tertulia.orchestrator.knowledge.chunking import Passage, chunk
from tertulia.orchestrator.repository.chunks import Chunks, Prepared, written
from tertulia.orchestrator.repository.documents import Documents
from tertulia.orchestrator.repository.knowledge_bases import KnowledgeBases
from tertulia.orchestrator.service.retrieval import Retrieval
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.ids import uuid7
from tertulia.platform.valkey import Valkey

WORKSPACE = UUID("00000000-0000-7000-8000-0000000e7a15")
PERSON = UUID("00000000-0000-7000-8000-00000000be7c")
_TOGETHER = 64
"""Documents of one transaction."""

_MOST_BASES = 100
_UNFINISHED = " (unfinished)"


class Text(msgspec.Struct, frozen=True):
    """A document of a corpus."""

    name: str
    text: str
    heading: str | None = None


@dataclass(frozen=True)
class ChatServer:
    """A local model that is served; ``url`` ends in ``/v1``, ``context`` counts tokens."""

    url: str
    key: str = field(repr=False)
    name: str
    context: int


@dataclass(frozen=True)
class Laboratory:
    """``data`` is a folder with what packages hold to evaluate on, by the package's name; ``chat`` is there for an
    evaluation that asks a model.
    """

    database: Database
    valkey: Valkey
    embedder: LocalEmbedder
    data: Path
    chat: ChatServer | None = None

    @property
    def retrieval(self) -> Retrieval:
        return Retrieval(self.database, self.valkey, self.embedder)

    async def base_of(self, corpus: str, texts: Sequence[Text]) -> UUID:
        """The knowledge base that holds these documents and no others; made when it is not there."""
        name = f"{corpus} {sha256(msgspec.json.encode(texts)).hexdigest()[:16]}"
        async with self.database.write(tenant(WORKSPACE)) as session:
            bases = KnowledgeBases(session, WORKSPACE, PERSON)
            there = {one.name: one.id for one in (await bases.page(_MOST_BASES, None)).rows}
            if name in there:
                return there[name]
            for broken_off in (one for named, one in there.items() if named.endswith(_UNFINISHED)):
                await bases.delete(broken_off)
            base = uuid7()
            await bases.add(base, name + _UNFINISHED, "", "private")
        for some in _runs(texts):
            passages = [list(chunk([Block(text.text, text.heading)])) for text in some]
            vectors, _ = await self.embedder.embed([one.embedded for cut in passages for one in cut])
            told = iter(vectors)
            async with self.database.write(tenant(WORKSPACE)) as session:
                for text, cut in zip(some, passages, strict=True):
                    await _put(session, base, text.name, cut, [written(next(told)) for _ in cut])
        async with self.database.write(tenant(WORKSPACE)) as session:
            await KnowledgeBases(session, WORKSPACE, PERSON).change(base, {"name": name})
        return base

    async def judged(self, base: UUID, cases: Sequence[Case]) -> list[Judged]:
        """What is found for each case, held against what should be."""
        retrieval = self.retrieval
        return [judge(case, await retrieval.search(WORKSPACE, PERSON, [base], case.question, DEEP)) for case in cases]


def _runs(texts: Sequence[Text]) -> Iterator[Sequence[Text]]:
    for start in range(0, len(texts), _TOGETHER):
        yield texts[start : start + _TOGETHER]


async def _put(
    session: WriteSession, base: UUID, name: str, passages: Sequence[Passage], vectors: Sequence[str]
) -> None:
    documents = Documents(session, WORKSPACE)
    document = await documents.put(base, uuid7(), name, size=0, file_id=None, source_url=None, created_by=PERSON)
    await Chunks(session, WORKSPACE).replace(base, document.id, zip(passages, map(Prepared, vectors), strict=True))
    await documents.change(document.id, document.version, status="ready", progress=1.0, chunks=len(passages))
