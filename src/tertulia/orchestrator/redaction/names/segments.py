"""Cuts a text into sentences, and keeps those that may hold a name: the model's time is for them alone."""

import re
from collections.abc import Iterator

from tertulia.orchestrator.redaction.words import NO_NAMES

LONGEST = 1000
"""Characters of a segment; a longer sentence is cut between words."""

_END = re.compile(r"\n+|(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b[DMS][rst]\.)(?<!\bMrs\.)(?<!\bProf\.)\s+(?=[\"'(\[]?[A-Z0-9])")
_CAPITALISED = re.compile(r"(?<![\w@/#\\.-])[A-ZÀ-ÖØ-Þ][\w'’+#-]*(?:\.[a-z]{2,3}\b)?")
_MARKS = re.compile(
    r"\[[A-Z_]{1,20}_[0-9]{1,6}\]|[*`~]+|(?<!\w)_+|_+(?!\w)|</?[A-Za-z][^<>\n]{0,80}>|^\s{0,9}(?:[-+]|#{1,6})\s",
    re.MULTILINE,
)


def worth_reading(text: str) -> Iterator[tuple[int, str]]:
    """Segments with a capital that begins no known word, and where in the text each begins.

    Marks of Markdown and HTML, and placeholders, are blank in them: the model takes what stands beside one for no name.
    """
    for start, segment in _segments(_MARKS.sub(lambda mark: " " * len(mark[0]), text)):
        if any(match[0].casefold() not in NO_NAMES for match in _CAPITALISED.finditer(segment)):
            yield start + len(segment) - len(segment.lstrip()), segment.strip()


def _segments(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end in [*(match.start() for match in _END.finditer(text)), len(text)]:
        while end - start > LONGEST:
            space = text.rfind(" ", start, start + LONGEST)
            cut = space if space > start else start + LONGEST
            yield start, text[start:cut]
            start = cut
        if end > start:
            yield start, text[start:end]
        start = end
