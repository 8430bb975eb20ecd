"""The router's labelled set: right answers are known as such, wrong ones are not, and the two halves share no kind."""

import pytest

from tertulia.orchestrator.evals.routing import held_out, tuned
from tertulia.orchestrator.evals.routing.labels import labelled, tasks
from tertulia.orchestrator.evals.routing.outcome import outcome, strong_alone
from tertulia.orchestrator.evals.routing.tasks import OF_EACH, Family, Task, made


@pytest.mark.parametrize(
    ("task", "right", "wrong"),
    [
        (Task("f", "?", ("Paris",)), "It is **Paris**.", "It is Parisian."),
        (Task("f", "?", ("11569",), "number"), "503 times 23 is 11,569.", "11569 is wrong; it is 11,599."),
        (Task("f", "?", ("187.0",), "number"), "You pay $187.00.", "You pay $188."),
        (Task("f", "?", ("RED SUN",), "case"), "RED SUN", "Red Sun"),
        (Task("f", "?", ("yes",), "first", ("no",)), "Yes, there is no doubt.", "No, yes is wrong."),
        (Task("f", "?", ("Ann",), "last", ("Bea",)), "Bea is taller, so it is Ann.", "Ann is taller, so it is Bea."),
        (Task("f", "?", (), "unknown", ("costs $",)), "The text does not say.", "It does not: it costs $20."),
    ],
)
def test_answers_are_judged_as_a_person_would(task: Task, right: str, wrong: str) -> None:
    """By what they end with, begin with, or hold, in any dress."""
    assert task.is_right(right)
    assert not task.is_right(wrong)


def test_the_same_questions_are_made_each_time_and_no_kind_is_in_both_halves() -> None:
    """So that the models' answers stay answers to them."""
    one, other = tasks(tuned_on=True), tasks(tuned_on=False)
    assert one == tasks(tuned_on=True)
    assert not {task.family for task in one} & {task.family for task in other}
    assert len({task.question for task in (*one, *other)}) == len(one) + len(other)
    assert tuned.roman(1994) == "MCMXCIV"


def test_both_models_were_asked_all_of_it() -> None:
    """With what it cost; and neither everything right nor everything wrong."""
    for tuned_on in (True, False):
        labels = labelled(tuned_on=tuned_on)
        assert {one.task.question for one in labels} == {task.question for task in tasks(tuned_on=tuned_on)}
        assert all(one.strong.prompt_tokens > 0 for one in labels)
        assert 0 < sum(one.small_is_right for one in labels) < sum(one.strong_is_right for one in labels) < len(labels)


def test_what_all_would_cost_is_between_nothing_and_everything() -> None:
    """Nothing is saved where the strong one answers all of it, and everything where the small one does."""
    scored = [(one, 0.5) for one in labelled(tuned_on=False)]
    assert outcome(scored, 0.0) == (0, 0)
    saved, lost = outcome(scored, 1.0)
    assert saved == 1
    assert 0 < lost < strong_alone(scored)


@pytest.mark.parametrize("family", [*tuned.FAMILIES, *held_out.FAMILIES])
def test_a_family_makes_as_many_different_questions_as_it_should(family: Family) -> None:
    """Each with something to judge by, and each right answer is taken for right."""
    found = list(made(family))
    assert len({task.question for task in found}) == OF_EACH
    assert all(task.right for task in found)
    assert all(task.is_right(task.right[0] or "The text does not say.") for task in found)
