"""People who are listed: "Attendees: Anna Holt, Ekaja Biswas and Tom Pike", one a line behind a mark, or those who
speak in turn in a chat that was pasted.

One item alone may be anything that is written with capitals. Where half of a list's items begin with a known first
name, the others are people too.
"""

import re
from collections.abc import Iterator, Sequence

from tertulia.orchestrator.redaction.patterns.fields import is_name
from tertulia.orchestrator.redaction.patterns.form import Found
from tertulia.orchestrator.redaction.words import FIRST_NAMES, PARTICLE

_WORD = r"[^\W\d_a-zß-öø-ÿ](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}\.?"
_NAME = rf"{_WORD}(?:[ ](?:{PARTICLE}[ ]){{0,2}}{_WORD}){{1,3}}(?<!\.)"
_BETWEEN = r"(?:,?[ ](?:and|und|et|y|e|&)[ ]|[,;][ ])"
_IN_A_ROW = re.compile(rf"(?<![\w@/#.-]){_NAME}(?:{_BETWEEN}{_NAME})+")
_ON_A_LINE = re.compile(
    rf"^[ \t]{{0,8}}(?:[-*•–]|[0-9]{{1,3}}[.)])[ \t]{{1,3}}({_NAME})(?=[ \t]{{0,2}}(?:$|[(,:;|<–-]))", re.MULTILINE
)
_SPEAKER = re.compile(rf"^[ \t]{{0,3}}({_WORD}(?:[ ]{_WORD}){{0,2}}):[ \t]", re.MULTILINE)
_SEPARATOR = re.compile(_BETWEEN)


class Lists:
    """As a ``Form``."""

    def matches(self, text: str) -> Iterator[Found]:
        if ", " in text or " and " in text or "; " in text or " & " in text:
            for row in _IN_A_ROW.finditer(text):
                yield from _people(text, list(_items(row)))
        if text.count("\n") > 0:
            yield from _people(text, [match.span(1) for match in _ON_A_LINE.finditer(text)])
            yield from _people(text, [match.span(1) for match in _SPEAKER.finditer(text)])


def _items(row: re.Match[str]) -> Iterator[tuple[int, int]]:
    at = row.start()
    for mark in _SEPARATOR.finditer(row.string, row.start(), row.end()):
        yield at, mark.start()
        at = mark.end()
    yield at, row.end()


def _people(text: str, items: Sequence[tuple[int, int]]) -> Iterator[Found]:
    known = sum(text[start:end].split(" ", 1)[0] in FIRST_NAMES for start, end in items)
    if len(items) > 1 and 2 * known >= len(items):
        for start, end in items:
            if is_name(text[start:end]):
                yield Found("PERSON", start, end)
