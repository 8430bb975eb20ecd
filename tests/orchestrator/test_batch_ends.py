"""How batches end when something is taken from under them: their file, their provider, their job, their time."""

import asyncio
import codecs
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest
from openai import AsyncOpenAI

from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import PATIENCE, Running
from tests.orchestrator.held import held
from tests.orchestrator.test_batches import begin, line, lines_of, until, upload

HOUR = 3600


def uuid_of(batch_id: str) -> UUID:
    return UUID(hex=batch_id.removeprefix("batch_"))


async def test_a_batch_whose_file_is_deleted_fails_with_what_it_has(running: Running) -> None:
    """It says why, counts only what it has, and what was answered is in its file."""
    client, marker = running.sdk(), uuid4().hex
    filler = "x" * 200_000
    lines = [line(n, f"{marker} {filler} [[sim: seed={n} tokens=5 ttft=100]]") for n in range(60)]
    made = await begin(client, lines)
    async with asyncio.timeout(PATIENCE):
        while running.database.rows("SELECT completed FROM batch WHERE id = %s", uuid_of(made.id)) == [(0,)]:
            await asyncio.sleep(0.05)
    await client.files.delete(made.input_file_id)
    done = await until(client, made.id, "failed")
    assert [error.code for error in done.errors.data] == ["file_not_found"]
    assert len(await lines_of(client, done.output_file_id)) == done.request_counts.completed < 60


async def test_a_batch_that_waits_for_its_provider_can_be_cancelled(running: Running) -> None:
    """Lines that are only told to wait are let go, however long the provider asks for."""
    client = running.sdk()
    running.simulated.always(fail=429, retry_after=3600)
    made = await begin(client, [line(n, "hi") for n in range(3)])
    await until(client, made.id, "in_progress")
    await client.batches.cancel(made.id)
    done = await until(client, made.id, "cancelled")
    assert (done.request_counts.completed, done.request_counts.failed) == (0, 0)


async def test_a_database_that_is_away_while_a_line_waits_fails_no_line(running: Running) -> None:
    """Whether it is still wanted is asked again in a moment."""
    client = running.sdk()
    running.simulated.always(fail=429, retry_after=4)
    made = await begin(client, [line(1, "hi")])
    await until(client, made.id, "in_progress")
    with held(running.database, "batch") as (batch,):
        await batch.kill()
    running.simulated.always()
    done = await until(client, made.id, "completed")
    assert (done.request_counts.completed, done.request_counts.failed) == (1, 0)


async def test_a_batch_whose_job_is_gone_expires(running: Running) -> None:
    """An hour past its time nobody will come for it any more: whoever looks ends it."""
    headers = {HEADER: running.identity()}
    async with AsyncOpenAI(base_url=f"{running.url}/v1", api_key="-", default_headers=headers) as client:
        made = await begin(client, [line(n, "[[sim: tokens=5 ttft=3000]]") for n in range(20)])
        await until(client, made.id, "in_progress")
    for worker in running.workers:
        await worker.stop()
    await running.bus.jetstream().purge_stream("JOBS")
    running.database.rows(
        "UPDATE batch SET expires_at = now() - interval '2 hours' WHERE id = %s RETURNING id", uuid_of(made.id)
    )
    after = await running.start(TERTULIA_ORCHESTRATOR_ABANDONED_AFTER="1s")
    async with AsyncOpenAI(base_url=f"{after.url}/v1", api_key="-", default_headers=headers) as client:
        assert (await until(client, made.id, "expired")).expired_at


async def test_a_byte_order_mark_hides_no_custom_id(running: Running) -> None:
    """Nor does it make a line of an empty one."""
    client = running.sdk()
    twice = [codecs.BOM_UTF8 + json.dumps(line(1, "hi")).encode(), line(1, "hi")]
    failed = await until(client, (await begin(client, twice)).id, "failed")
    assert [(one.code, one.line) for one in failed.errors.data] == [("duplicate_custom_id", 2)]
    done = await until(
        client, (await begin(client, [codecs.BOM_UTF8 + b"\r", line(2, "[[sim: tokens=3]]")])).id, "completed"
    )
    assert (done.request_counts.total, done.request_counts.completed) == (1, 1)


async def test_files_are_kept_as_long_as_was_asked(running: Running) -> None:
    """An upload and what a batch writes; a time that cannot be chosen is refused by its name."""
    client = running.sdk()
    anchor: Any = {"anchor": "created_at", "seconds": 2 * HOUR}
    content = json.dumps(line(1, "[[sim: tokens=3]]")).encode()
    file = await client.files.create(file=("a.jsonl", content), purpose="batch", expires_after=anchor)
    assert file.expires_at == pytest.approx(file.created_at + 2 * HOUR, abs=2)
    made = await client.batches.create(
        input_file_id=file.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
        output_expires_after=anchor,
    )
    done = await until(client, made.id, "completed")
    written = await client.files.retrieve(done.output_file_id)
    assert written.expires_at == pytest.approx(datetime.now(UTC).timestamp() + 2 * HOUR, abs=60)
    wrongs: list[Any] = [{"anchor": "created_at", "seconds": 5}, {"anchor": "now", "seconds": HOUR}]
    for wrong in wrongs:
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            await client.files.create(file=("a.jsonl", b"{}"), purpose="batch", expires_after=wrong)
        assert refused.value.param == "expires_after"
        with pytest.raises(openai.UnprocessableEntityError):
            await client.batches.create(
                input_file_id=file.id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
                output_expires_after=wrong,
            )


async def test_files_are_listed_in_either_order(running: Running) -> None:
    """In pages that neither skip nor repeat, and all at once as OpenAI's clients ask."""
    client = running.sdk(uuid4())
    made = [await upload(client, [line(n, "hi")]) for n in range(5)]
    assert [file.id async for file in client.files.list(order="asc", limit=2)] == made
    assert [file.id async for file in client.files.list(limit=2)] == made[::-1]
    assert [file.id for file in (await client.files.list(limit=10_000)).data] == made[::-1]
    with pytest.raises(openai.UnprocessableEntityError):
        await client.files.list(extra_query={"order": "up"})
