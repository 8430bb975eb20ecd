"""Judges what an answer claims: a sentence is borne out when some sentence of its passages says as much.

Each of its clauses is held against the passages that it cites, or all: its numbers and names must stand there, its
negation must agree, and its words must be told, if in other words that mean nearly the same by the embedding model. It
is strict on what an answer depends on, and knows nothing of the world: what follows by arithmetic, or by knowing more,
is not borne out.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals.groundedness.reading import Part, Sentence, part, sentences

if TYPE_CHECKING:
    import numpy as np

ENOUGH = 0.6
"""What a clause must reach; tuned on one half of the labelled answers (docs/evals.md)."""

_BY_WORDS = 0.5
"""The share of the words in that; the rest is the nearness of the whole."""

_LIKE = 0.6
"""The cosine from which on one word may stand for another."""

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
    """A sentence of an answer; ``lacks`` says what of it no passage bears out."""

    text: str
    lacks: Lack | None = None

    @property
    def borne_out(self) -> bool:
        return self.lacks is None


class _Passage(msgspec.Struct, frozen=True):
    units: tuple[Part, ...]
    known: frozenset[str]


async def claims(embedder: LocalEmbedder, question: str, passages: Sequence[Evidence], answer: str) -> list[Claim]:
    """Of each sentence that claims something: that the documents do not tell is no claim. Raises: Overloaded."""
    told = [_passage(one) for one in passages]
    asked = part(question)
    names = frozenset[str]().union(*(unit.names for unit in _units(told)))
    said = [(one, one.parts(names)) for one in sentences(answer) if not _REFUSES.search(one.text)]
    said = [(one, parts) for one, parts in said if any(each.says_something for each in parts)]
    near = await Nearness.of(embedder, [*(each for _, parts in said for each in parts), *_units(told)])
    return [
        Claim(
            one.text, next(filter(None, (_lack(each, _bearing(one, each, asked, told), near) for each in parts)), None)
        )
        for one, parts in said
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


def _passage(evidence: Evidence) -> _Passage:
    units: dict[str, Part] = {}
    for sentence in sentences(evidence.text):
        for one in (part(sentence.text), *sentence.parts()):
            units.setdefault(one.text, one)
    above = part(evidence.about)
    return _Passage(tuple(units.values()), above.known.union(*(one.known for one in units.values())))


def _units(passages: Sequence[_Passage]) -> list[Part]:
    return [unit for one in passages for unit in one.units]


def _bearing(sentence: Sentence, claimed: Part, asked: Part, passages: Sequence[_Passage]) -> list[_Passage]:
    """Those that are cited; of a claim that names nothing, those about what the question names."""
    cited = [passages[number - 1] for number in sentence.cited if 0 < number <= len(passages)]
    pool = cited or list(passages)
    if claimed.names:
        return pool
    return [one for one in pool if asked.names <= one.known] or pool


def _lack(claimed: Part, passages: Sequence[_Passage], near: Nearness) -> Lack | None:
    """What the likest sentence lacks; None when one lacks nothing."""
    best = -1.0
    lack: Lack = "words"
    for passage in passages:
        for unit in passage.units:
            share = near.share(claimed, unit)
            score = _BY_WORDS * share + (1 - _BY_WORDS) * near.whole(claimed, unit)
            missing = _missing(claimed, unit, passage)
            if missing is None and score >= ENOUGH:
                return None
            if score > best:
                best, lack = score, missing or "words"
    return lack


def _missing(claimed: Part, told: Part, passage: _Passage) -> Lack | None:
    if not claimed.numbers <= told.known:
        return "numbers"
    # A sentence that names nobody is about what its passage is about.
    if not claimed.names <= (told.known if told.names else passage.known):
        return "names"
    if claimed.negated != told.negated:
        return "negation"
    return "words" if claimed.excludes(told) else None
