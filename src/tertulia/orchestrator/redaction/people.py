"""People whom one text of a window shows, where others, or itself, write them in another case or on two lines.

"anna petrova" alone shows nothing: that "Anna Petrova" is somebody tells. A window may hold hundreds of people and is
read anew with each question: a text is looked through only for those for whom it was not before.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from uuid import UUID

from tertulia.orchestrator.redaction.patterns import Found, merged
from tertulia.orchestrator.redaction.seen import Seen

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s{1,3}")


@dataclass(slots=True)
class _Looked:
    """``people``: for whom a text was looked through last, by their names' hashes; a window's texts share it."""

    people: frozenset[int]
    found: list[Found]


class People:
    def __init__(self, most: int) -> None:
        """The ``most`` latest texts are remembered."""
        self._seen = Seen[_Looked](most)

    def in_any_case(
        self, workspace_id: UUID, texts: Sequence[str], found: Sequence[Sequence[Found]]
    ) -> list[list[Found]]:
        """Where in each text the people that were ``found`` in any stand, and were not found there: those whose name
        has two words at least.
        """
        shown = [list(_names(text, some)) for text, some in zip(texts, found, strict=True)]
        people = {hash(name): name for name in chain.from_iterable(shown)}
        if not people:
            return [[] for _ in texts]
        everybody = frozenset(people)
        looked, new = self._seen.known(workspace_id, texts)
        looked |= {text: self._seen.put(digest, _Looked(frozenset(), [])) for text, digest in new.items()}
        for text, names in zip(texts, shown, strict=True):
            before = looked[text]
            if others := everybody - before.people:
                before.found = merged(before.found, _said(text, names, [people[one] for one in others]))
                before.people = everybody
        return [looked[text].found for text in texts]


def _names(text: str, found: Iterable[Found]) -> Iterator[str]:
    for one in found:
        words = [*_WORD.finditer(text, one.start, one.end)] if one.kind == "PERSON" else []
        if len(words) > 1 and " " in (name := _plain(text[words[0].start() : words[-1].end()])):
            yield name


def _said(text: str, shown: Iterable[str], people: Collection[str]) -> list[Found]:
    """Gone through once, however many people there are, and only for those who may be there oftener than ``shown``."""
    begun = Counter(pairwise(_WORD.findall(text.casefold())))
    begun.subtract(map(_beginning, shown))
    names = {name for name in people if begun[_beginning(name)] > 0}
    lengths = defaultdict[str, set[int]](set)
    for name in names:
        lengths[_beginning(name)[0]].add(len(_WORD.findall(name)))
    words = [*_WORD.finditer(text)] if names else []
    said: list[Found] = []
    for at, first in enumerate(words):
        if said and first.start() < said[-1].end:
            continue
        for length in sorted(lengths.get(_plain(first[0]), ()), reverse=True):
            last = words[at : at + length][-1]
            if _plain(text[first.start() : last.end()]) in names:
                said.append(Found("PERSON", first.start(), last.end(), "model"))
                break
    return said


def _beginning(name: str) -> tuple[str, str]:
    first, second = _WORD.findall(name)[:2]
    return first, second


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text.casefold())
