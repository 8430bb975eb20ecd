"""What a kind of personal data looks like: a pattern, a cheap hint that it may be there, and its check."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import msgspec

Layer = Literal["pattern", "model"]
_NEAR = 60


class Found(msgspec.Struct, frozen=True):
    """``text[start:end]`` is personal data of this kind; ``layer`` says what found it."""

    kind: str
    start: int
    end: int
    layer: Layer = "pattern"


class Look(Protocol):
    """Finds what is personal in a text: a form, or a table's columns."""

    def matches(self, text: str) -> Iterator[Found]: ...


@dataclass(frozen=True, slots=True)
class Form:
    """Where the pattern has a group ``value``, that is what is personal, and the rest what it is known by.

    ``after`` must match what stands right before, up to ``_NEAR`` characters of it: looked at only where the pattern
    matches, which costs less than to look for the words first. ``unless`` must not match there.
    """

    kind: str
    regex: re.Pattern[str]
    may_match: Callable[[str], object]
    """A cheap look, false where the pattern cannot match: most texts hold nothing."""
    valid: Callable[[str], bool] | None = None
    after: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    within: Callable[[str], Iterator[tuple[int, int]]] | None = None
    """Where in a match the values are, where it may hold more than one, or more than it."""

    def matches(self, text: str) -> Iterator[Found]:
        if not self.may_match(text):
            return
        group = "value" if "value" in self.regex.groupindex else 0
        for match in self.regex.finditer(text):
            start, end = match.span(group)
            before = text[max(0, start - _NEAR) : start]
            if self.after is not None and not self.after.search(before):
                continue
            if self.unless is not None and self.unless.search(before):
                continue
            if self.within is not None:
                for first, last in self.within(text[start:end]):
                    yield Found(self.kind, start + first, start + last)
            elif self.valid is None or self.valid(text[start:end]):
                yield Found(self.kind, start, end)


def form(
    kind: str,
    regex: str,
    hint: str | tuple[str, ...],
    valid: Callable[[str], bool] | None = None,
    *,
    after: str | None = None,
    unless: str | None = None,
    within: Callable[[str], Iterator[tuple[int, int]]] | None = None,
) -> Form:
    """``hint``: a pattern that is there wherever ``regex`` matches; or words, in small letters, of which one is."""
    may_match = re.compile(hint).search if isinstance(hint, str) else partial(_holds, hint)
    return Form(kind, re.compile(regex), may_match, valid, _before(after), _before(unless), within)


def _holds(words: tuple[str, ...], text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in words)


def _before(words: str | None) -> re.Pattern[str] | None:
    return None if words is None else re.compile(rf"{words}\Z")


def digits_of(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


def merged(first: Sequence[Found], second: Sequence[Found]) -> list[Found]:
    """Both, in order; where they overlap the first wins. Each is in order and without overlaps."""
    starts = [one.start for one in first]

    def is_free(one: Found) -> bool:
        before = bisect_left(starts, one.end)
        return before == 0 or first[before - 1].end <= one.start

    return sorted([*first, *filter(is_free, second)], key=lambda one: one.start) if second else list(first)
