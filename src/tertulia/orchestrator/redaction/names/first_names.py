"""People whom the language model takes for a company or a town, or does not see, by their first names.

It has read English news: "Stig Jönsson" is a company to it, and "Mikołaj" nothing. A known first name makes a person of
what it found there, and of the capitalised words beside it where it found nothing.
"""

import re
from collections.abc import Sequence

from tertulia.orchestrator.redaction.names.process import Name
from tertulia.orchestrator.redaction.words import FIRST_NAMES, NO_NAMES, PARTICLE

_WORD = r"[^\W\d_a-zß-öø-ÿ](?:[^\W\d_]|['’-](?=[^\W\d_]{2})){0,30}"
_NAMES = re.compile(
    rf"(?<![\w@/#\\.-]){_WORD}(?:\s(?:[A-Z]\.\s)?(?:{PARTICLE}\s){{0,2}}{_WORD}(?![\w-]*[@/\\])){{0,3}}(?![\w@/\\])"
)
_FIRST = re.compile(r"[^\W\d_]+")
_NO_PERSONS = re.compile(
    r"\b(?:Inc|LLC|Ltd|PLC|Corp|GmbH|AG|KG|Group|Sons|Partners|Bank|University|College|School|Hospital|Street|Road|"
    r"Avenue|Square|Park|Island|Lake|River|"
    r"County|Station|Airport|Bridge|Church|Cathedral|Institute|Foundation|Museum|Award|Prize|Cup|Day|Law|Theorem|"
    r"Effect|Syndrome|Ltda|SA|SL|SpA|Srl|and)\b|[&0-9]"
)
_LONGEST = 4
"""Words of a person's name."""


def with_first_names(segment: str, found: Sequence[Name]) -> list[Name]:
    """What the model ``found``, with the people among it, beside it and where it found nothing, in order."""
    names: list[Name] = [
        ("PERSON" if kind != "PERSON" and _is_a_person(segment[start:end]) else kind, start, end)
        for kind, start, end in found
    ]
    for match in _NAMES.finditer(segment):
        start = match.start()
        words = match[0].split(" ")
        while words and not _is_first(words[0]):
            start += len(words.pop(0)) + 1
        while words and words[-1].casefold() in NO_NAMES:
            words.pop()
        value = " ".join(words)
        if words and not _NO_PERSONS.search(value) and (len(words) > 1 or not value.isupper()):
            names = _with_person(names, start, start + len(value))
    return sorted(names, key=lambda name: name[1])


def _with_person(names: list[Name], start: int, end: int) -> list[Name]:
    """Unless the model has something else there, or more; parts of the name that it found are one with it."""
    beside = [name for name in names if name[2] <= start or end <= name[1]]
    parts = len(names) - len(beside)
    within = sum(kind == "PERSON" and start <= begin and last <= end for kind, begin, last in names)
    return [*beside, ("PERSON", start, end)] if parts == within else names


def _is_a_person(value: str) -> bool:
    words = value.split()
    if len(words) == 1 and not all(part in FIRST_NAMES for part in value.split("-")):
        return False  # "Parker-Hall" is a company
    return bool(words) and _is_first(words[0]) and len(words) <= _LONGEST and not _NO_PERSONS.search(value)


def _is_first(word: str) -> bool:
    first = _FIRST.match(word)
    if first is None or word.casefold() in NO_NAMES:
        return False
    return first[0] in FIRST_NAMES or (first[0].isupper() and first[0].capitalize() in FIRST_NAMES)
