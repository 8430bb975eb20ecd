r"""A text as a person reads it: what is written in a second way is read as the first, and known to be in its place.

Digits of any script and of full width, dashes and spaces of all sorts, accents that stand by themselves, characters
that are not seen, Cyrillic and Greek letters in a Latin word, and ``\n``, ``\"`` and ``\u00e9`` as JSON and code write
them. Patterns and names are looked for in what is read, and replaced in what is written.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable

_LETTERS = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУаеѕіјорсхуԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονα",
        "ABESIJKMHOPCTXYaesijopcxydhqwABEZHIKMNOPTYXova",
        strict=True,
    )
)
_ALIKE = "".join(_LETTERS)
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
)
_SPACES = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63"
_WIDE = "\uff01-\uff5e\U0001d400-\U0001d7ff"
_ODD = re.compile(
    rf"(?P<unseen>[{_UNSEEN}]+)|(?P<space>[{_SPACES}])|(?P<dash>[{_DASHES}])|(?P<wide>[{_WIDE}])|(?P<digit>(?![0-9])\d)"
    rf"|(?P<accent>[A-Za-z][\u0300-\u036f]{{1,4}})|"
    rf"(?P<word>(?<![A-Za-z{_ALIKE}])(?=[A-Za-z]{{0,40}}[{_ALIKE}])[A-Za-z{_ALIKE}]{{2,60}})"
    r"|(?P<escape>\\(?:u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|[\\nrt\"/]))"
)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class Reading:
    """``plain`` is what is read; ``written`` says where that stands."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks: list[tuple[int, int]] = [(0, 0)]
        self.plain = text if text.isascii() and "\\" not in text else self._read()

    def written(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text of a place in what is read; what is not seen around it is left out."""
        return self._written(start), self._written(end - 1, after=True) if end > start else self._written(end)

    def _read(self) -> str:
        read: list[str] = []
        at = length = 0
        for match in _ODD.finditer(self._text):
            kind, odd = match.lastgroup or "", match[0]
            meant = _meant(kind, odd)
            if meant == odd:
                continue
            start, end = match.span()
            read += self._text[at:start], meant
            length += start - at
            if kind != "word":
                self._breaks.append((length, start))
                length += len(meant)
                self._breaks.append((length, end))
            else:
                length += len(meant)
            at = end
        read.append(self._text[at:])
        return "".join(read)

    def _written(self, place: int, *, after: bool = False) -> int:
        """Where a character of what is read begins; ``after``: where it ends."""
        at = bisect_right(self._breaks, place, key=lambda one: one[0]) - 1
        read, written = self._breaks[at]
        if not after:
            return written + place - read
        following = self._breaks[at + 1] if at + 1 < len(self._breaks) else None
        if following is not None and place + 1 == following[0]:
            return following[1]
        return written + place + 1 - read


def _meant(kind: str, odd: str) -> str:
    read = _READ.get(kind)
    return read(odd) if read else unicodedata.normalize("NFKC", odd)


def _latin(word: str) -> str:
    """A word of another script stays, also where all of its letters look Latin."""
    return "".join(_LETTERS.get(one, one) for one in word) if any(map(str.isascii, word)) else word


def _unescaped(escape: str) -> str:
    if escape[1] != "u":
        return _ESCAPED.get(escape[1], escape[1])
    units = b"".join(int(unit, 16).to_bytes(2, "big") for unit in escape[2:].split("\\u"))
    return units.decode("utf-16-be", "replace")


_READ: dict[str, Callable[[str], str]] = {
    "unseen": lambda _: "",
    "space": lambda _: " ",
    "dash": lambda _: "-",
    "digit": lambda odd: str(unicodedata.decimal(odd)),
    "word": _latin,
    "escape": _unescaped,
}
"""What is meant by each; the others are what Unicode has them compatible with."""
