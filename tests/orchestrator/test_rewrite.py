"""A question that leans on the conversation is written anew for the search, where a workspace wants that."""

from collections.abc import Sequence

import pytest

from tertulia.contracts.stream import DataStep, SourceDocument
from tertulia.orchestrator.pipeline.rewrite import is_vague
from tests.orchestrator.conftest import Asked, text_of
from tests.orchestrator.keeper import Keeper


@pytest.mark.parametrize(
    ("question", "vague"),
    [
        ("And for children?", True),
        ("What about the second one?", True),
        ("How much does it cost?", True),
        ("why?", True),
        ("Und für Kinder?", True),
        ("How high is the parental allowance for employees in their first year?", False),
        ("Where does the spare key of the boiler room hang?", False),
    ],
)
def test_short_questions_that_point_back_are_vague(question: str, *, vague: bool) -> None:
    """One that names what it is about is not, and costs no call."""
    assert is_vague(question) is vague


async def with_handbook(keeper: Keeper, *, rewrite: bool) -> str:
    place = f"/api/workspaces/{keeper.workspace}/assistant"
    assert (await keeper.call("PUT", place, json={"rewrite_questions": rewrite})).json()["rewrite_questions"] is rewrite
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, b"The zebra painting hides the spare key.", "keys.txt"))
    return base


async def follow_up(keeper: Keeper, base: str, rewritten: str, question: str = "And where is it?") -> Asked:
    """What the model is to write stands in the conversation, where only it reads it."""
    before = (f"Tell me of the key. {rewritten}", "There is one.")
    return await keeper.running.ask(
        question, *before, workspace=keeper.workspace, person=keeper.person, bases=[base], model="sim-fast"
    )


def steps(parts: Sequence[object]) -> dict[str, str]:
    return {part.data["name"]: part.data["status"] for part in parts if isinstance(part, DataStep)}


async def test_the_search_is_with_the_question_as_it_was_written_anew(keeper: Keeper) -> None:
    """The passage is found, the model that answers sees the person's own words, and why is told."""
    base = await with_handbook(keeper, rewrite=True)
    asked = await follow_up(keeper, base, '[[sim: text="Which painting hides the spare key of ada@example.org?"]]')
    parts = await asked.parts()
    assert [part.title for part in parts if isinstance(part, SourceDocument)] == ["keys.txt"]
    assert steps(parts)["rewrite"] == "ok"
    why = (await keeper.call("GET", f"/api/messages/{asked.job.answer_id}/explanation")).json()
    assert why["searched_for"] == "Which painting hides the spare key of [EMAIL_1]?"
    assert why["conversation"][-1]["text"] == "And where is it?"
    booked = await keeper.running.chat.end_of(lambda end: (end.workspace_id, end.kind) == (keeper.workspace, "rewrite"))
    assert booked.usage.prompt_tokens > 0


@pytest.mark.parametrize("broken", ["fail=500", "ttft=60000", "empty"])
async def test_without_the_model_the_persons_own_words_are_searched_with(keeper: Keeper, broken: str) -> None:
    """A model that fails, hangs or says nothing costs three seconds at most, and no answer."""
    base = await with_handbook(keeper, rewrite=True)
    keeper.running.simulated.forget_script()
    asked = await follow_up(keeper, base, f"[[sim: {broken}]]", "And where is the zebra painting? [[sim: tokens=3]]")
    parts = await asked.parts()
    assert steps(parts)["rewrite"] == "failed"
    assert text_of(parts)
    assert [part.title for part in parts if isinstance(part, SourceDocument)] == ["keys.txt"]


async def test_nobody_is_asked_where_it_is_not_wanted(keeper: Keeper) -> None:
    """As a new workspace has it."""
    base = await with_handbook(keeper, rewrite=False)
    asked = await follow_up(keeper, base, '[[sim: text="Which painting hides the key?"]]', "And it, the zebra?")
    await asked.parts()
    end = await keeper.running.ended(asked)
    assert end.warnings == ()
    assert [one.kind for one in keeper.running.chat.ends if one.workspace_id == keeper.workspace] == ["chat"]
