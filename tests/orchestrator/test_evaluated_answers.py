"""A run may ask a model too: its answers are judged, priced beforehand, in the books, sealed, and cancelled at once."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tertulia.orchestrator.own_evaluations import evaluate
from tertulia.orchestrator.service.evaluations import Estimate
from tests.databases import ServiceDatabase
from tests.orchestrator.conftest import PATIENCE, Running
from tests.orchestrator.keeper import Keeper
from tests.orchestrator.test_embeddings import model_folder
from tests.orchestrator.test_evaluations import ended
from tests.simulated import KEY, Simulated

__all__ = ["model_folder"]

SECRET = "The spare key hangs behind the zebra painting. Ask bea@example.org for it."


@pytest.fixture
def settings_of_test(tmp_path: Path, simulated: Simulated, model_folder: Path) -> dict[str, str]:
    """A provider with prices, and the model that the judge reads with."""
    file = tmp_path / "providers.toml"
    file.write_text(
        f'[[provider]]\nname = "paid"\nkind = "openai"\nbase_url = "{simulated.base_url}"\napi_keys = ["{KEY}"]\n'
        '[[provider.model]]\nname = "sim-dear"\ninput_price = "1000"\noutput_price = "2000"\n'
    )
    return {"TERTULIA_PROVIDERS": str(file), "TERTULIA_EMBEDDINGS_DIR": str(model_folder)}


def asks(says: str, **more: Any) -> dict[str, Any]:
    return {"question": f'where is the spare key? [[sim: text="{says}"]]', "facts": ["zebra painting"], **more}


async def made(keeper: Keeper, *cases: dict[str, Any]) -> str:
    """The path of a set over a handbook that tells where the key is."""
    base = await keeper.base(visibility="private")
    await keeper.settled(base, await keeper.upload(base, SECRET.encode(), "handbook.txt"))
    content = {"name": "Keys", "knowledge_base_ids": [base], "cases": cases}
    place = f"/api/workspaces/{keeper.workspace}/evals"
    new = await keeper.call("POST", place, json=content)
    assert new.status_code == 201, new.text
    return f"{place}/{new.json()['id']}"


async def started(keeper: Keeper, path: str, model: str | None = "sim-dear") -> str:
    run = await keeper.call("POST", f"{path}/runs", json={"model": model})
    assert run.status_code == 202, run.text
    return f"{path}/runs/{run.json()['id']}"


async def test_answers_are_judged_by_their_facts_and_by_what_the_passages_say(keeper: Keeper) -> None:
    """One that the passages bear out, an invention, and a refusal of what they tell; compared with answers alone."""
    path = await made(
        keeper,
        asks("The spare key hangs behind the zebra painting [1]."),
        asks("The spare key lies under 14 red bricks in Lisbon [1]."),
        asks("The documents do not tell."),
        {"question": "river stone hello"},
    )
    retrieval = await ended(keeper, await started(keeper, path, None))
    assert (retrieval["model"], retrieval["cost"], retrieval["results"][0]["answered"]) == (None, None, None)
    run = await ended(keeper, await started(keeper, path))
    assert (run["status"], run["model"], run["questions"], run["done"]) == ("finished", "sim-dear", 4, 4)
    assert [one["correct"] for one in run["results"]] == [True, False, False, True]
    answered = [one["answered"] for one in run["results"]]
    assert [(one["held"], one["grounded"], one["refused"]) for one in answered] == [
        (1.0, 1.0, False), (0.0, 0.0, False), (0.0, None, True), (None, None, True),
    ]  # fmt: skip
    figures = {one["name"]: one["value"] for one in run["figures"]}
    assert figures["facts held"] == 1.0
    assert (figures["facts in answers"], figures["groundedness"]) == (pytest.approx(1 / 3), 0.5)
    assert (figures["answers rightly refused"], figures["answers failed"]) == (1.0, 0.0)
    assert figures["answers wrongly refused"] == pytest.approx(1 / 3)
    assert run["before"] is None
    again = await ended(keeper, await started(keeper, path))
    assert (again["before"]["model"], again["before"]["same"]) == ("sim-dear", True)
    assert {one["name"]: one["before"] for one in again["figures"]} == figures


async def test_what_was_said_is_sealed_and_for_those_who_may_read_the_documents(
    keeper: Keeper, running: Running, own_database: ServiceDatabase
) -> None:
    """Personal data stays here; the answer is read with its values, sentence by sentence."""
    path = await made(keeper, {"question": "where is the spare key?", "facts": ["bea@example.org"]})
    running.simulated.script(text="Ask [EMAIL_1] about the key.")
    run = await started(keeper, path)
    await ended(keeper, run)
    sent = running.simulated.of("spare key")[-1]
    assert "[EMAIL_1]" in str(sent["request"])
    assert not running.simulated.of("bea@example.org")
    given = (await keeper.call("GET", f"{run}/results/0/passages")).json()
    assert given["answer"]["text"] == "Ask bea@example.org about the key."
    assert [one["text"] for one in given["answer"]["claims"]] == ["Ask bea@example.org about the key."]
    colleague = Keeper(running, keeper.workspace)
    assert (await colleague.call("GET", f"{run}/results/0/passages")).json()["answer"] is None
    await colleague.client.aclose()
    with psycopg.connect(own_database.owner_url) as connection:
        connection.execute("SELECT set_config('tertulia.workspace_id', %s, true)", (str(keeper.workspace),))
        ((sealed,),) = connection.execute("SELECT answer FROM eval_result").fetchall()
    assert b"bea@" not in sealed


async def test_what_it_costs_is_told_before_and_after_and_is_in_the_books(keeper: Keeper, running: Running) -> None:
    """The estimate is no less than the cost; a model without a price has none; one that is not there is refused."""
    path = await made(keeper, asks("Behind the zebra painting."))
    estimate = (await keeper.call("GET", f"{path}/estimate?model=sim-dear")).json()
    assert (estimate["model"], estimate["questions"]) == ("sim-dear", 1)
    run = await ended(keeper, await started(keeper, path))
    assert 0 < run["cost"]["amount"] <= estimate["most_cost"]["amount"]
    end = await running.chat.end_of(lambda one: one.workspace_id == keeper.workspace)
    assert (end.cost.amount, end.user_id) == (run["cost"]["amount"], keeper.person)
    assert (await keeper.call("GET", f"{path}/estimate?model=sim-fast")).json()["most_cost"] is None
    for refused in (
        await keeper.call("GET", f"{path}/estimate?model=none"),
        await keeper.call("POST", f"{path}/runs", json={"model": "none"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (404, "model_not_found")


async def test_a_question_that_the_provider_refuses_fails_alone(keeper: Keeper) -> None:
    """The others are answered, and the failure has a figure."""
    path = await made(
        keeper,
        {"question": "where is the spare key? [[sim: fail=400]]", "facts": ["zebra"]},
        asks("The spare key hangs behind the zebra painting."),
    )
    run = await ended(keeper, await started(keeper, path))
    assert run["status"] == "finished"
    assert [bool(one["answered"]["failed"]) for one in run["results"]] == [True, False]
    assert {one["name"]: one["value"] for one in run["figures"]}["answers failed"] == 0.5


async def test_a_cancelled_run_stops_at_once(keeper: Keeper, running: Running) -> None:
    """The provider is left, what is not asked yet never is, and an end is final."""
    marker = uuid4().hex
    slow = {"question": f"{marker}: where is the spare key? [[sim: ttft=30000]]", "facts": ["zebra"]}
    path = await made(keeper, *[slow] * 12)
    run = await started(keeper, path)
    async with asyncio.timeout(PATIENCE):
        while len(running.simulated.of(marker)) < 4:
            await asyncio.sleep(0.05)
    assert (await keeper.call("POST", f"{run}/cancel")).json()["status"] == "cancelled"
    async with asyncio.timeout(5):
        while running.simulated.state()["in_flight"]:
            await asyncio.sleep(0.05)
    assert len(running.simulated.of(marker)) == 4
    assert (await keeper.call("POST", f"{run}/cancel")).status_code == 200
    done = await started(keeper, path, None)
    await ended(keeper, done)
    refused = await keeper.call("POST", f"{done}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_run_ended")


async def test_a_set_is_run_from_the_command_line(keeper: Keeper, running: Running) -> None:
    """By its name, beside the services; nothing is asked of a model before its cost is agreed to."""
    path = await made(keeper, asks("The spare key hangs behind the zebra painting."))
    told: list[Estimate] = []

    def remember(estimate: Estimate) -> bool:
        told.append(estimate)
        return False

    assert await evaluate(running.environ, keeper.workspace, "Keys", "sim-dear", remember) is None
    assert told[0].most_cost is not None
    assert (await keeper.call("GET", f"{path}/runs")).json()["data"] == []
    run = await evaluate(running.environ, keeper.workspace, "Keys", "sim-dear", lambda _: True)
    assert run is not None
    assert (run.record.status, run.record.started_by, len(run.results)) == ("finished", keeper.person, 1)
    assert run.record.cost > 0
