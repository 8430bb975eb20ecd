"""Personal data as people say it: without capitals, in other languages and scripts, known by the words around it.

``said/tuned.txt`` was looked at while patterns were written; ``said/held_out.txt`` was written before them and measured
once they were done. A line is a kind and a sentence with its value in braces; ``NONE`` holds nothing.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tertulia.orchestrator.redaction.patterns import find

_VALUE = re.compile(r"\{(.*)\}")


def _said(split: str) -> Iterator[tuple[str, str, str]]:
    """Kind, sentence and value."""
    for line in (Path(__file__).parent / "said" / f"{split}.txt").read_text(encoding="utf-8").splitlines():
        kind, sentence = line.split("\t")
        value = _VALUE.search(sentence)
        yield kind, _VALUE.sub(r"\1", sentence), value[1] if value else ""


def _is_found(kind: str, sentence: str, value: str) -> bool:
    """All of the value and as its kind, and nothing else in the sentence; nothing at all where there is none."""
    found = find(sentence)
    if not value:
        return not found
    at = sentence.index(value)
    return [one.kind for one in found] == [kind] and found[0].start <= at and found[0].end >= at + len(value)


@pytest.mark.parametrize(("kind", "sentence", "value"), [*_said("tuned")])
def test_what_is_said_is_found(kind: str, sentence: str, value: str) -> None:
    """A value is found whole; numbers and words that are none stay."""
    assert _is_found(kind, sentence, value)


def test_it_is_found_in_sentences_that_nothing_was_tuned_on() -> None:
    """Nine of ten, and of the sentences without any as many stay as they are."""
    told = list(_said("held_out"))
    with_values = [_is_found(*one) for one in told if one[2]]
    without = [_is_found(*one) for one in told if not one[2]]
    assert len(with_values) > 40
    assert sum(with_values) / len(with_values) >= 0.9
    assert sum(without) / len(without) >= 0.9
