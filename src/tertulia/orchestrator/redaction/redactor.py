"""Gives each value found in a window its placeholder: ``[EMAIL_1]``, the same for the same value throughout.

A placeholder that somebody typed keeps its meaning: its number is never given to a value, so it is never restored.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from tertulia.orchestrator.redaction.patterns import Found
from tertulia.orchestrator.redaction.policy import REDACT_ALL, PersonalDataBlocked, PrivacyPolicy
from tertulia.orchestrator.redaction.writing import Writing

SPACE = r" \t\r\n\u00a0\u202f\u200b-\u200d\u2060\ufeff"
MARK = rf"{SPACE}*`_"
BETWEEN = rf"{MARK}\\#:\u2010-\u2015\uff3f-"
PLAIN = (
    rf"(?P<escaped>\\)?\[[{MARK}]{{0,3}}(?P<kind>[A-Za-z](?:[A-Za-z_{SPACE}\\-]{{0,14}}[A-Za-z])?)(?:[{BETWEEN}]{{1,3}}|&#95;|&nbsp;)"
    rf"(?P<number>[0-9]{{1,6}})(?P<ending>['\u2019]?s)?[{MARK}]{{0,3}}(?(escaped)\\)\]"
)
"""A placeholder as people and models write it: any case; ``_``, a dash, ``#``, a space or an escaped ``_`` between;
emphasis inside; both brackets escaped; an ending before the bracket.
"""

CODED_OPEN = ("\uff3b", "\u3010", "\u27e6", "&#91;", "&#x5b;", "&lbrack;", "&lsqb;", "%5b", "\\u005b")
_CODED_CLOSE = ("\uff3d", "\u3011", "\u27e7", "&#93;", "&#x5d;", "&rbrack;", "&rsqb;", "%5d", "\\u005d")
"""Brackets as an address, HTML, JSON and East Asian text have them, in small letters."""

_LETTER = r"A-Za-z\uff21-\uff3a\uff41-\uff5a"
CODED = (
    rf"(?P<open>(?i:{'|'.join(map(re.escape, CODED_OPEN))}))[{MARK}]{{0,3}}"
    rf"(?P<coded_kind>[{_LETTER}](?:[{_LETTER}_{SPACE}\uff3f-]{{0,14}}[{_LETTER}])?)"
    rf"(?:[{BETWEEN}]{{1,3}}|%5[fF]|%20|\+|&#95;|&nbsp;)(?P<coded_number>[0-9\uff10-\uff19]{{1,6}})[{MARK}]{{0,3}}"
    rf"(?i:{'|'.join(map(re.escape, _CODED_CLOSE))})"
)
TYPED = re.compile(rf"{PLAIN}|{CODED}")
_BRACKET = re.compile(rf"\[|(?i:{'|'.join(map(re.escape, CODED_OPEN))})")


def normal(kind: str, number: str) -> tuple[str, int]:
    return _letters(kind), int(number)


@lru_cache(maxsize=256)
def _letters(kind: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", kind).upper() if character.isalpha())


def meant(match: re.Match[str]) -> tuple[str, int]:
    """What a match of ``TYPED`` stands for."""
    return normal(match["kind"] or match["coded_kind"], match["number"] or match["coded_number"])


Number = tuple[str, int]
"""Kind and number: what a placeholder is made of."""


def typed(text: str) -> frozenset[Number]:
    """The placeholders that a text holds."""
    return frozenset(map(meant, TYPED.finditer(text))) if _BRACKET.search(text) else frozenset()


class Redactor:
    """One window's values. Redact the whole window with one redactor, and restore its answer with ``values``."""

    def __init__(self, policy: PrivacyPolicy = REDACT_ALL) -> None:
        self._policy = policy
        self._placeholders: dict[str, str] = {}
        self._numbers: dict[str, Number] = {}
        self._counts: dict[str, int] = defaultdict(int)
        self._taken: set[Number] = set()

    @property
    def values(self) -> dict[str, str]:
        """Placeholder → value."""
        return {placeholder: value for value, placeholder in self._placeholders.items()}

    def reserve(self, typed: Iterable[Number]) -> None:
        """Note the placeholders that texts hold already; those of all are noted before any is redacted."""
        self._taken.update(typed)

    def hidden(self, text: str, found: Sequence[Found]) -> dict[str, Found]:
        """The values that will need a placeholder, and have none yet."""
        writing = Writing(text)
        values = {writing.value(one): one for one in found}
        return {
            value: one
            for value, one in values.items()
            if value not in self._placeholders and self._policy.action(one.kind, value) == "redact"
        }

    def number(self, numbers: Mapping[str, Number]) -> None:
        """These values are known elsewhere by these numbers: they have them here too, unless somebody typed them."""
        self._numbers.update(numbers)

    def redact(self, text: str, found: Sequence[Found]) -> str:
        """``found`` is in order and without overlaps. Raises: PersonalDataBlocked."""
        writing = Writing(text)
        kept: list[str] = []
        blocked: set[str] = set()
        at = 0
        for one in found:
            value = writing.value(one)
            action = self._policy.action(one.kind, value)
            if action == "block":
                blocked.add(one.kind)
            elif action != "allow":
                written = self._placeholder(one.kind, value) if action == "redact" else f"[{one.kind}]"
                kept += text[at : one.start], writing.in_place_of(one, written)
                at = one.end
        if blocked:
            raise PersonalDataBlocked.of(blocked)
        kept.append(text[at:])
        return "".join(kept)

    def unrestored(self, answer: str) -> str:
        """The values that have placeholders here, as those; nothing else is looked for."""
        if not self._placeholders:
            return answer
        longest_first = sorted(self._placeholders, key=len, reverse=True)
        known = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
        return known.sub(lambda match: self._placeholders[match[0]], answer)

    def _placeholder(self, kind: str, value: str) -> str:
        known = self._placeholders.get(value)
        if known is None:
            kind, number = self._numbers.get(value) or (kind, self._counts[kind] + 1)
            while normal(kind, str(number)) in self._taken:
                number += 1
            self._taken.add(normal(kind, str(number)))
            self._counts[kind] = max(number, self._counts[kind])
            known = self._placeholders[value] = f"[{kind}_{number}]"
        return known
