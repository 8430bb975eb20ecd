"""Questions in other languages than the embedding model's are told from English ones, and judged by their words."""

from uuid import uuid4

import pytest

from tertulia.orchestrator.evals.languages.retrieval import handbook
from tertulia.orchestrator.knowledge.letters import (
    codes,
    floor,
    is_english,
    is_foreign,
    is_of_another_language,
    pieces,
    shares,
)

TOLD = handbook()


@pytest.mark.parametrize("language", TOLD)
def test_the_passage_that_answers_holds_the_most_of_a_question(language: str) -> None:
    """And enough of it, in each of the languages of the evaluation."""
    texts = [one.text for one in TOLD[language].documents]
    for case in TOLD[language].cases:
        if case.told:
            held = shares(case.question, texts)
            right = int(case.documents[0].rpartition(" ")[2]) - 1
            assert held[right] == max(held) >= floor(case.question), case.question


@pytest.mark.parametrize("language", TOLD)
def test_a_question_shows_its_language(language: str) -> None:
    """By its script, or by a word of its own where that is Latin."""
    for case in TOLD[language].cases:
        assert is_foreign(case.question) or is_of_another_language(case.question), case.question


@pytest.mark.parametrize(
    "question",
    ["Where is the key?", "boiler pressure limit", "X-200", "Who is María José de la Cruz?", "", "12", "invoice 4711",
     "Is α the angle that the beam has?"],
)  # fmt: skip
def test_an_english_question_is_left_to_its_meaning(question: str) -> None:
    """Names and letters of others do not make it theirs."""
    assert not is_foreign(question)
    assert not is_of_another_language(question)


def test_english_is_known_by_its_small_words() -> None:
    """A row of a table shows nothing."""
    assert is_english("The boiler is in the cellar, and the key is with the guard.")
    assert not is_english("Der Heizkessel steht im Keller.")
    assert not is_english("City: Porto; Days: 31")


def test_accents_and_vowel_signs_that_people_leave_out_change_nothing() -> None:
    """Nor do capitals; what makes another letter does."""
    assert pieces("ΚΛΕΙΔΊ") == pieces("κλειδι")
    assert pieces("يُحوَّل") == pieces("يحول")
    assert pieces("ガキ") != pieces("カキ")
    assert pieces("कुंजी")


def test_each_base_has_its_own_numbers() -> None:
    """A look-up finds nothing of another's; Latin words have none."""
    one, other = uuid4(), uuid4()
    assert len(codes(one, "склад")) == len(pieces("склад"))
    assert not set(codes(one, "склад")) & set(codes(other, "склад"))
    assert all(-(2**31) <= code < 2**31 for code in codes(one, "倉庫は朝九時"))
    assert codes(one, "The boiler is in the cellar.") == []
