"""Questions about an invented world, by sort: those that its documents answer, and those that they do not."""

from random import Random
from typing import Literal

import msgspec

from tertulia.orchestrator.evals.cases import Case
from tertulia.orchestrator.evals.synthetic.world import Fact, World, words

Sort = Literal["same words", "other words", "two documents", "elsewhere", "unknown product", "silent document"]
TOLD: tuple[Sort, ...] = ("same words", "other words", "two documents")
UNTOLD: tuple[Sort, ...] = ("elsewhere", "unknown product", "silent document")


class Question(msgspec.Struct, frozen=True):
    sort: Sort
    case: Case


def questions(world: World, seed: int, of_each: int) -> list[Question]:
    """``of_each`` sort, or as many as there are; the facts that are to be found are the sentences that tell them."""
    random = Random(seed)  # noqa: S311 - the same set again is what is wanted
    told, others, silent = (
        random.sample(some, min(of_each, len(some))) for some in (world.facts, world.facts, world.untold)
    )
    pairs = _pairs(world.facts)
    strangers = [(random.choice(world.strangers), fact) for fact in told if fact.kind.of == "product"]
    return [
        *(Question("same words", _case(fact.kind.asked, fact)) for fact in told),
        *(Question("other words", _case(fact.kind.otherwise, fact)) for fact in others),
        *(Question("two documents", _both(*pair)) for pair in random.sample(pairs, min(of_each, len(pairs)))),
        *(Question("elsewhere", Case(question)) for question in words().elsewhere),
        *(Question("unknown product", Case(fact.kind.asked.format(subject=name))) for name, fact in strangers),
        *(Question("silent document", Case(fact.written(fact.kind.asked))) for fact in silent),
    ]


def _case(template: str, fact: Fact) -> Case:
    return Case(fact.written(template), (fact.document,), (fact.told,))


def _pairs(facts: list[Fact]) -> list[tuple[Fact, Fact]]:
    """The same told of two products of a family."""
    found = {(fact.kind.matter, fact.subject): fact for fact in facts if fact.kind.of == "product"}
    firsts = [(fact, f"{fact.subject.split()[0]} {int(fact.subject.split()[1]) + 10}") for fact in found.values()]
    return [(one, found[one.kind.matter, other]) for one, other in firsts if (one.kind.matter, other) in found]


def _both(one: Fact, other: Fact) -> Case:
    question = f"Compare the {one.kind.matter} of the {one.subject} with that of the {other.subject}."
    return Case(question, (one.document, other.document), (one.told, other.told))
