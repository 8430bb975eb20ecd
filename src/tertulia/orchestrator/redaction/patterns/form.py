"""What a kind of personal data looks like: a pattern, a cheap hint that it may be there, and its check."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

Layer = Literal["pattern", "model"]
_NEAR = 60


class Found(msgspec.Struct, frozen=True):
    """``text[start:end]`` is personal data of this kind; ``layer`` says what found it."""

    kind: str
    start: int
    end: int
    layer: Layer = "pattern"


@dataclass(frozen=True, slots=True)
class Form:
    """Where the pattern has a group ``value``, that is what is personal, and the rest what it is known by.

    ``after`` must match what stands right before, up to ``_NEAR`` characters of it: looked at only where the pattern
    matches, which costs less than to look for the words first.
    """

    kind: str
    regex: re.Pattern[str]
    hint: re.Pattern[str]
    """A cheap search that fails where the pattern cannot match: most texts hold nothing."""
    valid: Callable[[str], bool] | None = None
    after: re.Pattern[str] | None = None
    within: Callable[[str], Iterator[tuple[int, int]]] | None = None
    """Where in a match the values are, where it may hold more than one, or more than it."""

    def matches(self, text: str) -> Iterator[Found]:
        if not self.hint.search(text):
            return
        group = "value" if "value" in self.regex.groupindex else 0
        for match in self.regex.finditer(text):
            start, end = match.span(group)
            if self.after is not None and not self.after.search(text[max(0, start - _NEAR) : start]):
                continue
            if self.within is not None:
                for first, last in self.within(text[start:end]):
                    yield Found(self.kind, start + first, start + last)
            elif self.valid is None or self.valid(text[start:end]):
                yield Found(self.kind, start, end)


def form(
    kind: str,
    regex: str,
    hint: str,
    valid: Callable[[str], bool] | None = None,
    *,
    after: str | None = None,
    within: Callable[[str], Iterator[tuple[int, int]]] | None = None,
) -> Form:
    before = None if after is None else re.compile(rf"{after}\Z")
    return Form(kind, re.compile(regex), re.compile(hint), valid, before, within)


def digits_of(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
