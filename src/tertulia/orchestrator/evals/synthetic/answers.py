"""Answers about an invented world, each of whose sentences is labelled: borne out by the passages, or how it is not.

Two halves that share no kind of fact, no invention and no name. What is tuned is tuned on the first.
"""

from random import Random

import msgspec

from tertulia.orchestrator.evals.laboratory import Text
from tertulia.orchestrator.evals.synthetic.world import Company, Fact, other_value, words, world

GROUNDED = ("same words", "other words", "two facts", "short")
UNGROUNDED = ("other number", "other name", "other word", "negation", "sibling's value", "addition", "addition behind")
_COMPANIES = 16


class Labelled(msgspec.Struct, frozen=True):
    """A sentence of an answer: which of the sorts above it is."""

    text: str
    sort: str


class Answer(msgspec.Struct, frozen=True):
    question: str
    passages: tuple[Text, ...]
    sentences: tuple[Labelled, ...]


def answers(seed: int, *, tuned_on: bool) -> list[Answer]:
    """One for each product and company: a few facts of it, each said in one of the ways."""
    half = slice(0 if tuned_on else 1, None, 2)
    kinds = words().fact[half]
    random = Random(seed)  # noqa: S311 - the same set again is what is wanted
    made = world(seed, _COMPANIES, kinds)
    return [
        _answer(random, company, subject, half)
        for company in made.companies
        for subject in (*company.products, company.name)
    ]


def _answer(random: Random, company: Company, subject: str, half: slice) -> Answer:
    facts = [fact for fact in company.facts if fact.subject == subject]
    asked = random.choice(facts)
    passages = random.sample(company.documents, len(company.documents))
    said: list[Labelled] = []
    for sort in random.sample(GROUNDED, 2) + random.sample(UNGROUNDED, 2):
        fact, other = random.sample(facts, 2)
        text = _ways(random, fact, other, _sibling(company, fact), half).get(sort)
        if text is not None:
            said.append(Labelled(text, sort))
    random.shuffle(said)
    return Answer(asked.written(asked.kind.asked), tuple(passages), tuple(said))


def _sibling(company: Company, fact: Fact) -> Fact | None:
    """What is told of another one, if that is something else."""
    likes = (one for one in company.facts if one.kind == fact.kind and one.subject != fact.subject)
    return next((one for one in likes if one.value != fact.value), None)


def _ways(random: Random, fact: Fact, other: Fact, sibling: Fact | None, half: slice) -> dict[str, str]:
    """How this can be said, by sort."""

    def said(value: str) -> str:
        return msgspec.structs.replace(fact, value=value).written(random.choice(fact.kind.said))

    right = said(fact.value)
    ways = {
        "same words": fact.told,
        "other words": right,
        "two facts": f"{right.removesuffix('.')}, and {_in_mid_sentence(other)}",
        "short": f"It is {fact.value}.",
        _changed(fact.value): said(other_value(random, fact)),
        "negation": fact.written(fact.kind.denied),
        "addition": random.choice(words().additions[half]).format(subject=fact.subject),
        "addition behind": f"{right.removesuffix('.')}{random.choice(words().tails[half])}.",
    }
    return ways | ({"sibling's value": said(sibling.value)} if sibling else {})


def _in_mid_sentence(fact: Fact) -> str:
    template, text = fact.kind.told, fact.told
    return text if template.startswith("{") else text[0].lower() + text[1:]


def _changed(value: str) -> str:
    if any(map(str.isdigit, value)):
        return "other number"
    return "other name" if value[0].isupper() else "other word"
