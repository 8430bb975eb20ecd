"""The model ``auto``: simple questions go to the small model, others to the strong one, and a workspace may say how."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest

from tertulia.orchestrator.providers.prices import FREE, Price
from tertulia.orchestrator.providers.registry import Model, ModelNotFound, NoModel, Registry
from tertulia.orchestrator.routing import THRESHOLD, Demand, Router, Routing
from tertulia.orchestrator.routing.router import pair_of
from tertulia.orchestrator.schemas.openai import ChatRequest
from tertulia.orchestrator.service.request import convert
from tests.orchestrator.conftest import Running
from tests.orchestrator.keeper import Keeper
from tests.simulated import KEY, Simulated

_PAY_THREE_RETRIES = 14
"""Calls that go well, of which each pays for a fifth of a retry."""

PUZZLE = (
    "A shop sells pens at 3 euros and books at 12 euros each. If Anna buys 7 pens and 3 books, gets 15 percent off the "
    "total and pays with 100 euros, how much change does she get?"
)
GREETING = "Hello, how are you?"
WINDOW = 8192


def model(name: str, price: Price | None) -> Model:
    return Model(name, name, "p", "embedding" if name.startswith("embed") else "chat", 8192, price)


LOCAL, CHEAP, DEAR, UNPRICED = (
    model("local", FREE),
    model("cheap", Price(100, 200, 50)),
    model("dear", Price(1000, 2000, 500)),
    model("unpriced", None),
)
EMBEDS = model("embed", FREE)


@pytest.mark.parametrize(
    ("models", "default", "routing", "pair"),
    [
        ((DEAR, CHEAP, LOCAL, EMBEDS), DEAR, Routing(), ("local", "dear")),
        ((UNPRICED, LOCAL), UNPRICED, Routing(), ("local", "unpriced")),
        ((LOCAL, CHEAP, DEAR), LOCAL, Routing(), ("local", "dear")),
        ((DEAR, CHEAP, LOCAL), DEAR, Routing(small="cheap"), ("cheap", "dear")),
        ((DEAR, CHEAP, LOCAL), DEAR, Routing(small="dear", strong="cheap"), ("dear", "cheap")),
        ((DEAR, CHEAP, LOCAL), DEAR, Routing(small="cheap", strong="gone"), None),
        ((UNPRICED,), UNPRICED, Routing(), None),
        ((LOCAL,), LOCAL, Routing(), None),
        ((model("a", FREE), model("b", FREE)), None, Routing(), None),
        ((), None, Routing(), None),
    ],
)
def test_the_small_model_is_the_cheapest_and_the_strong_one_the_default(
    models: tuple[Model, ...], default: Model | None, routing: Routing, pair: tuple[str, str] | None
) -> None:
    """Unless the workspace names others; there is no pair where nothing would be saved, or a named one is gone."""
    found = pair_of(models, default, routing)
    assert (found and (found.small.id, found.strong.id)) == pair


def test_a_question_is_as_hard_as_the_hardest_of_the_last() -> None:
    """A greeting is simple and a puzzle is not; what only makes sense after a puzzle is as hard, and not for ever."""
    simple, hard = Demand((GREETING,), 100).difficulty(WINDOW), Demand((PUZZLE,), 100).difficulty(WINDOW)
    assert simple < THRESHOLD <= hard
    told = [("user", PUZZLE), ("assistant", "..."), ("user", "And why?")]
    assert Demand.of_texts(told).difficulty(WINDOW) == hard
    later = [("user", PUZZLE), ("user", GREETING), ("user", GREETING), ("user", GREETING)]
    assert Demand.of_texts(later).difficulty(WINDOW) == simple


@pytest.mark.parametrize(
    "special",
    [
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"response_format": {"type": "json_object"}},
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://e.org/a.png"}}]}
            ]
        },
        {"messages": [{"role": "system", "content": "rule " * 4000}, {"role": "user", "content": GREETING}]},
    ],
)
def test_what_small_models_seldom_can_is_hard(special: dict[str, Any]) -> None:
    """Tools, JSON, images and very long prompts go to the strong model, however simple the words are."""
    asked = convert({"messages": [{"role": "user", "content": GREETING}]} | special, ChatRequest)
    assert Demand.of_request(asked).difficulty(WINDOW) == 1


@pytest.mark.parametrize(
    ("told", "window", "fits"),
    [
        ("rule " * 1000, WINDOW, True),
        ("rule " * 1000, 2048, False),
        ("\u89c4\u5219" * 1000, WINDOW, True),
        ("\u89c4\u5219" * 2500, WINDOW, False),
    ],
    ids=["short", "a small window", "another script", "long in another script"],
)
def test_what_fills_half_of_the_small_models_window_is_hard(told: str, window: int, fits: bool) -> None:
    """In bytes, which are about as many tokens in any script."""
    demand = Demand.of_texts([("assistant", told), ("user", GREETING)])
    assert (demand.difficulty(window) < THRESHOLD) is fits


FILE = """
[[provider]]
name = "sim"
base_url = "{url}"
api_keys = ["{key}"]
[[provider.model]]
name = "sim-tiny"
free = true
[[provider.model]]
name = "sim-great"
input_price = "2"
output_price = "8"
"""


@pytest.fixture
def settings_of_test(tmp_path: Path, simulated: Simulated) -> dict[str, str]:
    path = tmp_path / "providers.toml"
    path.write_text(FILE.format(url=simulated.base_url, key=KEY))
    return {
        "TERTULIA_PROVIDERS": str(path),
        "TERTULIA_ORCHESTRATOR_DEFAULT_MODEL": "sim-great",
    }


async def answered_by(keeper: Keeper, question: str) -> tuple[str | None, dict[str, Any]]:
    """The model that answered in a chat, and why."""
    running = keeper.running
    asked = await running.ask(f"{question} [[sim: tokens=3]]", model="auto", workspace=keeper.workspace)
    await asked.parts()
    end = await running.ended(asked)
    why = await keeper.call("GET", f"/api/messages/{asked.job.answer_id}/explanation")
    return end.model, why.json()["chosen"]


async def test_a_chat_with_auto_is_answered_by_the_one_that_it_needs(keeper: Keeper) -> None:
    """And why is told; both models and ``auto`` with what it chooses from are listed."""
    listed = (await keeper.call("GET", "/api/models")).json()["data"]
    choosing = {one["id"]: one["chooses_from"] for one in listed}
    assert choosing.pop("auto") == ["sim-tiny", "sim-great"]
    assert {"sim-tiny", "sim-great"} <= choosing.keys()
    assert set(choosing.values()) == {None}
    simple, why_simple = await answered_by(keeper, GREETING)
    hard, why_hard = await answered_by(keeper, PUZZLE)
    assert (simple, hard) == ("sim-tiny", "sim-great")
    assert why_simple["small"]
    assert why_simple["difficulty"] < why_simple["threshold"] == THRESHOLD
    assert not why_hard["small"]


async def test_the_api_takes_auto_as_a_model(running: Running) -> None:
    """The answer names who gave it; a request with tools goes to the strong one."""
    client = running.sdk()
    assert "auto" in [one.id for one in (await client.models.list()).data]
    said = await client.chat.completions.create(model="auto", messages=[{"role": "user", "content": GREETING}])
    assert said.model == "sim-tiny"
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    called = await client.chat.completions.create(
        model="auto", messages=[{"role": "user", "content": GREETING}], tools=[tool]
    )
    assert called.model == "sim-great"
    response = await client.responses.create(model="auto", input=PUZZLE)
    assert response.model == "sim-great"
    with pytest.raises(openai.NotFoundError):
        await client.embeddings.create(model="auto", input="text")


async def test_the_strong_model_answers_when_the_small_one_fails(keeper: Keeper) -> None:
    """In a chat and in the API, streamed or whole: what failed is in the books, and the answer costs what it costs."""
    running, client = keeper.running, keeper.running.sdk()
    hello: Any = [{"role": "user", "content": GREETING}]
    for _ in range(_PAY_THREE_RETRIES):
        await client.chat.completions.create(model="sim-great", messages=hello)
    running.simulated.script(fail=500)
    asked = await running.ask(f"{GREETING} [[sim: tokens=3]]", model="auto", workspace=keeper.workspace)
    await asked.parts()
    end = await running.ended(asked)
    tried = [(one.model, one.status) for one in end.attempts]
    assert (end.status, end.model) == ("finished", "sim-great")
    assert tried == [("sim-tiny", "provider_failed"), ("sim-great", "ok")]
    assert end.cost.amount > 0

    running.simulated.script(fail=503)
    assert (await client.chat.completions.create(model="auto", messages=hello)).model == "sim-great"
    running.simulated.script(fail=400)
    stream = await client.chat.completions.create(model="auto", messages=hello, stream=True)
    assert {chunk.model async for chunk in stream} == {"sim-great"}


async def test_what_a_workspace_has_chosen_is_asked_only_where_auto_is() -> None:
    """A request that names another model, or none, does not wait for it."""
    asked: list[UUID] = []

    async def chosen(workspace_id: UUID) -> Routing:
        asked.append(workspace_id)
        return Routing()

    async def catalogues(_: UUID) -> Registry:
        return Registry([])

    workspace = uuid4()
    catalogue = await Router(catalogues, chosen).catalogue(workspace)
    with pytest.raises(NoModel):
        await catalogue.find(None)
    with pytest.raises(ModelNotFound):
        await catalogue.find("sim-tiny")
    assert not asked
    with pytest.raises(ModelNotFound, match="two models"):
        await catalogue.find("auto")
    assert asked == [workspace]


async def test_a_workspace_says_which_models_and_from_where_on(keeper: Keeper) -> None:
    """From the next question on; another workspace goes on as before."""
    place = f"/api/workspaces/{keeper.workspace}/routing"
    fresh = {
        "small": None,
        "strong": None,
        "threshold": THRESHOLD,
        "in_use": {"small": "sim-tiny", "strong": "sim-great"},
    }
    assert (await keeper.call("GET", place)).json() == fresh
    await keeper.call("PUT", place, json={"threshold": 0})
    assert (await answered_by(keeper, GREETING))[0] == "sim-great"
    await keeper.call("PUT", place, json={"threshold": 1})
    assert (await answered_by(keeper, PUZZLE))[0] == "sim-tiny"
    turned = await keeper.call("PUT", place, json={"small": "sim-great", "strong": "sim-tiny", "threshold": 1})
    assert turned.json()["in_use"] == {"small": "sim-great", "strong": "sim-tiny"}
    stranger = Keeper(keeper.running)
    assert (await answered_by(stranger, GREETING))[0] == "sim-tiny"
    await stranger.client.aclose()


@pytest.mark.parametrize(
    "wrong",
    [{"small": "none"}, {"strong": "auto"}, {"small": "sim-tiny", "strong": "sim-tiny"}, {"threshold": 1.1}, {"x": 1}],
)
async def test_what_cannot_be_chosen_is_refused(keeper: Keeper, wrong: dict[str, Any]) -> None:
    """A model that is not there, ``auto`` itself, one model for both, a threshold out of bounds."""
    place = f"/api/workspaces/{keeper.workspace}/routing"
    assert (await keeper.call("PUT", place, json=wrong)).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (await keeper.call("GET", f"/api/workspaces/{uuid4()}/routing")).status_code == HTTPStatus.NOT_FOUND


async def test_auto_is_not_there_without_two_to_choose_from(keeper: Keeper) -> None:
    """It is refused as a model that does not exist, and not listed."""
    place = f"/api/workspaces/{keeper.workspace}/routing"
    assert (await keeper.call("PUT", place, json={"small": "sim-great"})).json()["in_use"] is None
    client = keeper.running.sdk(keeper.workspace)
    assert "auto" not in [one.id for one in (await client.models.list()).data]
    with pytest.raises(openai.NotFoundError, match="two models"):
        await client.chat.completions.create(model="auto", messages=[{"role": "user", "content": GREETING}])
