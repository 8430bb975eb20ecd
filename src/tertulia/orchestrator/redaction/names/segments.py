"""Cuts a text into sentences, and keeps those that may hold a name: the model's time is for them alone."""

import re
from collections.abc import Iterator

from tertulia.orchestrator.redaction.names.words import NO_NAMES

LONGEST = 1000
"""Characters of a segment; a longer sentence is cut between words."""

_END = re.compile(r"\n+|(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b[DMS][rst]\.)(?<!\bMrs\.)(?<!\bProf\.)\s+(?=[\"'(\[]?[A-Z0-9])")
_CAPITALISED = re.compile(r"(?<![\w@/#\\.-])[A-ZÀ-ÖØ-Þ][\w'’+#-]*(?:\.[a-z]{2,3}\b)?")  # noqa: RUF001 - the apostrophe that people write


def worth_reading(text: str) -> Iterator[tuple[int, str]]:
    """Segments with a capital that begins no known word, and where in the text each begins."""
    for start, segment in _segments(text):
        if any(match[0].casefold() not in NO_NAMES for match in _CAPITALISED.finditer(segment)):
            yield start, segment


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
