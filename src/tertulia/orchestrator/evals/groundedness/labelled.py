"""Passages of plain prose with sentences that say what they tell, or do not: written by hand, before the judge was.

``=`` begins a passage behind its question; ``+`` is borne out by it, ``-`` is not. Every second passage is held out.
"""

from importlib.resources import files

import msgspec


class Told(msgspec.Struct, frozen=True):
    """``said``: each sentence, and whether the passage bears it out."""

    question: str
    passage: str
    said: tuple[tuple[str, bool], ...]


def prose(*, tuned_on: bool) -> list[Told]:
    text = files(__package__).joinpath("prose.txt").read_text("utf-8")
    return [_told(one) for one in text.removeprefix("= ").split("\n= ")][0 if tuned_on else 1 :: 2]


def _told(block: str) -> Told:
    head, *said = block.strip().splitlines()
    question, passage = head.split(" | ")
    return Told(question, passage, tuple((line[2:], line[0] == "+") for line in said))
