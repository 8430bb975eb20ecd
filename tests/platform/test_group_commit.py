"""Group commit: together under load, each under its own tenant, answered when durable, failing alone."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError

from tertulia.platform.db import AtOnce, Database, GroupCommit, Publisher, Scope, WriteSession, tenant
from tertulia.platform.db.group_commit import LineFull
from tertulia.platform.errors import Unavailable
from tertulia.platform.ids import uuid7
from tertulia.platform.message import Event

pytestmark = pytest.mark.integration

INSERT = text("""
    INSERT INTO note (workspace_id, id, words)
    SELECT workspace_id, id, words FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row(workspace_id uuid, id uuid, words text)
    ON CONFLICT DO NOTHING RETURNING id
""")  # noqa: E501 - SQL


ONLY_NEW = """
    INSERT INTO note (workspace_id, id, words)
    SELECT workspace_id, id, words FROM jsonb_to_recordset($1) AS row(workspace_id uuid, id uuid, words text)
"""


class Note(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    words: str = "hello"


class NotesWritten(Event, frozen=True, kw_only=True):
    subject = "event.probe.notes_written.v1"
    workspace_id: None = None
    ids: tuple[UUID, ...]


class Notebook:
    """Counts its transactions' statements; may be told to wait within one."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.begun = asyncio.Event()

    async def write(self, session: WriteSession, notes: Sequence[Note]) -> Sequence[bool]:
        """Gives for each whether it is new."""
        self.batches.append(len(notes))
        self.begun.set()
        await self.go_on.wait()
        made = set((await session.execute(INSERT, {"rows": msgspec.json.encode(notes).decode()})).scalars())
        return [note.id in made for note in notes]

    def publish(self, publisher: Publisher, notes: Sequence[tuple[Note, bool]]) -> None:
        publisher.publish(NotesWritten(ids=tuple(note.id for note, new in notes if new)))


def note(workspace: UUID, words: str = "hello") -> tuple[Scope, Note]:
    return tenant(workspace), Note(workspace, uuid7(), words)


def stored(probe: Any) -> set[UUID]:
    return {row[0] for row in probe.rows("SELECT id FROM note")}


async def test_what_waits_goes_together(database: Database, probe: Any) -> None:
    """The first is written at once; what comes meanwhile is one transaction, and callers are answered after it."""
    book, workspace = Notebook(), uuid7()
    book.go_on.clear()
    async with GroupCommit("notes", database, book.write, book.publish) as group:
        first = asyncio.create_task(group.add(*note(workspace)))
        await book.begun.wait()
        rest = [asyncio.create_task(group.add(*note(workspace))) for _ in range(40)]
        await asyncio.sleep(0)
        assert not first.done()
        book.go_on.set()
        await asyncio.gather(first, *rest)
    assert book.batches == [1, 40]
    assert len(stored(probe)) == 41
    told = probe.rows("SELECT body FROM outbox ORDER BY id")
    assert [len(msgspec.json.decode(body, type=NotesWritten).ids) for (body,) in told] == [1, 40]


async def test_each_item_is_written_under_its_own_tenant(database: Database, probe: Any) -> None:
    """Tenants share a transaction and nothing else: a row for another tenant is refused, and fails alone."""
    book = Notebook()
    tenants = [uuid7() for _ in range(20)]
    stray = Note(tenants[3], uuid7(), "stray")
    async with GroupCommit("notes", database, book.write) as group:
        good = [asyncio.create_task(group.add(*note(workspace))) for workspace in tenants for _ in range(2)]
        bad = asyncio.create_task(group.add(tenant(tenants[4]), stray))
        none = asyncio.create_task(group.add(Scope(), Note(tenants[5], uuid7(), "of nobody")))
        await asyncio.gather(*good)
        for refused in (bad, none):
            with pytest.raises(ProgrammingError, match="row-level security"):
                await refused
    rows = probe.rows("SELECT workspace_id, count(*) FROM note GROUP BY 1")
    assert dict(rows) == dict.fromkeys(tenants, 2)


async def test_an_item_that_cannot_be_written_does_not_take_the_others_with_it(database: Database, probe: Any) -> None:
    """One of forty holds what Postgres cannot store: 39 are durable and told of once, and only it raises."""
    book, workspace = Notebook(), uuid7()
    async with GroupCommit("notes", database, book.write, book.publish) as group:
        good = [note(workspace) for _ in range(39)]
        adding = [asyncio.create_task(group.add(*one)) for one in (*good[:20], note(workspace, "\0"), *good[20:])]
        results = await asyncio.gather(*adding, return_exceptions=True)
    assert [result is True for result in results].index(False) == 20
    assert isinstance(results[20], DBAPIError)
    assert stored(probe) == {written.id for _, written in good}
    told = [msgspec.json.decode(body, type=NotesWritten).ids for (body,) in probe.rows("SELECT body FROM outbox")]
    assert sorted(one for ids in told for one in ids) == sorted(stored(probe))


async def test_a_caller_that_leaves_does_not_take_its_item_away(database: Database, probe: Any) -> None:
    """Cancelled while it is written, or while it waits: both are stored, and the others hear nothing of it."""
    book, workspace = Notebook(), uuid7()
    book.go_on.clear()
    async with GroupCommit("notes", database, book.write) as group:
        items = [note(workspace) for _ in range(5)]
        adding = [asyncio.create_task(group.add(*items[0]))]
        await book.begun.wait()
        adding += [asyncio.create_task(group.add(*one)) for one in items[1:]]
        await asyncio.sleep(0)
        for left in (adding[0], adding[2]):
            left.cancel()
        book.go_on.set()
        await asyncio.gather(*adding, return_exceptions=True)
        assert [task.cancelled() for task in adding] == [True, False, True, False, False]
    assert stored(probe) == {written.id for _, written in items}


async def test_each_caller_hears_what_became_of_its_own_item(database: Database) -> None:
    """Items of two tenants, mixed, half of them written before: each is told whether it was new."""
    book, tenants = Notebook(), (uuid7(), uuid7())
    async with GroupCommit("notes", database, book.write) as group:
        items = [note(tenants[number % 2]) for number in range(20)]
        assert all(await asyncio.gather(*(group.add(*one) for one in items[::3])))
        new = await asyncio.gather(*(group.add(*one) for one in items))
    assert new == [number % 3 != 0 for number in range(20)]


async def test_the_line_has_a_bound(database: Database) -> None:
    """Who comes when it is full is refused at once, with the time to come back; those in it are written."""
    book, workspace = Notebook(), uuid7()
    book.go_on.clear()
    async with GroupCommit("notes", database, book.write, most_waiting=3) as group:
        adding = [asyncio.create_task(group.add(*note(workspace)))]
        await book.begun.wait()
        adding += [asyncio.create_task(group.add(*note(workspace))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(LineFull) as refused:
            await group.add(*note(workspace))
        assert refused.value.status == 503
        assert refused.value.retry_after is not None
        book.go_on.set()
        await asyncio.gather(*adding)


async def test_nothing_is_answered_before_it_is_durable(servers: Any, database: Database, probe: Any) -> None:
    """The server dies with a batch in hand: every caller hears of it, and it works again with the next server."""
    book, workspace = Notebook(), uuid7()
    async with GroupCommit("notes", database, book.write) as group:
        await group.add(*note(workspace))
        book.go_on.clear()
        book.begun.clear()
        adding = [asyncio.create_task(group.add(*note(workspace))) for _ in range(10)]
        await book.begun.wait()
        servers.postgres.kill()
        book.go_on.set()
        results = await asyncio.gather(*adding, return_exceptions=True)
        servers.postgres.start()
        assert {type(result) for result in results} == {Unavailable}
        assert len(stored(probe)) == 1
        await group.add(*note(workspace))
    assert len(stored(probe)) == 2


async def test_a_batch_goes_in_one_round_trip_when_nothing_stands_in_its_way(database: Database, probe: Any) -> None:
    """Several tenants' items and their message are durable without ``write``; again with the same plan."""
    book = Notebook()
    at_once: AtOnce[Note, bool] = AtOnce(ONLY_NEW, list, became=True)
    tenants = [uuid7() for _ in range(5)]
    async with GroupCommit("notes", database, book.write, book.publish, at_once=at_once) as group:
        for _ in range(2):
            adding = [group.add(*note(workspace)) for workspace in tenants for _ in range(3)]
            assert await asyncio.gather(*adding) == [True] * 15
    assert book.batches == []
    assert dict(probe.rows("SELECT workspace_id, count(*) FROM note GROUP BY 1")) == dict.fromkeys(tenants, 6)
    told = [msgspec.json.decode(body, type=NotesWritten).ids for (body,) in probe.rows("SELECT body FROM outbox")]
    assert {one for ids in told for one in ids} == stored(probe)


async def test_what_stands_in_the_way_of_one_round_trip_is_told_apart(database: Database, probe: Any) -> None:
    """An item that is there, one of a foreign tenant, one that cannot be stored: each fails or is known alone, the
    others are written once and told of once; the next batch goes in one round trip again.
    """
    book, workspace = Notebook(), uuid7()
    at_once: AtOnce[Note, bool] = AtOnce(ONLY_NEW, list, became=True)
    async with GroupCommit("notes", database, book.write, book.publish, at_once=at_once) as group:
        there = note(workspace)
        assert await group.add(*there)
        stray = (tenant(workspace), Note(uuid7(), uuid7(), "stray"))
        good = [note(workspace) for _ in range(6)]
        results = await asyncio.gather(
            *(group.add(*one) for one in (*good[:3], there, stray, note(workspace, "\0"), *good[3:])),
            return_exceptions=True,
        )
        assert [one for one in results if isinstance(one, bool)] == [True, True, True, False, True, True, True]
        assert [type(one) for one in results if not isinstance(one, bool)] == [ProgrammingError, DataError]
        tried = len(book.batches)
        last = note(workspace)
        assert await group.add(*last)
    assert len(book.batches) == tried
    assert stored(probe) == {one.id for _, one in (there, *good, last)}
    told = [msgspec.json.decode(body, type=NotesWritten).ids for (body,) in probe.rows("SELECT body FROM outbox")]
    assert sorted(one for ids in told for one in ids) == sorted(stored(probe))
