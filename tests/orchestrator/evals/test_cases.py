"""What is judged of a question's passages, and the measures over many."""

from uuid import UUID, uuid4

import pytest

from tertulia.orchestrator.evals.caches import drawn
from tertulia.orchestrator.evals.cases import Case, judge, measures
from tertulia.orchestrator.knowledge.ranking import ranked
from tertulia.orchestrator.knowledge.words import matching
from tertulia.orchestrator.repository.chunks import Candidate, Found


def found(document: str, text: str = "") -> Found:
    return Found(uuid4(), UUID(int=0), UUID(int=0), document, "text/plain", text, None, None, 0, 0.5)


def test_the_rank_is_the_documents_and_not_the_passages() -> None:
    """Two passages of one document take one place."""
    judged = judge(Case("?", ("b", "c")), [found("a"), found("a"), found("b")])
    assert (judged.rank, judged.recalled, judged.right) == (2, 0.5, True)


def test_a_question_that_the_documents_do_not_tell_is_right_when_nothing_is_found() -> None:
    """And wrong when anything is."""
    assert judge(Case("?"), []).right
    assert not judge(Case("?"), [found("a")]).right


def test_facts_are_looked_for_in_any_case_and_all_of_them() -> None:
    """One of two makes half, and is not right."""
    judged = judge(Case("?", facts=("Behind the ZEBRA", "cellar")), [found("a", "it hangs behind the zebra")])
    assert (judged.grounded, judged.right) == (0.5, False)


def test_measures_are_means_over_the_cases_that_ask_for_them() -> None:
    """The reciprocal rank of what is not found is nothing; refusals are of their own cases."""
    judged = [
        judge(Case("1", ("a",)), [found("a")]),
        judge(Case("2", ("b",)), [found("x"), found("b")]),
        judge(Case("3", ("c",)), []),
        judge(Case("4"), []),
    ]
    assert measures(judged) == {
        "hit@1": pytest.approx(1 / 3),
        "hit@5": pytest.approx(2 / 3),
        "recall@5": pytest.approx(2 / 3),
        "MRR@10": pytest.approx(0.5),
        "rightly refused": 1.0,
        "wrongly refused": pytest.approx(1 / 3),
    }


def test_a_telling_word_lifts_a_passage_over_one_that_is_as_near() -> None:
    """What only some candidates have counts; a far passage is not carried to the top by its words alone."""
    near = Candidate(uuid4(), "bolts and nuts", None, 0.6)
    named = Candidate(uuid4(), "the ZX-440 bolt", None, 0.6)
    far = Candidate(uuid4(), "ZX-440", None, 0.2)
    assert ranked("torque of the ZX-440", [near, far, named]) == [named, near, far]


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("spare key", "('spare' & 'key')"),
        ("torque of ZX-440", "('torque' & 'of' & 'ZX-440') | 'ZX-440'"),
        ("'); drop table chunk; --", "('drop' & 'table' & 'chunk')"),
        ("?!", ""),
    ],
)
def test_words_that_tell_by_themselves_need_no_others(question: str, query: str) -> None:
    """A number or an abbreviation; nothing but words gets into the query."""
    assert matching(question) == query


def test_a_workload_is_drawn_the_same_each_time_and_the_first_most_often() -> None:
    """Half as often the second, in the long run."""
    asked = drawn(["a", "b", "c"], 6000)
    assert asked == drawn(["a", "b", "c"], 6000)
    assert asked.count("a") / asked.count("b") == pytest.approx(2, rel=0.1)
