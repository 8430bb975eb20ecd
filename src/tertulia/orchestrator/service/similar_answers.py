"""Finds, among the questions that a workspace had answered within the hour, one that asks the very same in other words.

Near in meaning by the local embedding model, and alike in all that ``near_misses`` looks at. Only for a first question,
and only among those whose request was otherwise the same: model, parameters, all that the model was told before
(instructions, passages of documents), and the privacy settings; so whatever changes one of these leaves the old ones
behind. Bounded: ``_BUCKETS`` lists a workspace, each of its newest entries.
"""

from datetime import timedelta
from typing import Any

import msgspec

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.near_misses import agree
from tertulia.platform.cache import UNREADABLE, Cache
from tertulia.platform.envelopes import DataKey, SealBroken
from tertulia.platform.errors import Unavailable

NEAR = 0.8
"""The cosine from which on two questions may be the same, with the embedding model of this machine: a second line, as
high as it could be without refusing what the guard knows as the same (docs/caching.md).
"""

MOST_CHARACTERS = 600
"""Of a question: the embedding model reads no more than that holds."""

_BUCKETS = 16
_NEWEST = 64


class _Entry(msgspec.Struct, array_like=True):
    """``name`` is the kept answer's."""

    question: str
    vector: bytes
    name: str


class _Sealed(msgspec.Struct, array_like=True):
    around: bytes
    entry: bytes


def first_question(asked: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The question of a conversation that has only that one, and the request around it."""
    *before, last = asked["messages"]
    question = last.get("content")
    if last["role"] != "user" or any(message["role"] not in ("system", "developer") for message in before):
        return None
    if not isinstance(question, str) or not question.strip() or len(question) > MOST_CHARACTERS:
        return None
    return question, {**asked, "messages": [*before, {**last, "content": ""}]}


class SimilarQuestions:
    """The questions of one workspace that had the same request ``around`` them, which is a keyed digest."""

    def __init__(self, cache: Cache, key: DataKey, around: bytes, embedder: LocalEmbedder) -> None:
        self._cache = cache
        self._key = key
        self._around = around
        self._bucket = str(around[0] % _BUCKETS)
        self._embedder = embedder
        self._vector: bytes | None = None

    async def find(self, question: str) -> list[str]:
        """Names of kept answers to the very same, the nearest first; none while the embedding model is too busy."""
        try:
            (self._vector,), _ = await self._embedder.embed([question])
        except Unavailable:
            return []
        entries = (self._opened(one) for one in await self._kept() if one.around == self._around)
        near = [(cosine(self._vector, one.vector), one) for one in entries if one is not None]
        near.sort(key=lambda one: -one[0])
        return [one.name for nearness, one in near if nearness >= NEAR and agree(question, one.question)]

    async def keep(self, question: str, name: str, ttl: timedelta) -> None:
        """Remember a question that ``find`` was asked for. Two at once may lose one of them."""
        if self._vector is not None:
            plain = msgspec.msgpack.encode(_Entry(question, self._vector, name))
            entry = _Sealed(self._around, self._key.seal(plain, self._place))
            await self._cache.put(self._bucket, ttl, [entry, *await self._kept()][:_NEWEST])

    async def _kept(self) -> list[_Sealed]:
        return await self._cache.peek(self._bucket, list[_Sealed]) or []

    def _opened(self, sealed: _Sealed) -> _Entry | None:
        try:
            return msgspec.msgpack.decode(self._key.open(sealed.entry, self._place), type=_Entry)
        except (SealBroken, *UNREADABLE):
            return None

    @property
    def _place(self) -> str:
        return f"similar_answer/{self._around.hex()}"


def cosine(one: bytes, other: bytes) -> float:
    """Of two vectors of length one, as little-endian float32."""
    import numpy as np

    return float(np.dot(np.frombuffer(one, "<f4"), np.frombuffer(other, "<f4")))
