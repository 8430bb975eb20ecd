"""What a workspace chooses: known at once here, soon elsewhere, and to nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar
from uuid import uuid4

import msgspec
import pytest

from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.platform.db import Database
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration


class Colours(msgspec.Struct, frozen=True):
    setting: ClassVar[str] = "colours"
    wall: str = "white"
    door: str = "oak"


@pytest.fixture
async def database(own_database: ServiceDatabase) -> AsyncIterator[Database]:
    async with Database(own_database.app_url, service="orchestrator") as made:
        yield made


async def test_a_choice_is_known_at_once_and_is_one_workspaces_alone(database: Database) -> None:
    """Another workspace keeps its defaults; the last of two choices counts."""
    chosen, workspace, other = WorkspaceSettings(database), uuid4(), uuid4()
    assert await chosen.get(workspace, Colours) == Colours()
    for wall in ("green", "blue"):
        await chosen.put(workspace, uuid4(), Colours(wall=wall))
        assert await chosen.get(workspace, Colours) == Colours(wall=wall)
    assert await chosen.get(other, Colours) == Colours()


async def test_another_replica_knows_when_it_is_told(database: Database) -> None:
    """It keeps what it has read until then, also what was being read while the choice was made."""
    here, there, workspace = WorkspaceSettings(database), WorkspaceSettings(database), uuid4()
    assert await there.get(workspace, Colours) == Colours()
    await here.put(workspace, None, Colours(door="ash"))
    assert await there.get(workspace, Colours) == Colours()
    there.forget(workspace)
    assert await there.get(workspace, Colours) == Colours(door="ash")
    there.forget(workspace)
    reading = asyncio.create_task(there.get(workspace, Colours))
    await asyncio.sleep(0)
    there.forget(workspace)
    await here.put(workspace, None, Colours(door="elm"))
    await reading
    assert await there.get(workspace, Colours) == Colours(door="elm")


async def test_many_askers_are_one_question(database: Database) -> None:
    """A hundred calls of a workspace that nobody knows yet read the database once."""
    chosen, workspace = WorkspaceSettings(database), uuid4()
    await chosen.put(workspace, None, Colours(wall="red"))
    first = asyncio.create_task(chosen.get(workspace, Colours))
    answers = await asyncio.gather(first, *(chosen.get(workspace, Colours) for _ in range(100)))
    assert set(answers) == {Colours(wall="red")}
    assert not chosen._reading
