"""What is made from a seed: documents that hold what their questions ask for, and nothing that others must not find."""

from random import Random

import pytest

from tertulia.orchestrator.evals.synthetic.questions import TOLD, Question, questions
from tertulia.orchestrator.evals.synthetic.world import Kind, World, other_value, words, world


@pytest.fixture(scope="module")
def made() -> World:
    return world(5, companies=6)


@pytest.fixture(scope="module")
def asked(made: World) -> list[Question]:
    return questions(made, 5, of_each=40)


def test_a_seed_makes_the_same_again_and_another_something_else(made: World, asked: list[Question]) -> None:
    """Documents and questions: figures of two runs can be held against one another."""
    again = world(5, companies=6)
    assert (again, questions(again, 5, of_each=40)) == (made, asked)
    assert world(6, companies=6).documents != made.documents


def test_each_answer_stands_in_the_documents_that_are_named_and_in_no_other(made: World, asked: list[Question]) -> None:
    """Its sentence names its subject, so that no sibling's sheet answers in its place."""
    for question in asked:
        if question.sort in TOLD:
            assert question.case.told
        for fact in question.case.facts:
            holders = [document.name for document in made.documents if fact in document.text]
            assert len(holders) == 1
            assert holders[0] in question.case.documents


def test_no_document_answers_what_is_not_told(made: World, asked: list[Question]) -> None:
    """A silent document has its subject but not the thing asked; a stranger's name stands nowhere."""
    everything = " ".join(document.text for document in made.documents)
    for fact in made.untold:
        assert fact.told not in everything
        assert any(fact.subject in document.text for document in made.documents)
    assert not any(name in everything for name in made.strangers)
    assert all(not question.case.told for question in asked if question.sort not in TOLD)


def test_a_question_for_two_documents_names_both(asked: list[Question]) -> None:
    """One of the two found is half."""
    both = [question.case for question in asked if question.sort == "two documents"]
    assert both
    assert all(len(set(case.documents)) == 2 for case in both)


def test_names_are_no_ones_but_their_own(made: World) -> None:
    """Siblings differ in a number; no two companies share a product."""
    products = [name for company in made.companies for name in company.products]
    assert len(set(products)) == len(products)


def test_a_wrong_value_is_another_of_the_same_kind(made: World) -> None:
    """Whatever kind it is."""
    random = Random(1)
    for fact in made.facts:
        assert other_value(random, fact) != fact.value


@pytest.mark.parametrize("kind", words().fact, ids=lambda kind: f"{kind.of}-{kind.matter}")
def test_words_name_their_subject_and_questions_do_not_tell_the_value(kind: Kind) -> None:
    """A template that forgets one would be answered by anything, or by itself."""
    assert "{value}" in kind.told
    assert "{subject}" in kind.told
    for question in (kind.asked, kind.otherwise):
        assert "{subject}" in question
        assert "{value}" not in question
    assert all("{value}" in said for said in (*kind.said, kind.denied))
