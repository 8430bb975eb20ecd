"""What a workspace asks of every answer goes before each of its conversations, and before nobody else's."""

from uuid import uuid4

import pytest

from tertulia.orchestrator.pipeline.assistant import MOST_INSTRUCTIONS
from tests.orchestrator.keeper import Keeper

FRESH = {"instructions": "", "temperature": None, "rewrite_questions": False}


async def system_told(keeper: Keeper) -> str:
    marker = uuid4().hex
    await (await keeper.ask(marker)).parts()
    (seen,) = keeper.running.simulated.of(marker)
    return str(seen["request"]["messages"][0]["content"])


async def test_instructions_go_before_each_conversation(keeper: Keeper) -> None:
    """From the next question on, behind our own prompt, with placeholders; another workspace's have none."""
    place = f"/api/workspaces/{keeper.workspace}/assistant"
    assert (await keeper.call("GET", place)).json() == FRESH
    before = await system_told(keeper)
    kept = await keeper.call("PUT", place, json={"instructions": " Speak as a baker; complaints to bea@example.org. "})
    assert kept.json() == (await keeper.call("GET", place)).json()
    after = await system_told(keeper)
    assert after.startswith(before)
    assert "<instructions>\nSpeak as a baker; complaints to [EMAIL_1].\n</instructions>" in after
    stranger = Keeper(keeper.running)
    assert await system_told(stranger) == before
    await stranger.client.aclose()


async def test_what_is_left_out_is_as_in_a_new_workspace(keeper: Keeper) -> None:
    """The settings are put as a whole; with both fields both are kept."""
    place = f"/api/workspaces/{keeper.workspace}/assistant"
    both = {"instructions": "Be brief.", "temperature": 0.5, "rewrite_questions": True}
    assert (await keeper.call("PUT", place, json=both)).json() == both
    for left in ({"instructions": "Be brief."}, {"temperature": 0.5}, {}):
        expected = FRESH | left
        assert (await keeper.call("PUT", place, json=left)).json() == expected
        assert (await keeper.call("GET", place)).json() == expected


@pytest.mark.parametrize(
    "wrong", [{"instructions": "a" * (MOST_INSTRUCTIONS + 1)}, {"instructions": None}, {"temperature": 2.1}, {"x": 1}]
)
async def test_what_cannot_be_kept_is_refused(keeper: Keeper, wrong: dict[str, object]) -> None:
    """With the field's name, and nothing changed."""
    place = f"/api/workspaces/{keeper.workspace}/assistant"
    assert (await keeper.call("PUT", place, json=wrong)).status_code == 422
    assert (await keeper.call("GET", place)).json() == FRESH


async def test_another_workspaces_path_is_not_there(keeper: Keeper) -> None:
    """Neither to read nor to change."""
    place = f"/api/workspaces/{uuid4()}/assistant"
    assert (await keeper.call("GET", place)).status_code == 404
    assert (await keeper.call("PUT", place, json={"instructions": "x"})).status_code == 404
