"""Questions whose right answer is known, of the kinds that people ask a chat: from a greeting to a puzzle.

Each family makes its questions from a seed, in wordings of its own. Which families a small model fails was not known
when they were written; what is tuned is tuned on ``tuned``, and measured on ``held_out``, whose families were written
later and asked of a model when nothing was changed any more.
"""

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Literal

import msgspec

OF_EACH = 8
_SEED = 20_261
_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")

Check = Literal["word", "case", "first", "last", "number", "unknown"]
"""How an answer is judged: it holds the word, or just as it is written; of right and wrong words it names a right one
first, or last; its last number is the one; it says that this is not told.
"""
_NOT_TOLD = re.compile(
    r"\b(unknown|not (told|stated|mention\w*|specif\w*|provid\w*|given|clear|known|say|possible|include\w*)|"
    r"(does|do|did|is|are|can)(n't| not)|cannot|no (information|mention|indication|price|details?))\b"
)


class Task(msgspec.Struct, frozen=True):
    """``right``: any of these is the answer; ``wrong``: an answer that holds one of these is not."""

    family: str
    question: str
    right: tuple[str, ...]
    check: Check = "word"
    wrong: tuple[str, ...] = ()

    def is_right(self, answer: str) -> bool:
        plain = " ".join(answer.replace("**", "").replace("`", "").split())
        said = plain if self.check == "case" else plain.casefold()
        if self.check == "unknown":
            return _NOT_TOLD.search(said) is not None and not any(word in said for word in self.wrong)
        if self.check == "number":
            numbers = [float(one.replace(",", "")) for one in _NUMBER.findall(said)]
            return bool(numbers) and numbers[-1] in map(float, self.right)
        if self.check == "case":
            return any(one in said for one in self.right)
        named = sorted((place, one) for one in (*self.right, *self.wrong) for place in _places(said, one.casefold()))
        if self.check == "word":
            return any(one in self.right for _, one in named)
        return bool(named) and named[0 if self.check == "first" else -1][1] in self.right


def _places(said: str, word: str) -> list[int]:
    return [found.start() for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", said)]


Made = tuple[str, tuple[str, ...] | str, Check] | tuple[str, tuple[str, ...] | str, Check, tuple[str, ...]]


Family = Callable[[Random], Made]


def made(family: Family) -> Iterator[Task]:
    """Its questions, each another one."""
    name = family.__name__.removeprefix("_")
    random = Random(f"{_SEED} {name}")  # noqa: S311 - the same questions again are what is wanted
    asked: set[str] = set()
    while len(asked) < OF_EACH:
        question, right, check, *wrong = family(random)
        if question not in asked:
            asked.add(question)
            yield Task(name, question, (right,) if isinstance(right, str) else right, check, wrong[0] if wrong else ())
