"""A workspace's own evaluation sets: made, run by a job over its documents, compared, and nobody else's."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.orchestrator.conftest import Running
from tests.orchestrator.keeper import Keeper
from tests.orchestrator.knowledge import files


def place(keeper: Keeper) -> str:
    return f"/api/workspaces/{keeper.workspace}/evals"


CASES: list[dict[str, Any]] = [
    {"question": "where is the spare key?", "documents": ["handbook.pdf"], "facts": ["zebra painting"]},
    {"question": "where is the spare key?", "documents": ["another.pdf"]},
    {"question": "quarterly revenue of a steel mill in Brazil"},
]


async def finished(keeper: Keeper, set_id: str) -> dict[str, Any]:
    started = await keeper.call("POST", f"{place(keeper)}/{set_id}/runs")
    assert started.status_code == 202, started.text
    async with asyncio.timeout(120):
        while True:
            shown = (await keeper.call("GET", f"{place(keeper)}/{set_id}/runs/{started.json()['id']}")).json()
            if shown["status"] != "queued":
                return dict(shown)
            await asyncio.sleep(0.05)


async def test_a_run_says_which_questions_the_documents_answer(keeper: Keeper) -> None:
    """Each case is judged in its place; a second run is shown beside the first."""
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, files.pdf("The spare key hangs behind the zebra painting.")))
    made = await keeper.call("POST", place(keeper), json={"name": "Keys", "knowledge_base_ids": [base], "cases": CASES})
    assert made.status_code == 201, made.text
    run = await finished(keeper, made.json()["id"])
    assert (run["status"], run["error"]) == ("finished", None)
    assert [one["correct"] for one in run["results"]] == [True, False, True]
    figures = {one["name"]: one["value"] for one in run["figures"]}
    assert (figures["hit@5"], figures["facts held"], figures["rightly refused"]) == (0.5, 1.0, 1.0)
    again = await finished(keeper, made.json()["id"])
    assert {one["name"]: one["before"] for one in again["figures"]} == figures
    listed = (await keeper.call("GET", f"{place(keeper)}/{made.json()['id']}/runs")).json()["data"]
    assert [one["id"] for one in listed] == [again["id"], run["id"]]


async def test_a_run_over_a_base_that_is_gone_says_so(keeper: Keeper) -> None:
    """The job does not come again and again: the run ends as failed, with the reason's code."""
    new = {"name": "Gone", "knowledge_base_ids": [str(uuid4())], "cases": CASES}
    made = (await keeper.call("POST", place(keeper), json=new)).json()
    run = await finished(keeper, made["id"])
    assert (run["status"], run["error"], run["results"]) == ("failed", "knowledge_base_not_found", [])


async def test_another_workspace_sees_nothing_of_it(keeper: Keeper, running: Running) -> None:
    """Neither the set nor its runs exist for it."""
    base = await keeper.base()
    new = {"name": "Mine", "knowledge_base_ids": [base], "cases": CASES}
    made = (await keeper.call("POST", place(keeper), json=new)).json()
    run = await finished(keeper, made["id"])
    stranger = Keeper(running)
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/runs"),
        ("POST", "/runs"),
        ("GET", f"/runs/{run['id']}"),
    ):
        refused = await stranger.call(method, f"{place(stranger)}/{made['id']}{path}")
        assert refused.status_code == 404, (method, path)
    await stranger.client.aclose()


async def test_a_name_is_used_once_and_a_deleted_set_is_gone(keeper: Keeper) -> None:
    """The second of a name is refused with 409; what is deleted takes its runs along."""
    new = {"name": "Twice", "knowledge_base_ids": [str(uuid4())], "cases": CASES}
    made = (await keeper.call("POST", place(keeper), json=new)).json()
    assert (await keeper.call("POST", place(keeper), json=new)).json()["code"] == "evaluation_set_exists"
    run = await finished(keeper, made["id"])
    assert (await keeper.call("DELETE", f"{place(keeper)}/{made['id']}")).status_code == 204
    gone = await keeper.call("GET", f"{place(keeper)}/{made['id']}/runs/{run['id']}")
    assert gone.json()["code"] == "evaluation_run_not_found"
