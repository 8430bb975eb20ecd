"""Judges what an answer claims: a sentence is borne out when some sentence of its passages says as much.

Each of its clauses is held against the passages that it cites, or all: its numbers and names must stand there, its
negation must agree, and its words must be told, if in other words that mean nearly the same by the embedding model. It
is strict on what an answer depends on, and knows nothing of the world: what follows by arithmetic, or by knowing more,
is not borne out. Only the few sentences that have most in common with a clause are held against it: to embed all that
six passages say takes a third of a second.
"""

import asyncio
import re
from collections.abc import Sequence
from heapq import nlargest
from typing import TYPE_CHECKING, Literal

import msgspec

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.groundedness.reading import Part, Sentence, part, sentences

if TYPE_CHECKING:
    import numpy as np

ENOUGH = 0.6
"""What a clause must reach; tuned on one half of the labelled answers (docs/evals.md)."""

_BY_WORDS = 0.5
"""The share of the words in that; the rest is the nearness of the whole."""

_LIKE = 0.6
"""The cosine from which on one word may stand for another."""

_LIKELIEST = 4
"""How many sentences or clauses are held against one."""

_REFUSES = re.compile(
    r"\b(?:documents?|passages?|sources?|texts?|context|information)\b.*"
    r"\b(?:not|no|n't|nothing|cannot)\b.*|\b(?:not|n't|no|cannot)\b.*\b(?:documents?|passages?|sources?|context)\b",
    re.IGNORECASE,
)

Lack = Literal["numbers", "names", "negation", "words"]


class Evidence(msgspec.Struct, frozen=True):
    """A passage that the answer was given; ``about`` is what stands above it: its document's name, its heading."""

    text: str
    about: str = ""


class Claim(msgspec.Struct, frozen=True):
    """A sentence of an answer; ``lacks`` says what of it no passage bears out, else ``passages`` are the numbers of
    those that do, from 1.
    """

    text: str
    lacks: Lack | None = None
    passages: tuple[int, ...] = ()

    @property
    def borne_out(self) -> bool:
        return self.lacks is None


class _Passage(msgspec.Struct, frozen=True):
    number: int
    units: tuple[Part, ...]
    known: frozenset[str]


class _Told(msgspec.Struct, frozen=True):
    """What may bear out a clause, and what it does not have of it."""

    number: int
    unit: Part
    missing: Lack | None


class _Said(msgspec.Struct, frozen=True):
    """A sentence, and each of its clauses with the likeliest to bear it out."""

    text: str
    clauses: list[tuple[Part, list[_Told]]]


async def claims(embedder: LocalEmbedder, question: str, passages: Sequence[Evidence], answer: str) -> list[Claim]:
    """Of each sentence that claims something: that the documents do not tell is no claim. Raises: Overloaded."""
    said = await asyncio.to_thread(_read, question, passages, answer)
    clauses = [one for each in said for one in each.clauses]
    near = await Nearness.of(
        embedder, [*(clause for clause, _ in clauses), *(one.unit for _, told in clauses for one in told)]
    )
    return [_judged(one, near) for one in said]


def _read(question: str, passages: Sequence[Evidence], answer: str) -> list[_Said]:
    told = [_passage(number, one) for number, one in enumerate(passages, 1)]
    asked = part(question)
    names = frozenset[str]().union(*(unit.names for one in told for unit in one.units))
    said = [(one, one.parts(names)) for one in sentences(answer) if not _REFUSES.search(one.text)]
    return [
        _Said(one.text, [(each, _likeliest(each, _bearing(one, each, asked, told))) for each in parts])
        for one, parts in said
        if any(each.says_something for each in parts)
    ]


def groundedness(judged: Sequence[Claim]) -> float:
    """The share that is borne out; an answer that claims nothing is."""
    return sum(one.borne_out for one in judged) / len(judged) if judged else 1.0


class Nearness:
    """Cosines of texts and of words, embedded once."""

    def __init__(self, places: dict[str, int], vectors: "np.ndarray[tuple[int, int], np.dtype[np.float32]]") -> None:
        self._places = places
        self._vectors = vectors

    @classmethod
    async def of(cls, embedder: LocalEmbedder, parts: Sequence[Part]) -> "Nearness":
        """Raises: Overloaded."""
        import numpy as np

        texts = dict.fromkeys(text for one in parts for text in (one.text, *one.words.values()))
        vectors, _ = await embedder.embed(list(texts))
        return cls(
            {text: at for at, text in enumerate(texts)}, np.array([np.frombuffer(one, "<f4") for one in vectors])
        )

    def whole(self, one: Part, other: Part) -> float:
        return float(self._vectors[self._places[one.text]] @ self._vectors[self._places[other.text]])

    def share(self, claimed: Part, told: Part) -> float:
        """The share of the claim that is told: its words, one that is only like a told one by as much as it is; and
        its numbers and names, of which what is missing is seen elsewhere.
        """
        missing = [word for stem, word in claimed.words.items() if stem not in told.known]
        kept = float(len(claimed.words) - len(missing))
        if missing and told.words:
            one, other = ([self._places[word] for word in some] for some in (missing, told.words.values()))
            likest = (self._vectors[one] @ self._vectors[other].T).max(axis=1)
            kept += float(likest[likest >= _LIKE].sum())
        others = len(claimed.numbers) + bool(claimed.names)
        return (kept + others) / (len(claimed.words) + others)


def _passage(number: int, evidence: Evidence) -> _Passage:
    units: dict[str, Part] = {}
    for sentence in sentences(evidence.text):
        for one in (part(sentence.text), *sentence.parts()):
            units.setdefault(one.text, one)
    above = part(evidence.about)
    return _Passage(number, tuple(units.values()), above.known.union(*(one.known for one in units.values())))


def _bearing(sentence: Sentence, claimed: Part, asked: Part, passages: Sequence[_Passage]) -> list[_Passage]:
    """Those that are cited; of a claim that names nothing, those about what the question names."""
    cited = [passages[number - 1] for number in sentence.cited if 0 < number <= len(passages)]
    pool = cited or list(passages)
    if claimed.names:
        return pool
    return [one for one in pool if asked.names <= one.known] or pool


def _likeliest(claimed: Part, passages: Sequence[_Passage]) -> list[_Told]:
    """Those that miss nothing before others; what has nothing in common with the clause is none."""
    every = [
        _Told(one.number, unit, _missing(claimed, unit, one))
        for one in passages
        for unit in one.units
        if not claimed.known.isdisjoint(unit.known)
    ]
    return nlargest(
        _LIKELIEST,
        every,
        key=lambda told: (told.missing is None, len(claimed.known & told.unit.known), -len(told.unit.known)),
    )


def _judged(said: _Said, near: Nearness) -> Claim:
    numbers: set[int] = set()
    for claimed, likeliest in said.clauses:
        scored = [(_score(claimed, one.unit, near), one) for one in likeliest]
        by_score = sorted(scored, key=lambda pair: pair[0], reverse=True)
        bearing = next((one.number for score, one in by_score if one.missing is None and score >= ENOUGH), None)
        if bearing is None:
            return Claim(said.text, by_score[0][1].missing or "words" if by_score else "words")
        numbers.add(bearing)
    return Claim(said.text, passages=tuple(sorted(numbers)))


def _score(claimed: Part, told: Part, near: Nearness) -> float:
    return _BY_WORDS * near.share(claimed, told) + (1 - _BY_WORDS) * near.whole(claimed, told)


def _missing(claimed: Part, told: Part, passage: _Passage) -> Lack | None:
    if not claimed.numbers <= told.known:
        return "numbers"
    # A sentence that names nobody is about what its passage is about.
    if not claimed.names <= (told.known if told.names else passage.known):
        return "names"
    if claimed.negated != told.negated:
        return "negation"
    return "words" if claimed.excludes(told) else None
