"""Long conversations from a seed, and what the pipeline still tells a model of their beginning."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals.laboratory import ChatServer, Laboratory
from tertulia.orchestrator.evals.summary.assistant import assistant
from tertulia.orchestrator.evals.summary.talk import conversation
from tertulia.platform.db import Database
from tertulia.platform.valkey import Valkey
from tests.databases import ServiceDatabase
from tests.simulated import KEY, Simulated

CONTEXT = 4096


@pytest.fixture
async def laboratory(servers: Any, own_database: ServiceDatabase, tmp_path: Path) -> AsyncIterator[Laboratory]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(own_database.app_url, service="orchestrator"))
        valkey = await stack.enter_async_context(Valkey(servers.valkey.url, name="test"))
        embedder = await stack.enter_async_context(LocalEmbedder(tmp_path))
        yield Laboratory(database, valkey, embedder, tmp_path)


async def test_the_notes_of_a_model_are_in_the_prompt_for_what_fell_out(
    laboratory: Laboratory, simulated: Simulated
) -> None:
    """A conversation larger than the window: the beginning is there as the model noted it, the end in full."""
    talk = conversation(1, turns=200)
    noted = '[[sim: text="Decisions:\\n- Teal it is"]]'
    messages = [msgspec.structs.replace(talk.messages[0], text=f"So: {noted}"), *talk.messages[1:]]
    async with assistant(laboratory, ChatServer(simulated.base_url, KEY, "sim-fast", CONTEXT)) as asked:
        told = await asked.told(messages[:-1])
    assert "Teal it is" in told[0]
    assert told[-1] == messages[-2].text
    assert "So: " not in "".join(told)


async def test_a_short_conversation_is_told_whole_and_no_model_is_asked(laboratory: Laboratory) -> None:
    """Nothing has fallen out of the window."""
    talk = conversation(2, turns=20)
    async with assistant(laboratory, ChatServer("http://127.0.0.1:1/v1", KEY, "nobody", CONTEXT)) as asked:
        told = await asked.told(talk.messages[:-1])
    assert told[1:] == [message.text for message in talk.messages[:-1]]


def test_a_seed_makes_the_same_conversation_again() -> None:
    """And another seed another."""
    assert conversation(3, 100) == conversation(3, 100)
    assert conversation(4, 100) != conversation(3, 100)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_planted_is_said_once_and_early(seed: int) -> None:
    """By the person alone: only notes can carry it to the end."""
    made = conversation(seed, 500)
    assert len(made.messages) == 1000
    assert {one.kind for one in made.planted} == {"decision", "fact"}
    for one in made.planted:
        (place,) = [at for at, message in enumerate(made.messages) if one.value in message.text]
        assert place < 120
        assert made.messages[place].role == "user"
