"""A value has one placeholder in its workspace for good; what is behind it is sealed, and of that workspace alone."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tertulia.orchestrator.redaction.patterns import Found
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.vault import Vault
from tertulia.platform.db import Database
from tertulia.platform.envelopes import MasterKeys
from tests.databases import ServiceDatabase
from tests.orchestrator.conftest import Running, text_of

MASTER = MasterKeys(["a master key that is only for tests"])


@pytest.fixture
async def database(own_database: ServiceDatabase) -> AsyncIterator[Database]:
    async with Database(own_database.app_url, service="orchestrator") as made:
        yield made


def vault(database: Database) -> Vault:
    return Vault(database, Keys(database, MASTER))


def emails(*values: str) -> dict[str, Found]:
    return {value: Found("EMAIL", 0, len(value)) for value in values}


async def test_a_value_keeps_its_number(database: Database) -> None:
    """In the next window, in another process, and beside new ones; each kind counts by itself."""
    workspace = uuid4()
    first = await vault(database).numbers(workspace, emails("a@x.org", "b@x.org") | {"8.8.8.8": Found("IP", 0, 7)})
    assert first == {"a@x.org": ("EMAIL", 1), "b@x.org": ("EMAIL", 2), "8.8.8.8": ("IP", 1)}
    later = await vault(database).numbers(workspace, emails("c@x.org", "b@x.org"))
    assert later == {"b@x.org": ("EMAIL", 2), "c@x.org": ("EMAIL", 3)}


async def test_two_at_once_agree(database: Database) -> None:
    """Replicas that meet the same new values give them the same numbers, and no number twice."""
    workspace = uuid4()
    values = [f"{number}@x.org" for number in range(20)]
    replicas = [vault(database) for _ in range(4)]
    found = await asyncio.gather(*(one.numbers(workspace, emails(*values)) for one in replicas))
    assert all(one == found[0] for one in found)
    assert sorted(number for _, number in found[0].values()) == list(range(1, 21))


async def test_known_values_ask_no_database(database: Database) -> None:
    """One that is away keeps no window from being redacted: new values are then numbered in it alone."""
    workspace = uuid4()
    kept = vault(database)
    await kept.numbers(workspace, emails("a@x.org"))
    async with Database("postgresql://nobody@127.0.0.1:1/none", service="orchestrator") as away:
        kept._database = away
        assert await kept.numbers(workspace, emails("a@x.org", "b@x.org")) == {"a@x.org": ("EMAIL", 1)}


async def test_workspaces_have_their_own(database: Database, own_database: ServiceDatabase) -> None:
    """The same value has another digest there, and no row holds it in clear."""
    value = f"{uuid4().hex}@x.org"
    one, other = uuid4(), uuid4()
    for workspace in (one, other):
        assert await vault(database).numbers(workspace, emails(value)) == {value: ("EMAIL", 1)}
    rows = own_database.rows("SELECT digest, sealed FROM pii_vault WHERE workspace_id IN (%s, %s)", one, other)
    assert len({digest for digest, _ in rows}) == 2
    assert not [column for row in rows for column in row if value.encode() in bytes(column)]


async def test_a_placeholder_stays_over_turns_and_in_the_api(running: Running) -> None:
    """What one conversation called [EMAIL_2] is [EMAIL_2] for the next one and for a call of the API."""
    workspace, marker = uuid4(), uuid4().hex
    asked = await running.ask(f"{marker} a@x.org and b@x.org [[sim: echo]]", workspace=workspace)
    assert "a@x.org and b@x.org" in text_of(await asked.parts())
    await (await running.ask(f"{marker} only b@x.org [[sim: echo]]", workspace=workspace)).parts()
    message = {"role": "user", "content": f"{marker} write b@x.org"}
    answer = await running.sdk(workspace).chat.completions.create(model="sim-echo", messages=[message])  # type: ignore[list-item]  # plain
    assert "write b@x.org" in (answer.choices[0].message.content or "")
    sent = [entry["request"]["messages"][-1]["content"] for entry in running.simulated.of(marker)]
    assert [text.removeprefix(marker).strip().partition(" [[")[0] for text in sent] == [
        "[EMAIL_1] and [EMAIL_2]",
        "only [EMAIL_2]",
        "write [EMAIL_2]",
    ]


async def test_a_typed_placeholder_is_safe_from_a_known_value(running: Running) -> None:
    """Its number stands for nothing in that window: the value that has it elsewhere takes another there."""
    workspace, marker = uuid4(), uuid4().hex
    await (await running.ask("a@x.org [[sim: echo]]", workspace=workspace)).parts()
    question = f"{marker} What does [EMAIL_1] mean to a@x.org? [[sim: echo]]"
    said = text_of(await (await running.ask(question, workspace=workspace)).parts())
    assert "What does [EMAIL_1] mean to a@x.org?" in said
    (entry,) = running.simulated.of(marker)
    assert "What does [EMAIL_1] mean to [EMAIL_2]?" in entry["request"]["messages"][-1]["content"]
