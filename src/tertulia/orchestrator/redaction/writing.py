"""What a value is where a text writes it otherwise: in JSON escapes are undone, and a bare number is put into quotes.

So a value is the same in a tool's arguments, in its result and in a sentence, and what is redacted is JSON still.
"""

import re
from bisect import bisect_right
from functools import cached_property

import msgspec

from tertulia.orchestrator.redaction.patterns import Found

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETS = {"{": "}", "[": "]"}


class Writing:
    """One text's."""

    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, found: Found) -> str:
        raw = self._text[found.start : found.end]
        if "\\" not in raw or not self._is_json:
            return raw
        try:
            return msgspec.json.decode(f'"{raw}"', type=str)
        except msgspec.DecodeError:
            return raw

    def in_place_of(self, found: Found, written: str) -> str:
        """What is written there instead."""
        return f'"{written}"' if self._is_json and self._is_bare(found) else written

    @cached_property
    def _is_json(self) -> bool:
        text = self._text.strip()
        if text[:1] not in _BRACKETS or not text.endswith(_BRACKETS[text[0]]):
            return False
        try:
            msgspec.json.decode(text.encode())
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return False
        return True

    def _is_bare(self, found: Found) -> bool:
        before = bisect_right(self._strings, found.start, key=lambda span: span[0]) - 1
        return before < 0 or self._strings[before][1] <= found.start

    @cached_property
    def _strings(self) -> list[tuple[int, int]]:
        return [match.span() for match in _STRING.finditer(self._text)]
