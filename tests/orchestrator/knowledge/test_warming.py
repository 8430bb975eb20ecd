"""Popular searches: counted without clear text, bounded, and found again before somebody asks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.popular import MOST_KEPT, DocumentSearch, PopularSearches
from tertulia.orchestrator.warming import Warmed, warm
from tertulia.platform.db import Database
from tertulia.platform.envelopes import MasterKeys
from tertulia.platform.valkey import Valkey
from tests.orchestrator.conftest import Running
from tests.orchestrator.keeper import BASES, Keeper


@pytest.fixture
async def popular(running: Running) -> AsyncIterator[PopularSearches]:
    secret = running.environ["TERTULIA_ORCHESTRATOR_MASTER_KEYS"]
    async with Database(running.database.app_url, service="orchestrator") as database:
        yield PopularSearches(running.valkey, Keys(database, MasterKeys([secret])))


def missed() -> float:
    names = {"component": "retrieval", "tenant_class": "unlimited", "outcome": "miss"}
    return REGISTRY.get_sample_value("tertulia_cache_total", names) or 0.0


async def holding(keeper: Keeper, text: bytes) -> str:
    base = await keeper.base()
    await keeper.settled(base, await keeper.upload(base, text, "notes.txt"))
    return base


async def test_what_is_asked_most_is_found_again_when_a_base_has_changed(keeper: Keeper) -> None:
    """Once: then it is known, and the next who asks has a hit. Who may no longer look is not asked for."""
    base = await holding(keeper, b"The boiler stands in the cellar.")
    other = await holding(keeper, b"The zebra painting hangs in the hall.")
    for question, times in (("where is the boiler?", 3), ("who made the boiler?", 1)):
        for _ in range(times):
            await keeper.find(base, question)
    await keeper.find(other, "where is the zebra?")
    environ, workspace = keeper.running.environ, keeper.workspace
    assert await warm(environ, workspace, 50) == [Warmed(workspace, known=3)]
    await keeper.settled(base, await keeper.upload(base, b"The boiler was made by Bea.", "maker.txt"))
    await keeper.call("DELETE", f"{BASES}/{other}")
    assert await warm(environ, workspace, 1) == [Warmed(workspace, found=1)]
    assert await warm(environ, workspace, 50) == [Warmed(workspace, found=1, known=1, gone=1)]
    before = missed()
    assert "made by Bea" in str(await keeper.find(base, "who made the boiler?"))
    assert missed() == before


async def test_who_joins_another_search_is_told_the_same_and_counted(keeper: Keeper) -> None:
    """Three who ask the same at once are one search, and three who asked."""
    base = await holding(keeper, b"The boiler stands in the cellar.")
    before = missed()
    one, *others = await asyncio.gather(*(keeper.find(base, "where is the boiler?") for _ in range(3)))
    assert "in the cellar" in str(one)
    assert others == [one, one]
    assert missed() == before + 1
    counts = await keeper.running.valkey.call("ZRANGE", f"popular:{{{keeper.workspace}}}", 0, -1, "WITHSCORES")
    assert counts[1:] == [b"3"]


async def test_every_workspace_that_asked_is_warmed(keeper: Keeper) -> None:
    """Each by itself; one that has asked nothing is not there, and a key that names none is passed over."""
    await keeper.running.valkey.call("ZADD", "popular:{none}", 1, "x")
    base = await holding(keeper, b"The boiler stands in the cellar.")
    await keeper.find(base, "where is the boiler?")
    warmed = {one.workspace_id: one for one in await warm(keeper.running.environ, None, 50)}
    assert warmed[keeper.workspace] == Warmed(keeper.workspace, known=1)
    nobody = uuid4()
    assert nobody not in warmed
    assert await warm(keeper.running.environ, nobody, 50) == [Warmed(nobody)]


def search(question: str) -> DocumentSearch:
    return DocumentSearch(UUID(int=1), (UUID(int=2),), question, 6)


async def test_the_count_is_bounded_and_keeps_what_is_asked_often(running: Running, popular: PopularSearches) -> None:
    """Far more questions than there is room for push out none that is asked again and again."""
    workspace = uuid4()
    for number in range(MOST_KEPT + 50):
        await popular.note(workspace, search(f"once {number}"))
        if number % 5 == 0:
            await popular.note(workspace, search("again and again"))
    assert (await popular.most(workspace, 1)) == [search("again and again")]
    assert len(await popular.most(workspace, MOST_KEPT * 2)) == MOST_KEPT
    assert await running.valkey.call("ZCARD", f"popular:{{{workspace}}}") == MOST_KEPT
    assert await running.valkey.call("HLEN", f"popular_asked:{{{workspace}}}") == MOST_KEPT


async def test_no_question_is_in_valkey_in_clear(running: Running, popular: PopularSearches) -> None:
    """Neither as a name nor as a value; and another workspace's count is not ours."""
    workspace, marker = uuid4(), uuid4().hex
    await popular.note(workspace, search(marker))
    names: Any = await running.valkey.call("ZRANGE", f"popular:{{{workspace}}}", 0, -1)
    sealed: Any = await running.valkey.call("HGETALL", f"popular_asked:{{{workspace}}}")
    assert not any(marker.encode() in part for part in (*names, *sealed))
    assert await popular.most(uuid4(), 5) == []


async def test_without_valkey_a_search_is_only_not_counted(running: Running) -> None:
    """The search itself goes on."""
    secret = running.environ["TERTULIA_ORCHESTRATOR_MASTER_KEYS"]
    async with (
        Database(running.database.app_url, service="orchestrator") as database,
        Valkey("redis://127.0.0.1:1/0", name="away") as away,
    ):
        await PopularSearches(away, Keys(database, MasterKeys([secret]))).note(uuid4(), search("x"))
