"""A workspace's own providers: its own keys, its own models, nobody else's, and never shown again."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import openai
import psycopg
import pytest

from tertulia.orchestrator.service import own_providers
from tests.orchestrator.conftest import text_of
from tests.orchestrator.keeper import Keeper
from tests.simulated import KEY

pytestmark = pytest.mark.integration
MODEL = "own/ours/sim-fast"


@pytest.fixture
def settings_of_test() -> dict[str, str]:
    return {"TERTULIA_ORCHESTRATOR_OWN_PROVIDERS": "any"}


def place(of: Keeper, name: str = "") -> str:
    return f"/api/workspaces/{of.workspace}/providers{name}"


async def adds(of: Keeper, name: str = "ours", **more: Any) -> Any:
    body = {"base_url": of.running.simulated.base_url, "api_key": KEY, **more}
    return await of.call("PUT", place(of, f"/{name}"), json=body)


async def test_its_models_answer_its_chats_and_its_calls(keeper: Keeper) -> None:
    """They are listed beside the installation's, cost nothing here, and the books name whose provider it was."""
    added = await adds(keeper)
    assert added.status_code == 200, added.text
    assert "sim-fast" in added.json()["models"]
    assert added.json()["key_end"] == KEY[-4:]
    shown = (await keeper.call("GET", "/api/models")).json()["data"]
    assert {MODEL, "sim-fast"} <= {one["id"] for one in shown}

    asked = await keeper.running.ask("hello [[sim: echo]]", model=MODEL, workspace=keeper.workspace)
    assert "hello" in text_of(await asked.parts())
    end = await keeper.running.ended(asked)
    assert (end.provider, end.model, end.cost.amount) == ("ours", MODEL, 0)

    client = keeper.running.sdk(keeper.workspace)
    assert MODEL in {model.id async for model in client.models.list()}
    answer = await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    assert answer.choices[0].message.content
    streamed = await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "hi"}], stream=True
    )
    assert [chunk async for chunk in streamed]


async def test_another_workspace_knows_nothing_of_it(keeper: Keeper) -> None:
    """Not its list, not its models, in neither API."""
    await adds(keeper)
    stranger = Keeper(keeper.running)
    assert (await stranger.call("GET", place(stranger))).json() == {"data": []}
    assert (await stranger.call("GET", place(keeper))).status_code == 404
    assert MODEL not in {one["id"] for one in (await stranger.call("GET", "/api/models")).json()["data"]}
    with pytest.raises(openai.NotFoundError):
        await keeper.running.sdk().chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    await stranger.client.aclose()


async def test_the_key_is_nowhere_in_clear(keeper: Keeper) -> None:
    """Neither in what the API shows nor in the database's tables."""
    secret = f"{KEY}-{uuid4().hex}"
    assert (await adds(keeper, api_key=secret, models=["sim-fast"])).status_code == 200
    assert secret not in (await keeper.call("GET", place(keeper))).text
    async with await psycopg.AsyncConnection.connect(keeper.running.database.owner_url) as connection:
        found = await connection.execute("SELECT value::text FROM workspace_setting")
        stored = [row[0] for row in await found.fetchall()]
        sent = [row[0] for row in await (await connection.execute("SELECT body FROM outbox")).fetchall()]
    assert not [text for text in (*stored, *sent) if secret in text]


async def test_a_removed_provider_is_gone_for_the_next_question(keeper: Keeper) -> None:
    await adds(keeper)
    assert (await keeper.call("DELETE", place(keeper, "/ours"))).status_code == 204
    assert (await keeper.call("DELETE", place(keeper, "/ours"))).status_code == 404
    with pytest.raises(openai.NotFoundError):
        await keeper.running.sdk(keeper.workspace).chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hi"}]
        )


async def test_a_key_goes_to_no_other_address_than_it_was_given_for(keeper: Keeper) -> None:
    """Whoever may change the list cannot have the known key sent elsewhere; at the same address it stays."""
    await adds(keeper)
    kept = await keeper.call(
        "PUT", place(keeper, "/ours"), json={"base_url": keeper.running.simulated.base_url, "models": ["sim-echo"]}
    )
    assert kept.json()["models"] == ["sim-echo"]
    moved = await keeper.call(
        "PUT", place(keeper, "/ours"), json={"base_url": "http://127.0.0.1:9/v1", "models": ["x"]}
    )
    assert moved.status_code == 422
    assert moved.json()["errors"][0]["field"] == "api_key"


async def test_a_lost_workspace_key_takes_only_its_own_providers(keeper: Keeper) -> None:
    """The installation's models go on; the provider's are refused with what to do, until its key is entered again."""
    await adds(keeper, models=["sim-fast"])
    keeper.running.database.rows("DELETE FROM workspace_key WHERE workspace_id = %s", keeper.workspace)
    await keeper.running.workers[0].stop()
    after = await keeper.running.start()
    keeper.running.workers[:] = [after]
    again = Keeper(keeper.running, keeper.workspace, keeper.person)
    hello: Any = [{"role": "user", "content": "hi"}]
    client = keeper.running.sdk(keeper.workspace)
    assert (await client.chat.completions.create(model="sim-fast", messages=hello)).choices
    assert MODEL not in {model.id async for model in client.models.list()}
    with pytest.raises(openai.ConflictError) as refused:
        await client.chat.completions.create(model=MODEL, messages=hello)
    assert refused.value.code == "provider_key_lost"
    without = await adds(again, api_key=None)
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "api_key")
    assert (await adds(again, models=["sim-fast"])).status_code == 200
    assert (await client.chat.completions.create(model=MODEL, messages=hello)).choices
    await again.client.aclose()


async def test_more_workspaces_than_are_kept_in_memory_are_all_answered(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is crowded out between finding a model and asking it is made again, not refused."""
    monkeypatch.setattr(own_providers, "_MOST_KEPT", 1)
    others = [keeper, Keeper(keeper.running), Keeper(keeper.running)]
    for one in others:
        await adds(one, models=["sim-fast"])
    hello: Any = [{"role": "user", "content": "hi"}]
    calls = [
        keeper.running.sdk(one.workspace).chat.completions.create(model=MODEL, messages=hello) for one in others * 5
    ]
    assert all(answer.choices for answer in await asyncio.gather(*calls))
    for one in others[1:]:
        await one.client.aclose()


async def test_a_key_that_does_not_work_is_not_kept(keeper: Keeper) -> None:
    """The provider is asked for its models when the provider is added; what it says is told."""
    refused = await adds(keeper, api_key="sk-wrong")
    assert refused.status_code == 422
    assert "provider" in json.dumps(refused.json())
    assert (await keeper.call("GET", place(keeper))).json() == {"data": []}


async def test_two_at_once_are_both_kept_and_there_is_a_bound(keeper: Keeper) -> None:
    """Changes come one after the other; the eleventh provider is refused."""
    answers = await asyncio.gather(*(adds(keeper, f"p{number}", models=["sim-fast"]) for number in range(11)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [409]
    listed = (await keeper.call("GET", place(keeper))).json()["data"]
    assert len({one["name"] for one in listed}) == 10


@pytest.mark.parametrize(
    "body",
    [
        {"base_url": "ftp://example.com"},
        {"base_url": "http://example.com", "api_key": ""},
        {"base_url": "http://example.com", "api_key": "k", "models": []},
        {"base_url": "http://example.com", "api_key": "k", "kind": "other"},
        {"api_key": "k"},
    ],
)
async def test_a_wrong_provider_is_refused(keeper: Keeper, body: dict[str, Any]) -> None:
    assert (await keeper.call("PUT", place(keeper, "/ours"), json=body)).status_code == 422
    assert (await keeper.call("PUT", place(keeper, "/Not a name"), json=body)).status_code == 422


class TestReach:
    """Where they may be is the operator's to say."""

    @pytest.fixture
    def settings_of_test(self) -> dict[str, str]:
        return {}

    @pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/v1", "http://localhost/v1", "http://[::1]/v1"])
    async def test_only_the_open_internet_unless_told_otherwise(self, keeper: Keeper, address: str) -> None:
        """Our own network is not looked into: not by address, and not by a name that leads there."""
        port = keeper.running.simulated.base_url.split(":")[2].split("/")[0]
        refused = await adds(keeper, base_url=address.format(port=port))
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "base_url"
