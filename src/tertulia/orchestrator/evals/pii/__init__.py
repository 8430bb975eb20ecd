"""How much personal data is found, and how much of what is found is some: recall and precision by kind.

Sentences are templates (``tuned.txt``, ``held_out.txt``) filled with made-up values. Patterns may be changed to do
better on ``tuned``; ``held_out`` is for measuring alone: its templates were written before the first measurement, and
no pattern was changed for one of them. Both come from the same hand, and Faker makes the values of both, by different
seeds.

A value counts as found when findings of its kind cover all of it; a finding is right when it overlaps a value of its
kind.

    python -m tertulia.orchestrator.evals.pii held_out
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from tertulia.orchestrator.evals.pii.values import Values
from tertulia.orchestrator.redaction import NamesFinder, Redaction
from tertulia.orchestrator.redaction.patterns import Found
from tertulia.orchestrator.redaction.policy import NAMES, PrivacyPolicy

Split = Literal["tuned", "held_out"]
_SEEDS: dict[Split, int] = {"tuned": 1, "held_out": 20_000}
_SLOT = re.compile(r"\{(\w+)\}")


class Sentence(msgspec.Struct, frozen=True):
    """``holds`` is what a perfect reader would find."""

    text: str
    holds: tuple[Found, ...]


class Tally(msgspec.Struct):
    """Values that there are and that were found; findings that there are and that were right."""

    values: int = 0
    found: int = 0
    findings: int = 0
    right: int = 0

    @property
    def recall(self) -> float:
        return self.found / self.values if self.values else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.findings if self.findings else 1.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            *(one + two for one, two in zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True))
        )


def sentences(split: Split, rounds: int) -> Iterator[Sentence]:
    """Each template of the split as often as there are rounds, each time with other values."""
    values = Values(_SEEDS[split])
    templates = Path(__file__).with_name(f"{split}.txt").read_text(encoding="utf-8").splitlines()
    for _ in range(rounds):
        for template in templates:
            yield _filled(template, values)


async def measure(split: Split, names: NamesFinder | None, rounds: int = 20) -> dict[str, Tally]:
    """By kind. Without ``names`` the kinds that only a model finds are left out. Raises: NamesAway."""
    redaction = Redaction(keep_all, names)
    tallies: dict[str, Tally] = {}
    for sentence in sentences(split, rounds):
        (found,) = await (await redaction.window(uuid4())).find([sentence.text])
        for kind in {one.kind for one in (*sentence.holds, *found)}:
            if names is not None or kind not in NAMES:
                told = _tally(
                    [one for one in sentence.holds if one.kind == kind], [one for one in found if one.kind == kind]
                )
                tallies[kind] = tallies.get(kind, Tally()) + told
    return tallies


async def keep_all(_: UUID) -> PrivacyPolicy:
    """Nothing personal goes out, places and organisations neither."""
    return PrivacyPolicy({"PLACE": "redact", "ORGANISATION": "redact"})


def _tally(values: Sequence[Found], findings: Sequence[Found]) -> Tally:
    covered = {place for one in findings for place in range(one.start, one.end)}
    return Tally(
        len(values),
        sum(covered.issuperset(range(value.start, value.end)) for value in values),
        len(findings),
        sum(any(one.start < value.end and value.start < one.end for value in values) for one in findings),
    )


def _filled(template: str, values: Values) -> Sentence:
    text, at = "", 0
    holds: list[Found] = []
    for slot in _SLOT.finditer(template):
        text += template[at : slot.start()]
        value = values.of(slot[1])
        if slot[1].isupper():
            holds.append(Found(slot[1], len(text), len(text) + len(value)))
        text += value
        at = slot.end()
    return Sentence(text + template[at:], tuple(holds))
