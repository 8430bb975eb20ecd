"""A worker that leaves, dies or is doubled: another finishes, and there is one end."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from bench.provider.text import text
from tertulia.contracts.money import Money
from tertulia.contracts.orchestrator import GenerationFinished, Usage, log_name
from tertulia.contracts.stream import Start, StartStep, TextDelta, TextStart, decode, encode
from tertulia.orchestrator.repository import Ending, Generations
from tertulia.platform import sequence_log
from tertulia.platform.db import Database, tenant
from tertulia.platform.sequence_log import LogWriter
from tests.orchestrator.conftest import Asked, Running, process_of, tags, text_of
from tests.orchestrator.test_records import record_elsewhere


async def test_a_worker_that_is_told_to_leave_hands_over(running: Running) -> None:
    """The next worker begins the step again under a new epoch; the reader sees the whole answer once."""
    asked = await running.ask("[[sim: seed=2 tokens=300 gap=10]]")
    await asked.until(lambda text: len(text) > 20)
    await running.start()
    await running.workers[0].stop()
    parts = await asked.parts()
    end = await running.ended(asked)
    assert text_of(parts) == text(2, 300)
    assert tags(parts).count("reset-step") == 1
    assert tags(parts).count("finish") == 1
    assert end.status == "finished"
    assert epoch(running, asked) == 2


async def test_a_worker_that_is_killed_is_replaced(running: Running, tmp_path: Path) -> None:
    """Kill -9 in the middle of an answer: the job comes again, and the answer is told once, whole."""
    async with process_of(running, tmp_path / "log") as (process, _):
        asked = await running.ask("[[sim: seed=21 tokens=300 gap=10]]")
        await asked.until(lambda text: len(text) > 20)
        process.kill()
        await running.start()
        parts = await asked.parts()
    assert text_of(parts) == text(21, 300)
    assert tags(parts).count("reset-step") == tags(parts).count("finish") == 1
    record = await record_elsewhere(running, asked)
    assert record is not None
    assert record.text == text(21, 300)


async def test_a_worker_that_died_is_replaced_when_its_lease_is_over(running: Running) -> None:
    """What it said is taken back, and what it might still say is refused: by the log and by the database."""
    asked = await of_a_dead_worker(running)
    job = asked.job
    dead = LogWriter(running.valkey, log_name(job.generation_id), epoch=1)
    said = [Start(message_id="m"), StartStep(), TextStart(id="t"), TextDelta(id="t", delta="half a sen")]
    await dead.append([encode(part) for part in said])
    again = await running.ask("[[sim: seed=9 tokens=20]]")
    running.chat.windows[job.answer_id] = running.chat.windows[again.job.answer_id]
    await running.send(job)
    parts = await asked.parts()
    reset = tags(parts).index("reset-step")
    assert "text-delta" not in tags(parts)[len(said) : reset]
    assert text_of(parts) == text(9, 20)
    assert (await running.ended(asked)).status == "finished"
    with pytest.raises(sequence_log.Fenced):
        await dead.append([b"{}"])
    async with (
        Database(running.database.app_url, service="orchestrator", pool_size=1) as database,
        database.write(tenant(job.workspace_id)) as session,
    ):
        late = Ending(an_end(asked), 1, b"late")
        assert await Generations(session, job.workspace_id).end_all([late]) == ["fenced"]
    assert (await running.record(asked)).text == text(9, 20)


async def test_a_worker_that_died_with_the_log_is_not_gone_on_with(running: Running) -> None:
    """Nothing is left of what a reader has heard: whatever its position, it forgets that and hears the answer whole."""
    asked = await of_a_dead_worker(running)
    again = await running.ask("[[sim: seed=9 tokens=200]]")
    running.chat.windows[asked.job.answer_id] = running.chat.windows[again.job.answer_id]
    await running.send(asked.job)
    assert (await running.ended(asked)).status == "finished"
    for position in (0, 3, 60):
        heard = asked.reader.follow(log_name(asked.job.generation_id), position)
        parts = [decode(entry.data) async for entry in heard]
        assert tags(parts)[:3] == ["reset-step", "start", "start-step"]
        assert text_of(parts) == text(9, 200)


async def test_a_job_that_comes_four_times_has_one_effect(running: Running) -> None:
    """One claim, one call of the provider, one event; the others find the end."""
    await running.start()
    asked = await running.ask(f"{uuid4()} [[sim: tokens=60 gap=10]]")
    for _ in range(3):
        await running.send(asked.job)
    parts = await asked.parts()
    await running.ended(asked)
    await running.send(asked.job)
    marker = await running.ask("the queue is empty behind this one")
    await running.ended(marker)
    assert tags(parts).count("finish") == 1
    ends = [end for end in running.chat.ends if end.generation_id == asked.job.generation_id]
    assert len(ends) == 1
    question = running.chat.windows[asked.job.answer_id].messages[-1].text
    assert len(running.simulated.of(question[:36])) == 1
    assert epoch(running, asked) == 1


async def test_last_words_that_were_lost_follow_from_the_record(running: Running) -> None:
    """A worker that died between the database and the log leaves a log without an end: the job's redelivery ends it."""
    asked = await running.ask("[[sim: seed=4 tokens=5]]")
    await running.ended(asked)
    parts = await asked.parts()
    name = log_name(asked.job.generation_id)
    await running.valkey.call("DEL", f"log:{{{name}}}", f"log:{{{name}}}:epoch")
    writer = LogWriter(running.valkey, name, epoch=1)
    await writer.append([encode(part) for part in parts[:-2]])
    await running.send(asked.job)
    assert tags(await asked.parts()) == tags(parts)


async def test_answers_go_on_without_valkey(running: Running, servers: Any) -> None:
    """What is said while Valkey is away is kept, comes into the log when it is back, and is stored."""
    asked = await running.ask("[[sim: seed=8 tokens=100 gap=10]]")
    await asked.until(lambda text: len(text) > 20)
    await asyncio.to_thread(servers.valkey.kill)
    await asyncio.to_thread(servers.valkey.start)
    parts = await asked.parts()
    assert text_of(parts) == text(8, 100)
    assert (await running.record(asked)).text == text(8, 100)


async def test_an_answer_outlives_the_loss_of_the_database(running: Running, servers: Any) -> None:
    """It goes on while Postgres is away, and is written down when it is back."""
    asked = await running.ask("[[sim: seed=12 tokens=60 gap=20]]")
    await asked.until(lambda text: len(text) > 20)
    await asyncio.to_thread(servers.postgres.stop)
    said = await asked.until(lambda said: said == text(12, 60))
    await asyncio.to_thread(servers.postgres.start)
    assert text_of(await asked.parts()) == said
    assert (await running.ended(asked)).status == "finished"


async def test_an_answer_that_nobody_will_finish_is_ended(running: Running) -> None:
    """Its worker is dead and its job is gone: readers are told, and what they had is kept."""
    asked = await running.ask("[[sim: tokens=2]]")
    await running.ended(asked)
    job = asked.job = msgspec.structs.replace(asked.job, generation_id=uuid4())
    running.database.rows(
        "INSERT INTO generation (workspace_id, id, user_id, source, status, worker, leased_until, conversation_id,"
        " answer_id) VALUES (%s, %s, %s, 'chat', 'running', %s, now() - interval '1 hour', %s, %s)",
        job.workspace_id,
        job.generation_id,
        job.user_id,
        uuid4(),
        job.conversation_id,
        job.answer_id,
    )
    dead = LogWriter(running.valkey, log_name(job.generation_id), epoch=1)
    said = [Start(message_id="m"), StartStep(), TextStart(id="t"), TextDelta(id="t", delta="half a sen")]
    await dead.append([encode(part) for part in said])
    await running.start(TERTULIA_ORCHESTRATOR_ABANDONED_AFTER="1s")
    end = await running.ended(asked)
    assert (end.status, end.error_code) == ("failed", "generation_lost")
    assert text_of(await asked.parts()) == (await running.record(asked)).text == "half a sen"
    assert tags(await asked.parts())[-1] == "error"


async def of_a_dead_worker(running: Running) -> Asked:
    """A question whose generation is claimed by somebody who is gone, and has not said a word."""
    asked = await running.ask("[[sim: seed=9 tokens=20]]", forget_window=True)
    await running.ended(asked)
    job = asked.job = msgspec.structs.replace(asked.job, generation_id=uuid4())
    running.database.rows(
        "INSERT INTO generation (workspace_id, id, source, status, worker, leased_until)"
        " VALUES (%s, %s, 'chat', 'running', %s, now() + interval '1 second')",
        job.workspace_id,
        job.generation_id,
        uuid4(),
    )
    return asked


def epoch(running: Running, asked: Asked) -> int:
    rows = running.database.rows("SELECT epoch FROM generation WHERE id = %s", asked.job.generation_id)
    return int(rows[0][0])


def an_end(asked: Asked) -> GenerationFinished:
    return GenerationFinished(
        workspace_id=asked.job.workspace_id,
        user_id=asked.job.user_id,
        generation_id=asked.job.generation_id,
        source="chat",
        status="finished",
        usage=Usage(),
        cost=Money(0),
        started_at=datetime.now(UTC),
        finished_at=datetime.now(UTC),
    )
