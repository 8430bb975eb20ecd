"""A workspace's key is lost, or wrapped by a master key that nobody has: what it sealed says so, and nothing waits."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import PATIENCE, Running
from tests.orchestrator.keeper import Keeper
from tests.orchestrator.test_batches import CHAT, begin, line, until
from tests.orchestrator.test_responses import uuid_of

pytestmark = pytest.mark.integration
OTHER = "a master key that nothing here is wrapped with"
LOST, MISSING = "sealed_with_lost_key", "master_key_missing"


class Sealer:
    """A person with API and chat, whose workspace loses its key, or whose operator loses the master key."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.workspace = uuid4()
        self.headers = {HEADER: running.identity(self.workspace)}

    @property
    def sdk(self) -> AsyncOpenAI:
        made = AsyncOpenAI(
            base_url=f"{self.running.url}/v1",
            api_key="-",
            max_retries=0,
            timeout=PATIENCE,
            default_headers=self.headers,
        )
        self.running.clients.append(made)
        return made

    async def get(self, path: str) -> httpx2.Response:
        async with httpx2.AsyncClient(timeout=PATIENCE) as http:
            return await http.get(self.running.url + path, headers=self.headers)

    async def loses(self, what: str, **changes: str) -> None:
        """Its key's row, or the operator's master key; no process has it in memory any more."""
        if what == LOST:
            self.running.database.rows("DELETE FROM workspace_key WHERE workspace_id = %s", self.workspace)
        else:
            changes |= {"TERTULIA_ORCHESTRATOR_MASTER_KEYS": OTHER}
        for worker in self.running.workers:
            await worker.stop()
        self.running.workers[:] = [await self.running.start(**changes)]

    def row(self, query: str, *values: Any) -> tuple[Any, ...]:
        ((*found,),) = self.running.database.rows(query, *values)
        return tuple(found)


@pytest.fixture
def sealer(running: Running) -> Sealer:
    return Sealer(running)


@pytest.fixture
async def stopped(sealer: Sealer) -> AsyncIterator[str]:
    """A response in the background that is asked for while nobody works on it."""
    sealer.running.simulated.always(ttft=600_000)
    made = await sealer.sdk.responses.create(model="sim-fast", input="hello", background=True)
    async with asyncio.timeout(PATIENCE):
        while sealer.running.simulated.state()["in_flight"] == 0:
            await asyncio.sleep(0.02)
    yield made.id
    sealer.running.simulated.forget_script()


@pytest.mark.parametrize(("what", "status"), [(LOST, 410), (MISSING, 503)])
async def test_what_was_sealed_is_refused_in_words(sealer: Sealer, what: str, status: int) -> None:
    """A stored response, what was put into it, one that goes on with it, a file's content: each before it begins."""
    made = await sealer.sdk.responses.create(model="sim-fast", input="hello")
    file = await sealer.sdk.files.create(file=("a.jsonl", b"{}\n"), purpose="batch")
    await sealer.loses(what)
    paths = [f"/v1/responses/{made.id}", f"/v1/responses/{made.id}/input_items", f"/v1/files/{file.id}/content"]
    for path in paths:
        refused = await sealer.get(path)
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, what), path
        assert "operator" in refused.json()["error"]["message"]
    with pytest.raises(openai.APIStatusError) as caught:
        await sealer.sdk.responses.create(model="sim-fast", input="And?", previous_response_id=made.id)
    assert (caught.value.status_code, caught.value.code) == (status, what)
    assert (await sealer.sdk.files.delete(file.id)).deleted
    await sealer.sdk.responses.delete(made.id)


async def test_an_answer_that_cannot_be_kept_is_given_and_says_so(sealer: Sealer) -> None:
    """As a whole and streamed."""
    await sealer.sdk.responses.create(model="sim-fast", input="hello")
    await sealer.loses(MISSING)
    whole: Any = await sealer.sdk.responses.create(model="sim-fast", input="[[sim: tokens=4]]")
    assert (whole.status, whole.store) == ("completed", False)
    stream = await sealer.sdk.responses.create(model="sim-fast", input="[[sim: tokens=4]]", stream=True)
    last: Any = [event async for event in stream][-1]
    assert (last.type, last.response.store) == ("response.completed", False)


async def test_a_response_in_the_background_whose_key_is_lost_has_failed(sealer: Sealer, stopped: str) -> None:
    """Its next worker ends it, and who follows it is told why."""
    await sealer.loses(LOST)
    events: list[Any] = [event async for event in await sealer.sdk.responses.retrieve(stopped, stream=True)]
    assert (events[-1].type, events[-1].code) == ("error", LOST)
    assert sealer.row("SELECT status FROM response WHERE id = %s", uuid_of(stopped)) == ("failed",)


async def test_one_that_nobody_can_read_is_given_up_and_keeps_no_other_from_it(sealer: Sealer, stopped: str) -> None:
    """Hours later, with its job gone: it fails once, and so does the other workspace's beside it."""
    neighbour = Sealer(sealer.running)
    beside = await neighbour.sdk.responses.create(model="sim-fast", input="hello", background=True)
    for worker in sealer.running.workers:
        await worker.stop()
    await sealer.running.bus.jetstream().purge_stream("JOBS")
    old = "UPDATE response SET created_at = now() - %s * interval '1 hour' WHERE id = %s"
    sealer.running.database.rows(old, 3, uuid_of(stopped))
    sealer.running.database.rows(old, 2, uuid_of(beside.id))
    await sealer.loses(LOST, TERTULIA_ORCHESTRATOR_ABANDONED_AFTER="1s")
    both = "SELECT array_agg(DISTINCT status) FROM response WHERE id = ANY(%s)"
    ids = [uuid_of(stopped), uuid_of(beside.id)]
    async with asyncio.timeout(PATIENCE):
        while sealer.row(both, ids) != (["failed"],):
            await asyncio.sleep(0.1)
    ended: Any = await neighbour.sdk.responses.retrieve(beside.id)
    assert ended.error.code == "server_error"
    assert (await sealer.get(f"/v1/responses/{stopped}")).json()["error"]["code"] == LOST


async def test_cancelling_one_that_nobody_can_read_ends_it(sealer: Sealer, stopped: str) -> None:
    """It is refused with the reason, and nobody waits for it any more."""
    worker = sealer.running.workers[0]
    await worker.stop()
    await sealer.running.bus.jetstream().purge_stream("JOBS")
    await sealer.loses(LOST)
    with pytest.raises(openai.APIStatusError) as caught:
        await sealer.sdk.responses.cancel(stopped)
    assert caught.value.code == LOST
    assert sealer.row("SELECT status FROM response WHERE id = %s", uuid_of(stopped)) == ("failed",)


async def test_a_batch_whose_key_is_lost_fails_and_says_why(sealer: Sealer) -> None:
    """Its file, or what its lines gave, can be read by nobody: no file comes of it, and no line of it is left."""
    sealer.running.simulated.always(ttft=300)
    made = await begin(sealer.sdk, [line(n, "[[sim: tokens=5]]") for n in range(60)], CHAT)
    batch = UUID(hex=made.id.removeprefix("batch_"))
    async with asyncio.timeout(PATIENCE):
        while sealer.row("SELECT completed FROM batch WHERE id = %s", batch) == (0,):
            await asyncio.sleep(0.05)
    await sealer.loses(LOST)
    done = await until(sealer.sdk, made.id, "failed")
    assert [error.code for error in done.errors.data] == [LOST]
    assert (done.output_file_id, done.error_file_id) == (None, None)
    assert sealer.row("SELECT count(*) FROM batch_line WHERE batch_id = %s", batch) == (0,)


async def test_looking_at_values_and_explanations_is_refused_in_words(keeper: Keeper) -> None:
    """What the vault and the explanation sealed; the list of findings, which holds no value, is still shown."""
    running = keeper.running
    asked = await keeper.ask("I am ada@example.com. [[sim: tokens=3]]")
    await running.ended(asked)
    privacy = f"/api/workspaces/{keeper.workspace}/privacy"
    (found,) = (await keeper.call("GET", f"{privacy}/findings")).json()["data"]
    running.database.rows("DELETE FROM workspace_key WHERE workspace_id = %s", keeper.workspace)
    await running.workers[0].stop()
    running.workers[:] = [await running.start()]
    again = Keeper(running, keeper.workspace, keeper.person)
    assert len((await again.call("GET", f"{privacy}/findings")).json()["data"]) == 1
    explanation = f"/api/messages/{asked.job.answer_id}/explanation"
    for method, path in (("POST", f"{privacy}/findings/{found['id']}/reveal"), ("GET", explanation)):
        refused = await again.call(method, path)
        assert (refused.status_code, refused.json()["code"]) == (410, LOST), path
    await again.client.aclose()
