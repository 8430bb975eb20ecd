"""What an answer said is sealed until chat has it; where its key is gone, that is told in words and not as a fault."""

import pytest

from bench.provider.text import text
from tertulia.contracts.orchestrator import GenerationRecord
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.records import Records
from tertulia.platform.db import Database
from tertulia.platform.envelopes import MasterKeyMissing, MasterKeys
from tests.orchestrator.conftest import Asked, Running, tags
from tests.orchestrator.keeper import Keeper

pytestmark = pytest.mark.integration
OTHER = "a master key that nothing here is wrapped with"


async def test_text_and_sources_are_sealed_and_told_to_chat(keeper: Keeper, running: Running) -> None:
    """The row holds neither a word of the answer nor the name of a document; chat is given both."""
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, b"The spare key hangs behind the zebra.", "marmalade.txt"))
    asked = await keeper.ask("Where is the spare key? [[sim: seed=3 tokens=20]]", base)
    await running.ended(asked)
    record = await running.record(asked)
    assert record.text == text(3, 20)
    assert [source.name for source in record.sources] == ["marmalade.txt"]
    ((row,),) = running.database.rows("SELECT g::text FROM generation g WHERE id = %s", asked.job.generation_id)
    assert "marmalade" not in row
    assert record.text.split()[0] not in row


async def test_what_a_version_before_wrote_in_clear_is_still_told(running: Running) -> None:
    """While both versions run, an answer may be in the clear columns."""
    asked = await running.ask("[[sim: tokens=2]]")
    await running.ended(asked)
    running.database.rows("UPDATE generation SET said = NULL, text = 'in clear' WHERE id = %s", asked.job.generation_id)
    assert (await running.record(asked)).text == "in clear"


async def test_an_answer_whose_key_is_lost_is_told_as_failed(running: Running) -> None:
    """Nobody can read it any more: chat gets an end that says so, and stops waiting."""
    asked = await running.ask("[[sim: tokens=2]]")
    await running.ended(asked)
    running.database.rows("DELETE FROM workspace_key WHERE workspace_id = %s", asked.job.workspace_id)
    record = await record_elsewhere(running, asked)
    assert record is not None
    assert (record.status, record.error_code, record.text) == ("failed", "sealed_with_lost_key", "")
    assert record.error_detail is not None
    assert record.error_detail.endswith("Ask again.")


async def test_a_missing_master_key_is_said_and_an_answer_comes_back_with_it(running: Running) -> None:
    """The record waits (503) for the operator; a new answer fails with the reason, stored nowhere in clear."""
    asked = await running.ask("[[sim: tokens=2]]")
    await running.ended(asked)
    with pytest.raises(MasterKeyMissing):
        await record_elsewhere(running, asked, OTHER)
    await running.workers[0].stop()
    await running.start(TERTULIA_ORCHESTRATOR_MASTER_KEYS=OTHER)
    late = await running.ask("[[sim: seed=5 tokens=9]]", workspace=asked.job.workspace_id)
    end = await running.ended(late)
    assert (end.status, end.error_code) == ("failed", "master_key_missing")
    assert tags(await late.parts())[-1] == "error"
    ((row,),) = running.database.rows("SELECT g::text FROM generation g WHERE id = %s", late.job.generation_id)
    assert text(5, 9).split()[0] not in row


async def record_elsewhere(running: Running, asked: Asked, master: str | None = None) -> GenerationRecord | None:
    """As a process finds it that has not the workspace's key at hand."""
    async with Database(running.database.app_url, service="orchestrator", pool_size=1) as database:
        keys = Keys(database, MasterKeys([master or running.environ["TERTULIA_ORCHESTRATOR_MASTER_KEYS"]]))
        return await Records(database, keys).find(asked.job.generation_id)
