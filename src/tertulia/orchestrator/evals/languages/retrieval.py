"""A handbook's passages in nine languages, in one knowledge base, with questions that they answer and questions about
something else, in ``handbook.txt``. Rules and thresholds were chosen on six of them; the rest are held out.
"""

from collections.abc import Iterator
from importlib.resources import files

import msgspec

from tertulia.orchestrator.evals.cases import LESS_IS_BETTER, Case, measures
from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import Laboratory, Text

HELD_OUT = frozenset({"Korean", "Hebrew", "Spanish"})
_TARGETS = {"hit@5": 0.95, "MRR@10": 0.9, "wrongly refused": 0.05, "rightly refused": 0.8}


class Told(msgspec.Struct):
    """A language's part. A document is named for its language and its number."""

    documents: list[Text] = msgspec.field(default_factory=list)
    cases: list[Case] = msgspec.field(default_factory=list)


def handbook() -> dict[str, Told]:
    """By language."""
    found: dict[str, Told] = {}
    for language, line in _lines():
        told = found.setdefault(language, Told())
        sign, text = line[:2], line[2:]
        if sign == "? ":
            question, _, number = text.rpartition(" = ")
            told.cases.append(Case(question, (f"{language} {number}",)))
        elif sign == "! ":
            told.cases.append(Case(text))
        else:
            told.documents.append(Text(f"{language} {len(told.documents) + 1}", line))
    return found


def _lines() -> Iterator[tuple[str, str]]:
    language = ""
    for line in files(__package__).joinpath("handbook.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            language = line[2:]
        else:
            yield language, line


async def _measure(laboratory: Laboratory) -> list[Figure]:
    told = handbook()
    base = await laboratory.base_of("languages", [text for one in told.values() for text in one.documents])
    judged = {language: await laboratory.judged(base, one.cases) for language, one in told.items()}
    chosen_on = measures([one for language, some in judged.items() if language not in HELD_OUT for one in some])
    held_out = measures([one for language, some in judged.items() if language in HELD_OUT for one in some])
    found = [
        Figure(f"{name}{whose}", value, _TARGETS.get(name), name == LESS_IS_BETTER)
        for whose, some in ((", held out", held_out), ("", chosen_on))
        for name, value in some.items()
    ]
    return found + [
        Figure(f"{name}, {language}", measures(some)[name])
        for language, some in judged.items()
        for name in ("hit@1", "rightly refused")
    ]


EVALUATION = Evaluation(
    "languages", "a handbook in nine languages other than English, three of them held out", _measure
)
