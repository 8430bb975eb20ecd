"""Cuts what was read into passages: whole blocks together while they fit, never across a heading or a page.

A passage is about as long as the embedding model reads (256 tokens). A block that is longer is cut at the end of a
sentence where there is one, else between words.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain, groupby

import msgspec

from tertulia.orchestrator.knowledge.blocks import Block

TARGET = 900
"""Characters of a passage: some 200 tokens of English."""

_SPACE = re.compile(r"[ \t\u00a0\f\v]+")
_BREAKS = re.compile(r"\n{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?。!?])[\"')\]]*\s+|\n")


class Passage(msgspec.Struct, frozen=True):
    text: str
    heading: str | None
    page: int | None

    @property
    def embedded(self) -> str:
        """What is embedded, and told: the heading says what a passage is about that does not say so itself."""
        return with_heading(self.heading, self.text)

    @property
    def digest(self) -> bytes:
        return sha256(self.embedded.encode()).digest()


def with_heading(heading: str | None, text: str) -> str:
    return f"{heading}\n{text}" if heading else text


def chunk(blocks: Iterable[Block]) -> Iterator[Passage]:
    """As they come: no more is held than a passage and a block. A bare heading begins what follows."""
    bare, page = list[str](), None
    for (heading, page), together in groupby(blocks, _place):
        texts = filter(None, (_tidy(block.text) for block in together))
        first = next(texts, None)
        if first is not None:
            for text in _packed(chain(bare, [first], texts)):
                yield Passage(text, heading, page)
            bare = []
        elif heading:
            bare.append(heading)
        if sum(map(len, bare)) > TARGET:
            yield Passage(bare.pop(0), None, page)
    for text in _packed(bare):
        yield Passage(text, None, page)


def _place(block: Block) -> tuple[str | None, int | None]:
    return _tidy(block.heading or "")[:200] or None, block.page


def _packed(texts: Iterable[str]) -> Iterator[str]:
    kept, length = list[str](), 0
    for text in texts:
        for piece in _pieces(text):
            if kept and length + len(piece) > TARGET:
                yield "\n".join(kept)
                kept, length = [], 0
            kept.append(piece)
            length += len(piece) + 1
    if kept:
        yield "\n".join(kept)


def _pieces(text: str) -> Iterator[str]:
    """A text in parts of at most ``TARGET`` characters."""
    at = 0
    while len(text) - at > TARGET:
        ends = [match.end() for match in _SENTENCE_END.finditer(text, at + TARGET // 2, at + TARGET)]
        end = ends[-1] if ends else text.rfind(" ", at + TARGET // 2, at + TARGET) + 1 or at + TARGET
        yield text[at:end].strip()
        at = end
    if text[at:].strip():
        yield text[at:].strip()


def plain(text: str) -> str:
    """NUL is no text to Postgres, half a surrogate pair to nobody."""
    return text.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode()


def _tidy(text: str) -> str:
    """Runs of spaces mean nothing."""
    return _BREAKS.sub("\n", _SPACE.sub(" ", plain(text))).strip()
