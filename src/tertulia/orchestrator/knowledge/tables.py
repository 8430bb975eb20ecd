"""Tables as sentences: each row is told with its columns' names, so that it can be understood alone."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import TextIO

from tertulia.orchestrator.knowledge.blocks import MOST_CHARACTERS, Block

MOST_COLUMNS = 16_384
"""As many as a sheet can have."""

_MOST_ABOVE = 20
"""Rows of one cell each that may stand above the columns' names: a title, a date."""

_SAMPLE = 8192
_DELIMITERS = "\t;|,"
"""The first of those that divide a sample equally well: commas are in numbers and sentences too."""


def separated(text: TextIO) -> Iterator[Block]:
    csv.field_size_limit(MOST_CHARACTERS)
    delimiter = _delimiter(text.read(_SAMPLE))
    text.seek(0)
    yield from rows_told(csv.reader(text, delimiter=delimiter), None)


def _delimiter(sample: str) -> str:
    """The one by which most rows have the same number of cells, and more than one."""
    lines = sample.splitlines()
    if len(sample) == _SAMPLE:
        lines = lines[:-1] or lines

    def alike(delimiter: str) -> int:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        return max((often for width, often in widths.items() if width > 1), default=0)

    best = max(_DELIMITERS, key=alike)
    return best if alike(best) else ","


def rows_told(rows: Iterator[list[str]], heading: str | None) -> Iterator[Block]:
    above, names, rows = _begun(rows)
    yield from (Block(line, heading) for line in above)
    for row in rows:
        cells = zip_longest(names, row[:MOST_COLUMNS], fillvalue="")
        told = (_told(name.strip(), value.strip()) for name, value in cells if value.strip())
        yield Block("; ".join(told), heading)
    if names:
        yield Block(" | ".join(filter(None, names)), heading)


def _begun(rows: Iterator[list[str]]) -> tuple[list[str], list[str], Iterator[list[str]]]:
    """What stands above the table, its columns' names, and its rows."""
    alone = list[list[str]]()
    for row in rows:
        filled = len([cell for cell in row if cell.strip()])
        if filled > 1:
            return ["".join(one).strip() for one in alone], row[:MOST_COLUMNS], rows
        if filled:
            alone.append(row)
        if len(alone) == _MOST_ABOVE:
            break
    if not alone:
        return [], [], rows
    return [], ["".join(alone[0]).strip()], chain(([cell for cell in one if cell] for one in alone[1:]), rows)


def _told(name: str, value: str) -> str:
    return f"{name}: {value}" if name else value
