"""Orders passages by meaning and by words: the cosine, and a share of BM25 (Robertson and Zaragoza, 2009).

How telling a word is, is counted over the candidates themselves: they are near in meaning, so the words that only some
of them have tell them apart. It needs no statistics of a tenant's documents, and ranks better than theirs did
(docs/retrieval.md).
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import log

from tertulia.orchestrator.repository.chunks import Candidate

SHARE = 0.15
"""What the best match by words adds to a cosine; tuned on one half of the packaged questions."""

_K1, _B = 1.2, 0.75
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_ENDINGS = re.compile(r"(?<=\w{3})(?:ing|edly|ed|ies|es|s|ly)$")
_COMMON = (
    "a about an and are as at be but by can could did do does for from had has have how i if in into is it its me my "
    "no not of on or our should so than that the their there they this to was we were what when where which who why "
    "will with would you your"
)
_PASSED_OVER = frozenset(_COMMON.split())
_MOST_KEPT = 20_000
"""Words whose stems are known: most of a passage's are common ones, and to cut a stem off was the half of ranking."""


def ranked(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best first."""
    by_words = _by_words(question, candidates)
    best = max(by_words, default=0.0) or 1.0
    scores = [one.score + SHARE * words / best for one, words in zip(candidates, by_words, strict=True)]
    order = sorted(range(len(candidates)), key=lambda at: (-scores[at], str(candidates[at].id)))
    return [candidates[at] for at in order]


def _by_words(question: str, candidates: Sequence[Candidate]) -> list[float]:
    asked = set(stems(question))
    counts = [Counter(stems(f"{one.heading or ''} {one.text}")) for one in candidates]
    lengths = [counted.total() for counted in counts]
    usual = (sum(lengths) / len(lengths) if lengths else 0) or 1
    scores = [0.0] * len(candidates)
    for word in asked:
        holders = sum(word in counted for counted in counts)
        telling = log(1 + (len(counts) - holders + 0.5) / (holders + 0.5))
        for at, counted in enumerate(counts):
            if often := counted[word]:
                scores[at] += telling * often * (_K1 + 1) / (often + _K1 * (1 - _B + _B * lengths[at] / usual))
    return scores


def stems(text: str) -> list[str]:
    """Its telling words, in order, without their endings."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _PASSED_OVER]


@lru_cache(maxsize=_MOST_KEPT)
def _stem(word: str) -> str:
    return _ENDINGS.sub("", word)
