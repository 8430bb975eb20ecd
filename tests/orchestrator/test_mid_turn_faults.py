"""Retrieval or the summariser hangs or is killed in the middle of a turn, over real stores: the reader gets an answer
all the same, in the steps' own time, and it says what it lacks: in the stream, in the event and in the record.
"""

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tertulia.contracts.chat import StopRequested
from tertulia.contracts.orchestrator import WARNINGS, GenerationFinished
from tertulia.contracts.stream import DataStep
from tests.orchestrator.conftest import Asked, Running, text_of
from tests.orchestrator.held import held
from tests.orchestrator.keeper import Keeper
from tests.orchestrator.test_embeddings import model_folder

LONG = "The river keeps its own time, and each of its stones has a name that somebody once gave it. " * 12
ANSWER = "All is well."
SAY_IT = f'[[sim: text="{ANSWER}"]]'
DOCUMENTS, BEGINNING = "documents_not_searched", "conversation_not_recalled"

__all__ = ["model_folder"]


async def told(running: Running, asked: Asked) -> tuple[dict[str, str], GenerationFinished]:
    """The codes in the stream by step, and the end; that the three books agree and the answer is whole is checked."""
    parts = await asked.parts()
    steps = [part.data for part in parts if isinstance(part, DataStep) and part.data.get("code")]
    assert all(one["detail"] == WARNINGS[one["code"]] for one in steps)
    end, record = await running.ended(asked), await running.record(asked)
    assert (end.status, record.status, text_of(parts), record.text) == ("finished", "finished", ANSWER, ANSWER)
    codes = {str(one["name"]): str(one["code"]) for one in steps}
    assert sorted(codes.values()) == sorted(end.warnings) == sorted(record.warnings)
    return codes, end


def error_of(end: GenerationFinished, step: str) -> str | None:
    return next(one.error_code for one in end.steps if one.name == step)


def system_prompt(running: Running, marker: str) -> str:
    """What the provider was told before the question; a summary's request ends with notes, not with the marker."""
    (seen,) = [one for one in running.simulated.of(marker) if one["request"].get("stream")]
    return str(seen["request"]["messages"][0]["content"])


async def test_a_search_that_hangs_costs_the_turn_no_more_than_its_time(keeper: Keeper) -> None:
    """The query waits for ever; the answer comes without the documents, and the model is told so."""
    base, marker = await keeper.base(), uuid4().hex
    with held(keeper.running.database, "chunk") as (chunk,):
        asked = await keeper.ask(f"{marker} Where is the key? {SAY_IT}", base)
        await chunk.waiting()
        codes, end = await told(keeper.running, asked)
    assert codes == {"retrieve": DOCUMENTS}
    assert error_of(end, "retrieve") == "step_timed_out"
    assert "could not be searched" in system_prompt(keeper.running, marker)


async def test_a_search_whose_connection_is_killed_is_passed_over_at_once(keeper: Keeper) -> None:
    """After a second try; nobody waits for the step's time, and the next turn searches again."""
    base = await keeper.base()
    with held(keeper.running.database, "chunk") as (chunk,):
        asked = await keeper.ask(f"Where is the key? {SAY_IT}", base)
        await chunk.kill()
        await chunk.kill()
        codes, end = await told(keeper.running, asked)
    assert codes == {"retrieve": DOCUMENTS}
    assert error_of(end, "retrieve") == "unavailable"
    again = await keeper.running.ended(await keeper.ask("And now?", base))
    assert (again.status, again.warnings) == ("finished", ())


async def test_one_workspaces_broken_search_is_not_taken_from_another(keeper: Keeper) -> None:
    """It alone does without at once, after five failures; the other's question is searched for."""
    running, base = keeper.running, await keeper.base()
    stranger = Keeper(running)
    foreign = await stranger.base()
    with held(running.database, "chunk") as (chunk,):
        for number in range(5):
            asked = await keeper.ask(f"Where is key {number}? {SAY_IT}", base)
            await chunk.kill()
            await chunk.kill()
            assert error_of((await told(running, asked))[1], "retrieve") == "unavailable"
        codes, end = await told(running, await keeper.ask(f"Where is the last key? {SAY_IT}", base))
        assert (codes, error_of(end, "retrieve")) == ({"retrieve": DOCUMENTS}, "step_skipped")
    assert (await running.ended(await stranger.ask("Where is the key?", foreign))).warnings == ()
    await stranger.client.aclose()


async def test_a_reader_can_stop_while_the_search_hangs(keeper: Keeper) -> None:
    """The stop does not wait for the step's time: the record ends while the query still waits."""
    base = await keeper.base()
    with held(keeper.running.database, "chunk") as (chunk,):
        asked = await keeper.ask("Where is the key?", base)
        await chunk.waiting()
        stop = StopRequested(
            workspace_id=keeper.workspace, generation_id=asked.job.generation_id, occurred_at=datetime.now(UTC)
        )
        await keeper.running.send(stop)
        end = await keeper.running.ended(asked)
    assert (end.status, end.warnings) == ("stopped", ())
    assert next(one.status for one in end.steps if one.name == "retrieve") == "cancelled"


class TestWithAnEmbeddingModel:
    """Its file is a pipe that nobody writes to: the thread that reads it hangs as on a disk that is gone."""

    @pytest.fixture
    def folder(self, model_folder: Path, tmp_path: Path) -> Path:
        folder = tmp_path / "embeddings"
        folder.mkdir()
        shutil.copy(model_folder / "tokenizer.json", folder)
        os.mkfifo(folder / "model.onnx")
        return folder

    @pytest.fixture
    def settings_of_test(self, folder: Path) -> dict[str, str]:
        return {"TERTULIA_EMBEDDINGS_DIR": str(folder)}

    async def test_an_embedder_that_hangs_costs_the_turn_no_more_than_its_time(
        self, keeper: Keeper, folder: Path, model_folder: Path
    ) -> None:
        """When its disk is back the next question is searched for, though nobody waits for the first one any more."""
        running, base = keeper.running, await keeper.base()
        codes, end = await told(running, await keeper.ask(f"Where is it? {SAY_IT}", base))
        assert (codes, error_of(end, "retrieve")) == ({"retrieve": DOCUMENTS}, "step_timed_out")
        pipe = (folder / "model.onnx").rename(folder / "gone")
        shutil.copy(model_folder / "model.onnx", folder)
        await asyncio.to_thread(pipe.write_bytes, b"half a model")
        again = await running.ended(await keeper.ask("And where is the other?", base))
        assert (again.status, again.warnings) == ("finished", ())

    async def test_an_embedder_that_breaks_is_passed_over(self, keeper: Keeper, folder: Path) -> None:
        """A file that is no model is no reason for no answer."""
        (folder / "model.onnx").unlink()
        (folder / "model.onnx").write_bytes(b"no model")
        codes, end = await told(keeper.running, await keeper.ask(f"Where is it? {SAY_IT}", await keeper.base()))
        assert (codes, error_of(end, "retrieve")) == ({"retrieve": DOCUMENTS}, "internal_error")


@pytest.mark.parametrize("fault", ["hangs", "is killed"])
async def test_a_recall_that_hangs_or_is_killed_is_done_without(running: Running, fault: str) -> None:
    """In the database that knows the summaries; the newest messages go on alone."""
    marker = uuid4().hex
    with held(running.database, "conversation_summary") as (summary,):
        asked = await running.ask(f"{marker} What did we agree on? {SAY_IT}", *[LONG] * 200)
        await (summary.waiting() if fault == "hangs" else summary.kill())
        codes, end = await told(running, asked)
    assert codes == {"summarise": BEGINNING}
    assert error_of(end, "summarise") == ("step_timed_out" if fault == "hangs" else "unavailable")
    assert "could not be recalled" in system_prompt(running, marker)


async def test_both_at_once_cost_no_more_than_one(keeper: Keeper) -> None:
    """They hang side by side; the answer says that it lacks both."""
    running, base = keeper.running, await keeper.base()
    with held(running.database, "chunk", "conversation_summary"):
        asked = await running.ask(
            f"What did we agree on? {SAY_IT}",
            *[LONG] * 200,
            workspace=keeper.workspace,
            person=keeper.person,
            bases=[base],
        )
        codes, end = await told(running, asked)
    assert codes == {"retrieve": DOCUMENTS, "summarise": BEGINNING}
    took = {one.name: one.milliseconds for one in end.steps}
    whole = (end.finished_at - end.started_at).total_seconds() * 1000
    assert whole < took["retrieve"] + took["summarise"]
