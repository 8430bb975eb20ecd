"""A workspace, or what work is for, is deleted while the work is done: it ends, says so, and leaves nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest

from tertulia.contracts.auth import WorkspaceDeleted
from tertulia.platform.bus.envelope import seal
from tests.orchestrator.conftest import PATIENCE, Running, tags
from tests.orchestrator.keeper import BASES, Keeper
from tests.orchestrator.test_batches import begin, line

pytestmark = pytest.mark.integration


async def until(look: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not look():
            await asyncio.sleep(0.05)


async def deleted(running: Running, workspace: UUID) -> None:
    await running.bus.publish(seal(WorkspaceDeleted(workspace_id=workspace, occurred_at=datetime.now(UTC))))


def left_of(running: Running, workspace: UUID) -> dict[str, int]:
    return {table: count for table, count in running.database.rows_of(workspace).items() if count}


async def followed(stream: Any, act: Callable[[str], Awaitable[object]]) -> None:
    """To its end; does something with the response, by its id, once a few words were said."""
    made = ""
    async for event in stream:
        if event.type == "response.created":
            made = event.response.id
        if event.sequence_number == 8:
            await act(made)


async def test_a_turn_stops_and_is_not_taken_up_again(running: Running) -> None:
    """Its reader hears the end, the provider is let go, and no key is made anew for what was said."""
    workspace, marker = uuid4(), uuid4().hex
    asked = await running.ask(f"{marker} a@x.org [[sim: seed=3 tokens=3000 gap=20]]", workspace=workspace)
    await asked.until(lambda text: len(text) > 20)
    await deleted(running, workspace)
    assert tags(await asked.parts())[-1] == "abort"
    await until(lambda: running.simulated.of(marker)[0]["end"] == "client_left")
    await until(lambda: not left_of(running, workspace))
    assert len(running.simulated.of(marker)) == 1


async def test_a_turn_whose_worker_did_not_hear_of_it_ends_with_its_lease(running: Running) -> None:
    """Its row is gone: nobody else has it, so it is ended here and begun by nobody again."""
    marker = uuid4().hex
    asked = await running.ask(f"{marker} [[sim: seed=3 tokens=3000 gap=20]]")
    await asked.until(lambda text: len(text) > 20)
    running.database.rows("DELETE FROM generation WHERE id = %s", asked.job.generation_id)
    assert tags(await asked.parts())[-1] == "abort"
    await until(lambda: running.simulated.of(marker)[0]["end"] == "client_left")
    assert running.database.rows("SELECT 1 FROM generation WHERE id = %s", asked.job.generation_id) == []
    assert len(running.simulated.of(marker)) == 1


async def test_a_response_in_the_background_stops_and_its_reader_is_told(running: Running) -> None:
    """Nobody writes to its log any more: who follows it hears that it is gone."""
    workspace, marker = uuid4(), uuid4().hex
    client = running.sdk(workspace)
    stream = await client.responses.create(
        model="sim-fast", input=f"{marker} [[sim: tokens=3000 gap=20]]", background=True, stream=True
    )
    with pytest.raises(openai.APIError, match="no response"):
        await followed(stream, lambda _: deleted(running, workspace))
    await until(lambda: running.simulated.of(marker)[0]["end"] == "client_left")
    end = await running.chat.end_of(lambda end: end.workspace_id == workspace)
    assert end.status == "stopped"


async def test_a_response_that_is_deleted_while_it_is_followed(running: Running) -> None:
    """By its maker, from another tab."""
    client = running.sdk()
    stream = await client.responses.create(
        model="sim-fast", input="[[sim: tokens=3000 gap=20]]", background=True, stream=True
    )
    with pytest.raises(openai.APIError, match="no response"):
        await followed(stream, client.responses.delete)


async def test_a_batch_stops_and_leaves_nothing(running: Running) -> None:
    """No line, no file and no permit; the provider is asked for no more."""
    workspace, marker = uuid4(), uuid4().hex
    running.simulated.always(ttft=200)
    made = await begin(running.sdk(workspace), [line(n, f"{marker} [[sim: tokens=3]]") for n in range(100)])
    batch = UUID(hex=made.id.removeprefix("batch_"))
    await until(lambda: running.database.rows("SELECT completed FROM batch WHERE id = %s", batch) > [(0,)])
    await deleted(running, workspace)
    await until(lambda: not running.database.rows("SELECT 1 FROM batch WHERE id = %s", batch))
    await until(lambda: running.simulated.state()["in_flight"] == 0)
    assert len(running.simulated.of(marker)) < 100
    left = left_of(running, workspace)
    assert not left.keys() & {"batch", "batch_line", "stored_file", "stored_file_part"}, left
    await deleted(running, workspace)  # as auth tells it a second time
    await until(lambda: not left_of(running, workspace))


@pytest.mark.parametrize("what", ["document", "base", "workspace"])
async def test_reading_a_document_that_is_gone_ends(keeper: Keeper, what: str) -> None:
    """In the middle, whatever of it was deleted: no passage and no file is left, and the next document is read."""
    running, base = keeper.running, await keeper.base()
    text = "\n\n".join(f"The owl number {number} sleeps in {'x' * 800}." for number in range(2000))
    document = await keeper.upload(base, text.encode(), "owl.txt")
    path = f"{BASES}/{base}/documents/{document}"
    async with asyncio.timeout(PATIENCE):
        while (await keeper.call("GET", path)).json()["status"] != "embedding":
            await asyncio.sleep(0.02)
    if what == "workspace":
        await deleted(running, keeper.workspace)
        await until(lambda: not left_of(running, keeper.workspace))
    else:
        gone = await keeper.call("DELETE", path if what == "document" else f"{BASES}/{base}")
        assert gone.status_code == 204
    other = Keeper(running, None if what == "workspace" else keeper.workspace)
    base = await other.base()
    await other.settled(base, await other.upload(base, b"The owl flies.", "next.txt"))
    await other.client.aclose()
    rows = running.database.rows_of(keeper.workspace)
    kept = 0 if what == "workspace" else 1
    assert [rows[table] for table in ("document", "chunk", "stored_file")] == [kept] * 3
