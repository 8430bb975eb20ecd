"""What has a form is found in sentences that no pattern was made for, and little else is taken for it."""

import random

from tertulia.orchestrator.evals.pii import Tally, measure, sentences
from tertulia.orchestrator.redaction import Restorer
from tertulia.orchestrator.redaction.patterns import find
from tertulia.orchestrator.redaction.redactor import Redactor, typed


async def test_forms_are_found_in_held_out_sentences() -> None:
    """The names that only a model finds are measured on demand: ``docs/privacy.md`` has the figures."""
    tallies = await measure("held_out", None, rounds=5)
    everything = sum(tallies.values(), Tally())
    assert everything.values > 100
    assert everything.recall >= 0.9
    assert everything.precision >= 0.85


def test_no_value_leaks_from_answers_that_are_split_at_random() -> None:
    """What goes out holds none of the values found, and what comes back in pieces of any size is the whole."""
    assert leaked(answers=300) == 0


def leaked(answers: int, seed: int = 7) -> int:
    """In how many of so many streamed answers a value went out, or did not come back whole."""
    choose = random.Random(seed)
    made = list(sentences("held_out", answers // 30 + 1))[:answers]
    return sum(_leaks(sentence.text, choose) for sentence in made)


def _leaks(text: str, choose: random.Random) -> bool:
    redactor = Redactor()
    redactor.reserve(typed(text))
    found = find(text)
    sent = redactor.redact(text, found)
    restorer = Restorer(redactor.values)
    said, at = "", 0
    while at < len(sent):
        end = at + choose.randint(1, 9)
        said += restorer.feed(sent[at:end])
        at = end
    out = any(value in sent for value in redactor.values.values())
    return out or said + restorer.finish() != text
