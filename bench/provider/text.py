"""The text that the simulated provider says: a function of the seed, so that a client can know it beforehand.

Some words hold characters of two, three and four bytes, so that a reader who splits bytes wrongly is found out.
"""

import random
import re
from functools import lru_cache

_VOCABULARY = (
    "the river keeps its own time and nobody asks why because water knows where low ground lies "
    "café naïve Ærø 東京 Ελλάδα смысл 🙂 👩‍🚀 answer question reason measure window morning letter paper "
    "stone light under over between after before while count carry build follow open close again"
)
WORDS = tuple(_VOCABULARY.split())
_PIECE = re.compile(r"\s*\S+|\s+")


@lru_cache(maxsize=4096)
def pieces(seed: int, tokens: int) -> tuple[str, ...]:
    """``tokens`` pieces, each a word with the space before it."""
    choose = random.Random(seed)
    words = [choose.choice(WORDS) for _ in range(tokens)]
    return tuple(word if at == 0 else f" {word}" for at, word in enumerate(words))


def text(seed: int, tokens: int) -> str:
    return "".join(pieces(seed, tokens))


def after(said: tuple[str, ...], begun: str) -> tuple[str, ...]:
    """What is left to say of some pieces when their beginning has been said; all of them after anything else."""
    if not "".join(said).startswith(begun):
        return said
    left, at = [], 0
    for piece in said:
        left.append(piece[max(0, len(begun) - at) :])
        at += len(piece)
    return tuple(piece for piece in left if piece)


def cut_into_pieces(given: str, how: str, seed: int) -> tuple[str, ...]:
    """A given text in pieces that join to it again: by word, by character, or at random places."""
    if how == "char":
        return tuple(given)
    if how == "random":
        return _at_random(given, random.Random(seed))
    return tuple(_PIECE.findall(given))


def _at_random(given: str, choose: random.Random) -> tuple[str, ...]:
    found = []
    at = 0
    while at < len(given):
        length = choose.randint(1, 7)
        found.append(given[at : at + length])
        at += length
    return tuple(found)
