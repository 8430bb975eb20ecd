"""What tells two questions apart that an embedding takes for one."""

import pytest

from tertulia.orchestrator.evals.similar_answers import Pair, pairs
from tertulia.orchestrator.near_misses import agree


@pytest.mark.parametrize("pair", [one for half in (True, False) for one in pairs(tuned_on=half) if not one.same])
def test_no_near_miss_is_the_same(pair: Pair) -> None:
    """Numbers, names, negations, directions, comparisons, and all the other words: whichever comes first."""
    assert not agree(pair.one, pair.other)
    assert not agree(pair.other, pair.one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I start my trial?", "Please tell me how to begin my trial."),
        ("What is two plus two?", "what is 2 plus 2"),
        ("Undo the last commit in Git", "In Git, undo the last commit"),
        ("Write to [PERSON_1].", "Please write to [PERSON_1]!"),
        ("Who is the author of Dune?", "who is the author of Dune"),
        ("What causes insomnia?", "What is insomnia caused by?"),
        ("Can you tell me how I reset my password?", "how to reset a password"),
    ],
)
def test_other_words_for_the_same(one: str, other: str) -> None:
    """The frame of a question, inflections, written numbers, a move of the whole."""
    assert agree(one, other)
    assert agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is -5 plus 3?", "What is 5 plus 3?"),
        ("What is 5! ?", "What is 5?"),
        ("Is x != y?", "Is x = y?"),
        ("what causes insomnia", "what insomnia causes"),
        ("what causes insomnia", "what is caused by insomnia"),
        ("is a tomato a fruit", "is a fruit a tomato"),
        ("What did he say?", "What did she say?"),
        ("what is my salary", "what is your salary"),
        ("where can i buy it", "where can they buy it"),
        ("are you human", "am i human"),
        ("how can you help me", "how can i help you"),
        ("what time is it there", "what time is it here"),
        ("this week", "that week"),
        ("these rules or those", "those rules or these"),
    ],
)
def test_people_signs_and_the_order_of_two_words_tell_apart(one: str, other: str) -> None:
    """They are small words, and an answer to one is wrong for the other."""
    assert not agree(one, other)
    assert not agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0e1b\u0e48\u0e32", "\u0e1b\u0e49\u0e32"),
        ("What is \u20b950?", "What is \u00a550?"),
        ("Is 6' enough?", 'Is 6" enough?'),
        ("How fast is 100 Mb?", "How fast is 100 MB?"),
        ("Does it cost 1,5 euros?", "Does it cost 15 euros?"),
        ("In Git, how can I undo commits?", "In Git, can I undo commits?"),
        ("people who do not smoke and drink", "people who smoke and do not drink"),
        ("What is the delivery date?", "What is the delivery time?"),
    ],
)
def test_small_signs_and_the_form_of_a_question_tell_apart(one: str, other: str) -> None:
    """Marks of other scripts, currencies, units, decimal commas, whether and how, what is denied."""
    assert not agree(one, other)
    assert not agree(other, one)


@pytest.mark.parametrize("text", ["", "?", "???", "\u4f60\u597d", "a" * 5000, "[", "[X", "5 5 5"])
def test_odd_texts_are_like_themselves(text: str) -> None:
    """Nothing raises."""
    assert agree(text, text)


def test_other_languages_agree_only_with_nearly_the_same_words() -> None:
    """Their function words count."""
    assert agree("Wie hoch ist der Eiffelturm?", "Wie hoch ist der Eiffelturm")
    assert not agree("Ist Rauchen erlaubt?", "Ist Rauchen nicht erlaubt?")
