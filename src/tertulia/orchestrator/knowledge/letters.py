"""Ranks and judges by letters where the embedding model cannot: it was trained on English.

In scripts that it does not know all texts are near each other, and so are all that are told in the same other language
(docs/retrieval.md). There, a passage bears on a question as far as it holds the question's pieces: four letters of a
word in a row, whatever ending it has, or two where words are not divided by spaces. How telling a piece is, is counted
over the candidates, as ``ranking`` does.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from math import log
from uuid import UUID
from zlib import crc32

FLOOR, FLOOR_UNDIVIDED = 0.15, 0.08
"""The share of what a question asks that a passage must hold; the second where words are not divided by spaces, since
many of its pieces then are the end of one word and the beginning of the next.
"""

_LONG, _LONG_UNDIVIDED = 4, 2
_UNDIVIDED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese; and Korean, whose words are short and joined with particles."""

_RUN = re.compile(rf"[{_UNDIVIDED}]+|[^{_UNDIVIDED}\s]+")
_IS_UNDIVIDED = re.compile(rf"[{_UNDIVIDED}]")
_ENDINGS = re.compile(r"[\u3041-\u309f]+")
"""Hiragana alone: Japanese endings and particles, which all sentences have."""

_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\ufb00-\ufb06\uff21-\uff5a]")
"""A letter that is not Latin."""

_ENGLISH = re.compile(
    r"\b(?:the|how|what|which|who|whom|whose|when|where|why|does|did|are|were|with|this|that|these|those|from|have|"
    r"has|would|could|should|your|their|they|and|been|about|tell|show|our)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    # German, Dutch
    r"\b(?:der|das|und|ist|sind|nicht|wie|wo|wer|wann|warum|wohin|welche[rsnm]?|eine?[rsnm]?|für|mit|von|wird|kann|muss|"
    r"het|een|wat|hoe|waar|wanneer|welke|moet|voor|"
    # French, Spanish, Italian, Portuguese, Romanian
    r"le|les|est|une|qui|où|quels?|quelles?|quand|comment|combien|pourquoi|pour|dans|avec|"
    r"el|la|los|las|del|qué|que|cómo|cuándo|dónde|cuál|cuáles|quién|cuánt[oa]s?|cada|"
    r"il|gli|della|dove|quando|quant[oiae]|quale|perché|sono|di|"
    r"os|uma|não|onde|qual|quais|quem|porque|são|unde|cine|cum|este|când|"
    # Polish, Czech, Swedish, Danish, Norwegian, Finnish, Hungarian, Turkish, Indonesian, Vietnamese
    r"gdzie|kiedy|kto|jest|jak|ile|się|kde|kdy|kdo|jaký|jaká|jaké|och|är|hur|var|när|vem|vad|hvor|hvad|hvem|når|og|"
    r"missä|mikä|kuka|milloin|hol|mikor|hogyan|nerede|kim|kaç|hangi|ve|di mana|berapa|siapa|apa|yang|"
    r"là|gì|ở|đâu|bao|của)\b",
    re.IGNORECASE,
)
"""Words of other languages in Latin letters."""

_VOWEL_SIGNS = 10
"""The first of Unicode's combining classes that people leave out; below are parts of letters, as in India and Japan."""

_ONE_IN = 25
"""Words of an English text for each that tells it; usual are six."""

_FEWEST = 40
"""Passages that are reckoned with at least: of two or three, nothing can be counted."""


def is_foreign(text: str) -> bool:
    """Whether most letters are of a script that the embedding model does not know."""
    return _are_most(text, _FOREIGN)


def is_english(text: str) -> bool:
    return len(_ENGLISH.findall(text)) * _ONE_IN >= max(1, len(text.split()))


def is_of_another_language(question: str) -> bool:
    """Whether it shows that it is: a few words alone, or a row of a table, may be of any."""
    return not is_english(question) and bool(_OTHER.search(question))


def floor(question: str) -> float:
    """What ``shares`` must reach."""
    return FLOOR_UNDIVIDED if _are_most(question, _IS_UNDIVIDED) else FLOOR


def shares(question: str, texts: Sequence[str]) -> list[float]:
    """Of what the question asks, how much each text holds: from 0 to 1."""
    asked = pieces(question)
    held = [asked & pieces(text) for text in texts]
    holders = Counter(piece for some in held for piece in some)
    of_all = max(_FEWEST, len(texts))
    telling = {piece: log(1 + (of_all - holders[piece] + 0.5) / (holders[piece] + 0.5)) for piece in asked}
    whole = sum(telling.values()) or 1.0
    return [sum(map(telling.__getitem__, some)) / whole for some in held]


def pieces(text: str) -> set[str]:
    """Without capitals, accents and vowel signs, which people leave out."""
    found = set[str]()
    for word in _plain(text).split():
        for run in _RUN.findall(word):
            long = _LONG_UNDIVIDED if _IS_UNDIVIDED.match(run) else _LONG
            found.update(run[at : at + long] for at in range(max(1, len(run) - long + 1)))
    return {piece for piece in found if not _ENDINGS.fullmatch(piece)}


def codes(base_id: UUID, text: str) -> list[int]:
    """Those of its pieces that are not Latin, as numbers of 32 bits for an index: each base has its own, so that a
    look-up finds no other's.
    """
    if not _FOREIGN.search(text):
        return []
    start = crc32(base_id.bytes)
    return sorted(crc32(piece.encode(), start) - 2**31 for piece in pieces(text) if _FOREIGN.search(piece))


def _are_most(text: str, letter: re.Pattern[str]) -> bool:
    return 2 * len(letter.findall(text)) > sum(map(str.isalpha, text))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text.casefold()).translate(_KEPT))


class _Kept(dict[int, str]):
    """What becomes of a character: each is looked at once, since to ask what all of a text are takes as long as the
    rest twice over.
    """

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if letter.isalnum():
            kept = letter
        elif unicodedata.category(letter).startswith("M"):
            kept = letter if unicodedata.combining(letter) < _VOWEL_SIGNS else ""
        else:
            kept = " "
        self[code] = kept
        return kept


_KEPT = _Kept()
