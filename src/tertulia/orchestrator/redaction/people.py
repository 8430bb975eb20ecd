"""People whom one text of a window shows, where others, or itself, write them in another case or on two lines.

"anna petrova" alone shows nothing: that "Anna Petrova" is somebody tells.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from tertulia.orchestrator.redaction.patterns import Found

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s{1,3}")


def in_any_case(texts: Sequence[str], found: Sequence[Sequence[Found]]) -> list[list[Found]]:
    """Where in each text its people, and those of the others, stand: who has a name of two words at least."""
    people = set[str]()
    lengths = defaultdict[str, set[int]](set)
    for text, some in zip(texts, found, strict=True):
        for one in some:
            words = [*_WORD.finditer(text, one.start, one.end)] if one.kind == "PERSON" else []
            if words and " " in (name := _plain(text[words[0].start() : words[-1].end()])):
                people.add(name)
                lengths[_plain(words[0][0])].add(len(words))
    return [_said(text, people, lengths) if people else [] for text in texts]


def _said(text: str, people: Collection[str], lengths: Mapping[str, Collection[int]]) -> list[Found]:
    """``lengths``: how many words the names have that begin with one, so that a text is gone through once, however
    many people there are.
    """
    words = [*_WORD.finditer(text)]
    said: list[Found] = []
    for at, first in enumerate(words):
        if said and first.start() < said[-1].end:
            continue
        for length in sorted(lengths.get(_plain(first[0]), ()), reverse=True):
            last = words[at : at + length][-1]
            if _plain(text[first.start() : last.end()]) in people:
                said.append(Found("PERSON", first.start(), last.end(), "model"))
                break
    return said


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.casefold())
