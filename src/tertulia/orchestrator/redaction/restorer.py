r"""Puts values back into an answer that comes in pieces, cut anywhere.

Only what may still become a placeholder is held back, and never more than the longest way to write one; all else goes
on at once. ``[email_1]``, ``[ EMAIL 1 ]``, ``[EMAIL\_1]``, ``\[EMAIL_1\]``, ``[**EMAIL_1**]`` and ``[EMAILS_1]`` are
the same placeholder.
"""

import re
from collections.abc import Callable, Mapping

from tertulia.orchestrator.redaction.redactor import BETWEEN, MARK, TYPED, meant

_MAY_BECOME = re.compile(
    rf"\\?\[[{MARK}]{{0,3}}(?:[A-Za-z][A-Za-z{BETWEEN}]{{0,18}}(?:(?<=[{BETWEEN}])[0-9]{{1,6}}[{MARK}]{{0,3}}\\?)?)?\Z|\\\Z"
)
MAX_HELD = 40
"""Longer than any placeholder that ``TYPED`` knows."""


def as_is(value: str) -> str:
    return value


class Restorer:
    """One answer's stream. ``feed`` gives what can go on; ``finish`` what was held when no more comes.

    ``write`` says how a value is written where the answer is not plain text (inside a JSON string).
    """

    def __init__(self, values: Mapping[str, str], write: Callable[[str], str] = as_is) -> None:
        self._values = {
            meant(match): write(value)
            for placeholder, value in values.items()
            if (match := TYPED.fullmatch(placeholder))
        }
        self._held = ""

    def feed(self, piece: str) -> str:
        if not self._values:
            return piece
        text = self._held + piece
        self._held = ""
        if "[" in text:
            text = TYPED.sub(self._replace, text)
        elif not text.endswith("\\"):
            return text
        if begun := _MAY_BECOME.search(text, max(0, len(text) - MAX_HELD)):
            self._held = text[begun.start() :]
            return text[: begun.start()]
        return text

    def finish(self) -> str:
        held, self._held = self._held, ""
        return held

    def _replace(self, match: re.Match[str]) -> str:
        kind, number = meant(match)
        singular = self._values.get((kind.removesuffix("S"), number), match[0])
        return self._values.get((kind, number), singular)


def restore(text: str, values: Mapping[str, str], write: Callable[[str], str] = as_is) -> str:
    """A whole text at once."""
    restorer = Restorer(values, write)
    return restorer.feed(text) + restorer.finish()
