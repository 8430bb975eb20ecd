"""``/v1/files`` and ``/v1/batches`` with OpenAI's own client against the running service."""

import asyncio
import codecs
import json
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from openai.types import FilePurpose

from bench.provider.text import text
from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import PATIENCE, Running, process_of

CHAT = "/v1/chat/completions"


def line(number: int, content: str, **more: Any) -> dict[str, Any]:
    body = {"model": "sim-fast", "messages": [{"role": "user", "content": content}], **more}
    return {"custom_id": f"case-{number}", "method": "POST", "url": CHAT, "body": body}


async def upload(client: AsyncOpenAI, lines: list[Any]) -> str:
    written = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
    made = await client.files.create(file=("calls.jsonl", b"\n".join(written)), purpose="batch")
    return made.id


async def begin(client: AsyncOpenAI, lines: list[Any], endpoint: Any = CHAT) -> Any:
    return await client.batches.create(
        input_file_id=await upload(client, lines), endpoint=endpoint, completion_window="24h", metadata={"of": "test"}
    )


async def until(client: AsyncOpenAI, batch_id: str, *statuses: str) -> Any:
    async with asyncio.timeout(PATIENCE):
        while (found := await client.batches.retrieve(batch_id)).status not in statuses:
            await asyncio.sleep(0.05)
    return found


async def lines_of(client: AsyncOpenAI, file_id: str | None) -> list[dict[str, Any]]:
    if file_id is None:
        return []
    told = await client.files.content(file_id)
    return [json.loads(one) for one in told.text.splitlines()]


async def test_a_file_comes_back_as_it_was_and_is_its_makers(running: Running) -> None:
    """Listed, read, deleted; sealed in the table; not there for another person of the workspace."""
    workspace, secret = uuid4(), uuid4().hex
    client, other = running.sdk(workspace), running.sdk(workspace)
    content = (secret + "x" * 1000 + "\n").encode() * 3000
    made = await client.files.create(file=("calls.jsonl", content), purpose="batch")
    assert (made.bytes, made.filename, made.purpose) == (len(content), "calls.jsonl", "batch")
    assert [one.id for one in (await client.files.list()).data] == [made.id]
    assert (await client.files.content(made.id)).content == content
    assert (await other.files.list()).data == []
    for act in (other.files.retrieve, other.files.content, other.files.delete):
        with pytest.raises(openai.NotFoundError):
            await act(made.id)
    parts = running.database.rows(
        "SELECT content FROM stored_file_part WHERE file_id = %s", UUID(hex=made.id.removeprefix("file-"))
    )
    assert len(parts) == 3
    assert not [part for (part,) in parts if secret.encode() in bytes(part)]
    await client.files.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        await client.files.retrieve(made.id)


async def test_a_batch_answers_every_line(running: Running) -> None:
    """Answers in the output file, refusals and broken lines in the error file with their numbers; counted, booked.

    Such a file may begin with a byte order mark, as Windows writes it.
    """
    workspace = uuid4()
    client = running.sdk(workspace)
    lines: list[Any] = [line(n, f"[[sim: seed={n} tokens=9]]") for n in range(1, 6)]
    lines[0] = codecs.BOM_UTF8 + json.dumps(lines[0]).encode()
    lines += [b"{not json", line(7, "hi", model="no-such-model"), line(8, "hi", stream=True), b'{"custom_id": 9}']
    made = await begin(client, lines)
    assert (made.status, made.metadata) == ("validating", {"of": "test"})
    done = await until(client, made.id, "completed")
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (9, 5, 4)
    answers = await lines_of(client, done.output_file_id)
    assert [one["custom_id"] for one in answers] == [f"case-{n}" for n in range(1, 6)]
    said = [one["response"]["body"]["choices"][0]["message"]["content"] for one in answers]
    assert said == [text(n, 9) for n in range(1, 6)]
    errors = await lines_of(client, done.error_file_id)
    assert [(one["response"] or {}).get("status_code") for one in errors] == [None, 404, None, None]
    told = [(one["error"]["line"], one["custom_id"]) for one in errors if one["error"]]
    assert told == [(6, None), (8, "case-8"), (9, None)]
    for _ in range(5):
        end = await running.chat.end_of(lambda end: end.workspace_id == workspace)
        assert (end.source, end.status) == ("api", "finished")
    assert running.database.rows("SELECT count(*) FROM generation WHERE workspace_id = %s", workspace) == [(5,)]
    assert running.database.rows("SELECT count(*) FROM batch_line WHERE workspace_id = %s", workspace) == [(0,)]
    assert [one.id for one in (await client.batches.list()).data] == [made.id]


async def test_a_custom_id_that_comes_twice_is_refused(running: Running) -> None:
    """With the number of the second line, before a line is asked; lines without one are told of in the error file."""
    client, marker = running.sdk(), uuid4().hex
    lines = [line(1, marker), b'{"body": {}}', b"", b'{"body": {}}', line(2, marker), line(1, marker)]
    failed = await until(client, (await begin(client, lines)).id, "failed")
    assert [(one.code, one.line) for one in failed.errors.data] == [("duplicate_custom_id", 6)]
    assert failed.errors.data[0].message.startswith("Line 6: its `custom_id` is that of line 1.")
    assert (failed.output_file_id, running.simulated.of(marker)) == (None, [])


async def test_a_worker_that_is_killed_is_followed_by_another(running: Running, tmp_path: Path) -> None:
    """Kill -9 in the middle: every line is answered once, counted once and in the books once."""
    workspace, marker, count = uuid4(), uuid4().hex, 60
    headers = {HEADER: running.identity(workspace)}
    async with process_of(running, tmp_path / "log") as (process, url):
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="-", default_headers=headers) as client:
            lines = [line(n, f"{marker} [[sim: seed={n} tokens=5 ttft=200]]") for n in range(count)]
            made = await begin(client, lines)
            async with asyncio.timeout(PATIENCE):
                while len(running.simulated.of(marker)) < 20:
                    await asyncio.sleep(0.05)
        process.kill()
    after = await running.start()
    async with AsyncOpenAI(base_url=f"{after.url}/v1", api_key="-", default_headers=headers) as client:
        done = await until(client, made.id, "completed")
        assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (
            count,
            count,
            0,
        )
        answers = await lines_of(client, done.output_file_id)
    said = {one["custom_id"]: one["response"]["body"]["choices"][0]["message"]["content"] for one in answers}
    assert len(answers) == count
    assert len(running.simulated.of(marker)) >= count
    assert said == {f"case-{n}": text(n, 5) for n in range(count)}
    booked = running.database.rows("SELECT count(*) FROM generation WHERE workspace_id = %s", workspace)
    assert booked == [(count,)]


async def test_a_cancelled_batch_keeps_what_it_has(running: Running) -> None:
    client = running.sdk()
    made = await begin(client, [line(n, f"[[sim: seed={n} tokens=5 ttft=100]]") for n in range(200)])
    await until(client, made.id, "in_progress")
    assert (await client.batches.cancel(made.id)).status == "cancelling"
    done = await until(client, made.id, "cancelled")
    answers = await lines_of(client, done.output_file_id)
    assert len(answers) == done.request_counts.completed < 200
    with pytest.raises(openai.ConflictError):
        await client.batches.cancel(made.id)


async def test_a_batch_whose_day_is_over_expires(running: Running) -> None:
    """With what it has; nothing more is asked."""
    headers = {HEADER: running.identity()}
    client = AsyncOpenAI(base_url=f"{running.url}/v1", api_key="-", default_headers=headers)
    running.clients.append(client)
    made = await begin(client, [line(n, f"[[sim: seed={n} tokens=5 ttft=100]]") for n in range(200)])
    await until(client, made.id, "in_progress")
    identifier = UUID(hex=made.id.removeprefix("batch_"))
    running.database.rows("UPDATE batch SET expires_at = now() WHERE id = %s RETURNING id", identifier)
    for worker in running.workers:
        await worker.stop()
    after = await running.start()
    async with AsyncOpenAI(base_url=f"{after.url}/v1", api_key="-", default_headers=headers) as again:
        done = await until(again, made.id, "expired")
        assert len(await lines_of(again, done.output_file_id)) == done.request_counts.completed < 200


async def test_a_provider_that_is_busy_is_waited_for(running: Running) -> None:
    """A refusal that only asks for time is no error of the line, and is booked once, with its success."""
    client, workspace = running.sdk(mine := uuid4()), mine
    running.simulated.script(fail=429)
    made = await begin(client, [line(1, "[[sim: seed=1 tokens=5]]")])
    done = await until(client, made.id, "completed")
    assert (done.request_counts.completed, done.request_counts.failed) == (1, 0)
    rows = running.database.rows("SELECT status FROM generation WHERE workspace_id = %s", workspace)
    assert rows == [("finished",)]


async def test_a_batch_whose_job_is_given_up_has_failed(running: Running) -> None:
    """With a reason and with the answers that it has, when every attempt at its job has broken off."""
    headers = {HEADER: running.identity()}
    async with AsyncOpenAI(base_url=f"{running.url}/v1", api_key="-", default_headers=headers) as client:
        lines = [line(n, "[[sim: tokens=5]]" if n < 4 else "[[sim: tokens=5 ttft=3000]]") for n in range(20)]
        made = await begin(client, lines)
        identifier = UUID(hex=made.id.removeprefix("batch_"))
        async with asyncio.timeout(PATIENCE):
            while running.database.rows("SELECT completed FROM batch WHERE id = %s", identifier) < [(4,)]:
                await asyncio.sleep(0.05)
    for worker in running.workers:
        await worker.stop()
    consumer = await running.bus.jetstream().pull_subscribe_bind("orchestrator_run_batch", "JOBS")
    attempts = 0
    while attempts < 8:
        (job,) = await consumer.fetch(1, timeout=PATIENCE)
        attempts = job.metadata.num_delivered
        await job.nak()
    await consumer.unsubscribe()
    after = await running.start()
    async with AsyncOpenAI(base_url=f"{after.url}/v1", api_key="-", default_headers=headers) as again:
        done = await until(again, made.id, "failed")
        assert ([error.code for error in done.errors.data], done.failed_at is None) == (["batch_lost"], False)
        assert len(await lines_of(again, done.output_file_id)) == done.request_counts.completed >= 4


async def test_lines_may_be_responses(running: Running) -> None:
    """Words and calls of functions, each as its response, unstored and in the books once; a refusal is as elsewhere."""
    workspace = uuid4()
    client, url = running.sdk(workspace), "/v1/responses"
    tools = [{"type": "function", "name": "weather", "parameters": {"type": "object"}}]
    bodies: list[dict[str, Any]] = [
        {"input": "[[sim: seed=1 tokens=9]]", "metadata": {"case": "a"}},
        {"input": "[[sim: tool=weather calls=2]]", "tools": tools},
        {"input": "[[sim: seed=3 tokens=9]]", "background": True},
        {"input": "hi", "previous_response_id": "resp_none"},
    ]
    running.simulated.script(fail=429)
    made = await begin(
        client,
        [
            {"custom_id": str(n), "method": "POST", "url": url, "body": {"model": "sim-fast", **body}}
            for n, body in enumerate(bodies)
        ],
        url,
    )
    done = await until(client, made.id, "completed")
    answers = [one["response"]["body"] for one in await lines_of(client, done.output_file_id)]
    words, calls = answers
    assert words["output"][0]["content"][0]["text"] == text(1, 9)
    assert (words["status"], words["metadata"], words["store"]) == ("completed", {"case": "a"}, False)
    assert words["usage"]["output_tokens"] > 0
    assert [(one["type"], one["name"]) for one in calls["output"]] == [("function_call", "weather")] * 2
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(words["id"])
    broken, refused = await lines_of(client, done.error_file_id)
    assert broken["error"]["line"] == 3
    assert refused["response"]["body"]["error"]["code"] == "response_not_found"
    rows = running.database.rows("SELECT status FROM generation WHERE workspace_id = %s", workspace)
    assert rows == [("finished",)] * 2


@pytest.mark.parametrize("order", ["purpose first", "file first"])
async def test_a_file_is_for_one_of_openais_purposes(running: Running, order: str) -> None:
    """Wherever the form says it; another one or none is refused with the field's name, and no such file is there."""
    client = running.sdk(uuid4())
    for purpose in get_args(FilePurpose):
        answer = await sent(client, purpose, order)
        assert (answer.status_code, answer.json()["purpose"]) == (200, purpose)
    for wrong in ("batch_output", "", "batch" * 1000, None):
        refused = await sent(client, wrong, order)
        error = refused.json()["error"]
        assert (refused.status_code, error["param"], error["type"]) == (422, "purpose", "invalid_request_error")
    listed = (await client.files.list()).data
    assert [one.purpose for one in listed] == list(reversed(get_args(FilePurpose)))
    assert [one.purpose for one in (await client.files.list(purpose="evals")).data] == ["evals"]


async def sent(client: AsyncOpenAI, purpose: str | None, order: str) -> httpx2.Response:
    """The form by hand: the client writes the fields before the file."""
    fields = [] if purpose is None else [f'name="purpose"\r\n\r\n{purpose}']
    parts = [*fields, 'name="file"; filename="a.jsonl"\r\n\r\n{}']
    if order == "file first":
        parts.reverse()
    form = "".join(f"--cut\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--cut--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=cut", HEADER: str(client.default_headers[HEADER])}
    async with httpx2.AsyncClient() as http:
        return await http.post(f"{client.base_url}files", content=form.encode(), headers=headers)


async def test_a_batch_reads_only_a_file_that_is_for_batches(running: Running) -> None:
    """Another purpose is refused, and the field is named."""
    client = running.sdk()
    made = await client.files.create(file=("calls.jsonl", b"{}"), purpose="user_data")
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        await client.batches.create(input_file_id=made.id, endpoint="/v1/embeddings", completion_window="24h")
    assert refused.value.param == "input_file_id"


async def test_what_is_no_batch_is_refused(running: Running) -> None:
    """An empty file, a file that is not there, somebody else's, an endpoint that batches do not know."""
    client, endpoint = running.sdk(), CHAT
    chats: Any = endpoint
    with pytest.raises(openai.UnprocessableEntityError):
        await client.files.create(file=("calls.jsonl", b""), purpose="batch")
    file = await upload(running.sdk(), [line(1, "hi")])
    for unknown in (file, "file-none", f"file-{uuid4().hex}"):
        with pytest.raises(openai.NotFoundError):
            await client.batches.create(input_file_id=unknown, endpoint=chats, completion_window="24h")
    with pytest.raises(openai.UnprocessableEntityError):
        await client.batches.create(input_file_id=file, endpoint="/v1/moderations", completion_window="24h")
    blank = await begin(client, [b"", b"  "])
    failed = await until(client, blank.id, "failed")
    assert failed.errors is not None
