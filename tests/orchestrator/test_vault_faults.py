"""The vault when Postgres is killed: a placeholder that was given never comes to stand for another value."""

import asyncio
import re
from typing import Any
from uuid import uuid4

from tertulia.platform.db import Database
from tests.databases import ServiceDatabase
from tests.orchestrator.conftest import PATIENCE, Running, tags, text_of
from tests.orchestrator.test_vault import emails, vault

ROUNDS = 3
PLACEHOLDER = re.compile(r"\[EMAIL_\d+\]")


async def test_no_placeholder_gets_a_second_meaning(servers: Any, own_database: ServiceDatabase) -> None:
    """Killed as soon as numbers were given: who has them keeps them, and nobody else's value is given one of them."""
    workspace = uuid4()
    async with Database(own_database.app_url, service="orchestrator") as database:
        survivor = vault(database)
        told: dict[str, tuple[str, int]] = {}
        for turn in range(ROUNDS):
            before = f"before-{turn}@x.org"
            told |= await given(survivor, workspace, before)
            await asyncio.to_thread(servers.postgres.kill)
            await asyncio.to_thread(servers.postgres.start)
            told |= await given(vault(database), workspace, f"after-{turn}@x.org")
            assert await given(survivor, workspace, *told) == told
            assert await given(vault(database), workspace, *told) == told
        assert len(set(told.values())) == len(told)


async def given(kept: Any, workspace: Any, *values: str) -> dict[str, tuple[str, int]]:
    """Their numbers, once the database is back."""
    async with asyncio.timeout(PATIENCE):
        while len(numbers := await kept.numbers(workspace, emails(*values))) < len(values):
            await asyncio.sleep(0.05)
    return dict(numbers)


async def test_an_answer_on_its_way_has_its_values_put_back(running: Running, servers: Any) -> None:
    """Killed while the provider is asked: the reader gets what was hidden, or a typed end; so does the next one."""
    workspace, hidden = uuid4(), set()
    for turn in range(2):
        marker, value = uuid4().hex, f"reader-{turn}@x.org"
        asked = await running.ask(f"{marker} {value} [[sim: echo=last ttft=300]]", workspace=workspace)
        async with asyncio.timeout(PATIENCE):
            while not (seen := running.simulated.of(marker)):
                await asyncio.sleep(0.02)
        await asyncio.to_thread(servers.postgres.kill)
        await asyncio.to_thread(servers.postgres.start)
        parts = await asked.parts()
        assert f"{marker} {value}" in text_of(parts) or tags(parts)[-1] == "error"
        assert value not in str(seen)
        hidden |= set(PLACEHOLDER.findall(seen[0]["request"]["messages"][-1]["content"]))
        await running.workers[0].stop()
        running.workers[:] = [await running.start()]
    assert len(hidden) == 2
