"""A provider at its limit, seen from a reader's chat and from an API client; and what the books say was tried."""

import asyncio
import json
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest

from tertulia.contracts.stream import DataQueue
from tertulia.platform.context import DEADLINE_HEADER
from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import Running, text_of
from tests.simulated import KEY, Simulated

PROVIDERS = """
[[provider]]
name = "limited"
base_url = "{url}"
api_keys = ["sk-wrong", "{key}"]
concurrency = 1
[[provider.model]]
name = "sim-limited"
input_price = "1"
output_price = "2"
"""


@pytest.fixture
def settings_of_test(simulated: Simulated, tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "providers.toml"
    path.write_text(PROVIDERS.format(url=simulated.base_url, key=KEY))
    return {"TERTULIA_PROVIDERS": str(path), "TERTULIA_ORCHESTRATOR_QUEUE_OF_WORKSPACE": "1"}


async def post(running: Running, content: str, workspace: UUID | None = None, **headers: str) -> httpx2.Response:
    body = {"model": "sim-limited", "messages": [{"role": "user", "content": content}]}
    sent = {HEADER: running.identity(workspace)} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx2.AsyncClient(base_url=running.url, timeout=20, headers=sent) as client:
        return await client.post("/v1/chat/completions", json=body)


async def until_asked(running: Running, marker: str) -> None:
    async with asyncio.timeout(10):
        while not running.simulated.of(marker):
            await asyncio.sleep(0.02)


async def test_a_reader_sees_the_place_in_the_queue(running: Running) -> None:
    """While another turn has the only permit; then the answer comes, and the wait is a step of it."""
    marker = uuid4().hex
    first = await running.ask(f"{marker} [[sim: tokens=40 gap=50]]", model="sim-limited")
    await until_asked(running, marker)
    second = await running.ask("[[sim: tokens=5 seed=1]]", model="sim-limited")
    parts = await second.parts()
    assert [part.data for part in parts if isinstance(part, DataQueue)] == [{"position": 1}]
    assert text_of(parts)
    assert text_of(await first.parts())
    end = await running.ended(second)
    waited = next(step.milliseconds for step in end.steps if step.name == "admit")
    assert waited > 300
    assert running.simulated.state()["in_flight"] == 0


async def test_what_was_tried_is_in_the_books_and_only_the_answer_is_charged(running: Running) -> None:
    """The first key is refused, the second answers: two attempts on the row and in the event, one charge."""
    asked = await running.ask("[[sim: tokens=10]]", model="sim-limited")
    end = await running.ended(asked)
    tried = [(one.provider, one.model, one.status) for one in end.attempts]
    assert tried == [("limited", "sim-limited", "provider_misconfigured"), ("limited", "sim-limited", "ok")]
    assert end.cost.amount == end.usage.prompt_tokens + 2 * end.usage.completion_tokens
    ((kept,),) = running.database.rows("SELECT attempts FROM generation WHERE id = %s", asked.job.generation_id)
    assert [one["status"] for one in kept] == ["provider_misconfigured", "ok"]
    assert all(one["milliseconds"] >= 0 for one in kept)


async def test_an_api_call_waits_within_its_deadline_and_its_workspaces_bound(running: Running) -> None:
    """Served when there is room; 503 at the deadline; 429 beyond the workspace's part of the queue."""
    workspace, marker = uuid4(), uuid4().hex
    holding = asyncio.create_task(post(running, f"{marker} [[sim: tokens=30 gap=60]]"))
    await until_asked(running, marker)
    late = await post(running, "x", workspace, **{DEADLINE_HEADER: "400"})
    assert (late.status_code, late.json()["error"]["code"]) == (503, "queue_timeout")
    assert not holding.done()
    waiting = asyncio.create_task(post(running, "x", workspace))
    async with asyncio.timeout(10):
        while await running.valkey.call("ZCARD", "admission:{limited}:queue") != 1:
            await asyncio.sleep(0.02)
    refused = await post(running, "x", workspace)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert int(refused.headers["retry-after"]) >= 1
    assert json.loads((await holding).content)["choices"]
    served = await waiting
    assert served.status_code == 200, served.text
