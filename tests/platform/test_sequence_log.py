"""The live log: every entry once, in order, whatever happens to Valkey, to writers and to followers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tertulia.platform.sequence_log import NUMBERS_AN_EPOCH, Entry, Fenced, LogReader, LogWriter
from tertulia.platform.sequence_log.keys import Entry as KeyEntry
from tertulia.platform.sequence_log.keys import from_message, stream_key
from tertulia.platform.valkey import Valkey, ValkeyUnavailable

pytestmark = pytest.mark.integration
SECOND = timedelta(seconds=1)


@pytest.fixture
async def valkey(servers: Any) -> AsyncIterator[Valkey]:
    async with Valkey(servers.valkey.url, name="test", deadline=SECOND) as opened:
        yield opened


@pytest.fixture
async def reader(valkey: Valkey) -> AsyncIterator[LogReader]:
    async with LogReader(valkey) as opened:
        yield opened


def _name() -> str:
    return f"gen:{uuid4()}"


def _words(first: int, last: int) -> list[bytes]:
    return [b"word-%d\n" % n for n in range(first, last + 1)]


async def _collect(reader: LogReader, name: str, after: int = 0) -> list[Entry]:
    async with asyncio.timeout(20), aclosing(reader.follow(name, after)) as entries:
        return [entry async for entry in entries]


def _check(entries: list[Entry], first: int, last: int, before: int = 0) -> None:
    assert [entry.sequence for entry in entries] == [before + number for number in range(first, last + 1)]
    assert [entry.data for entry in entries] == _words(first, last)
    assert [entry.end for entry in entries] == [False] * (last - first) + [True]


async def test_followers_early_late_and_resuming_see_the_same(valkey: Valkey, reader: LogReader) -> None:
    """One who was there before the first entry, one in the middle, one who resumes, one after the end."""
    name = _name()
    early = asyncio.create_task(_collect(reader, name))
    writer = LogWriter(valkey, name, 1)
    assert not await reader.exists(name)
    for n in range(1, 51):
        assert await writer.append(_words(n, n)) == n
    assert await reader.exists(name)
    middle = asyncio.create_task(_collect(reader, name))
    resumed = asyncio.create_task(_collect(reader, name, after=30))
    await writer.append(_words(51, 98))
    await writer.append(_words(99, 100), end=True)
    _check(await early, 1, 100)
    _check(await middle, 1, 100)
    _check(await resumed, 31, 100)
    _check(await _collect(reader, name), 1, 100)
    assert await _collect(reader, name, after=100) == []
    assert await _collect(reader, name, after=10_000) == [], "a position from the future is past the end"
    assert not reader._followed


async def test_a_flush_is_put_back_under_the_same_numbers(valkey: Valkey, reader: LogReader) -> None:
    """FLUSHALL in the middle: who follows sees no gap and no repeat; who comes later gets everything."""
    name = _name()
    writer = LogWriter(valkey, name, 1)
    following = asyncio.create_task(_collect(reader, name))
    for n in range(1, 700):
        await writer.append(_words(n, n))
        if n % 200 == 0:
            await valkey.call("DEL", stream_key(name), stream_key(name) + ":epoch")
    await writer.append(_words(700, 700), end=True)
    _check(await following, 1, 700)
    _check(await _collect(reader, name), 1, 700)


async def test_valkey_killed_and_empty(servers: Any, valkey: Valkey, reader: LogReader) -> None:
    """Killed with -9 in the middle of an answer, and nothing kept: the writer goes on, and all is there in the end."""
    name = _name()
    writer = LogWriter(valkey, name, 1)
    await writer.append(_words(1, 10))
    following = asyncio.create_task(_collect(reader, name))
    await writer.append(_words(11, 20))
    servers.valkey.kill()
    for n in range(21, 30):
        await writer.append(_words(n, n))
    assert writer.last == 29
    assert not writer.settled
    servers.valkey.start()
    async with asyncio.timeout(10):
        while True:
            with suppress(ValkeyUnavailable):
                await valkey.call("DEL", stream_key(name), stream_key(name) + ":epoch")
                break
            await asyncio.sleep(0.01)
    await writer.append(_words(30, 30))
    await writer.append(_words(31, 31), end=True)
    assert writer.settled
    _check(await following, 1, 31)
    _check(await _collect(reader, name), 1, 31)


async def test_a_newer_epoch_takes_over_what_was_said_and_the_old_one_is_refused(
    valkey: Valkey, reader: LogReader
) -> None:
    """The second worker reads what the log holds and goes on after it; the first one's next word is refused."""
    name = _name()
    first, second = LogWriter(valkey, name, 1), LogWriter(valkey, name, 2)
    following = asyncio.create_task(_collect(reader, name))
    await first.append(_words(1, 5))
    assert await second.open() == _words(1, 5)
    with pytest.raises(Fenced):
        await first.append([b"too late"])
    with pytest.raises(Fenced):
        await LogWriter(valkey, name, 1).open()
    await second.append(_words(6, 6))
    await second.append(_words(7, 7), end=True)
    _check(await following, 1, 7)


async def test_who_finds_nothing_begins_at_other_numbers(valkey: Valkey, reader: LogReader) -> None:
    """The log is lost together with its writer: who had heard a part of it hears all of the new one, from its start,
    live or when it comes back; what is lost of the new one, and who takes it over, keep to its numbers.
    """
    name = _name()
    await LogWriter(valkey, name, 1).append(_words(1, 20))
    async with asyncio.timeout(20), aclosing(reader.follow(name)) as live:
        for number in range(1, 21):
            assert (await anext(live)).sequence == number
        await valkey.call("DEL", stream_key(name), stream_key(name) + ":epoch")
        second = LogWriter(valkey, name, 2)
        assert await second.open() == []
        for n in range(1, 41):
            await second.append(_words(n, n))
        await valkey.call("DEL", stream_key(name), stream_key(name) + ":epoch")
        assert await second.append(_words(41, 41)) == NUMBERS_AN_EPOCH + 41
        third = LogWriter(valkey, name, 3)
        assert await third.open() == _words(1, 41)
        await third.append(_words(42, 42), end=True)
        told = [entry async for entry in live]
    for entries in (told, await _collect(reader, name, after=20), await _collect(reader, name)):
        _check(entries, 1, 42, NUMBERS_AN_EPOCH)


async def test_an_old_epoch_that_wrote_into_a_lost_log_is_overwritten(valkey: Valkey, reader: LogReader) -> None:
    """Valkey forgets even the epoch, and the old worker wakes first: the newer one's words stand in the end."""
    name = _name()
    old, new = LogWriter(valkey, name, 1), LogWriter(valkey, name, 2)
    await old.append(_words(1, 3))
    await new.append(_words(4, 6))
    await valkey.call("DEL", stream_key(name), stream_key(name) + ":epoch")
    await old.append([b"stale"])
    await new.append(_words(7, 7), end=True)
    _check(await _collect(reader, name), 1, 7)
    with pytest.raises(Fenced):
        await old.append([b"stale"])


async def test_an_append_whose_reply_was_lost_is_not_written_twice(valkey: Valkey, reader: LogReader) -> None:
    """The server did it, the writer does not know: the next append goes on after it."""
    name = _name()
    writer = LogWriter(valkey, name, 1)
    await writer.append(_words(1, 4))
    writer._written = 1
    await writer.append(_words(5, 5), end=True)
    _check(await _collect(reader, name), 1, 5)


async def test_nothing_is_said_after_the_end(valkey: Valkey) -> None:
    """The end is an entry, and the last one."""
    writer = LogWriter(valkey, _name(), 1)
    with pytest.raises(ValueError, match="the end is an entry"):
        await writer.append([], end=True)
    await writer.append([b"a"], end=True)
    with pytest.raises(ValueError, match="has ended"):
        await writer.append([b"b"])


async def test_a_first_epoch_may_begin_without_valkey_a_later_one_may_not() -> None:
    """The first has nothing to take over; a later one would say again what was said."""
    async with Valkey("redis://127.0.0.1:1/0", name="away") as away:
        writer = LogWriter(away, _name(), 1)
        assert await writer.append([b"a", b"b"]) == 2
        assert await writer.append([b"c"], end=True, patience=timedelta(0)) == 3
        assert not writer.settled
        with pytest.raises(ValkeyUnavailable):
            await LogWriter(away, _name(), 2).append([b"a"])


async def test_a_slow_follower_costs_no_memory_and_misses_nothing(valkey: Valkey, reader: LogReader) -> None:
    """Who does not read for a while is served from the stream again; its queue stays bounded."""
    name = _name()
    writer = LogWriter(valkey, name, 1)
    await writer.append(_words(1, 1))
    async with asyncio.timeout(30), aclosing(reader.follow(name)) as entries:
        seen = [await anext(entries)]
        for n in range(2, 1000):
            await writer.append(_words(n, n))
        await writer.append(_words(1000, 1000), end=True)
        (followed,) = reader._followed.values()
        (follower,) = followed.followers
        assert len(follower._messages) <= 256
        seen += [entry async for entry in entries]
    _check(seen, 1, 1000)


async def test_a_lost_message_is_found_by_the_check(valkey: Valkey, reader: LogReader) -> None:
    """What was written but never published to us is read when the log is looked at."""
    name = _name()
    writer = LogWriter(valkey, name, 1)
    await writer.append(_words(1, 1))
    following = asyncio.create_task(_collect(reader, name))
    async with asyncio.timeout(5):
        while not reader._followed:
            await asyncio.sleep(0)
    await valkey.call("XADD", stream_key(name), "2-0", "d", b"word-2\n", "e", "1")
    (followed,) = reader._followed.values()
    await reader._check_one(followed)
    _check(await following, 1, 2)


async def test_a_closed_subscription_is_opened_again(valkey: Valkey, reader: LogReader) -> None:
    """The server cuts the subscribing connection: followers go on by themselves."""
    name = _name()
    writer = LogWriter(valkey, name, 1)
    following = asyncio.create_task(_collect(reader, name))
    await writer.append(_words(1, 3))
    for task in reader._tasks:
        task.cancel()
    await asyncio.gather(*reader._tasks, return_exceptions=True)
    await writer.append(_words(4, 6))
    await reader.__aenter__()
    await writer.append(_words(7, 7), end=True)
    _check(await following, 1, 7)


def test_published_entries_carry_any_bytes() -> None:
    """Sizes, not separators, part the entries of a message."""
    assert from_message(b"7 1 2 0 3\na\n\xff\n\n") == [
        KeyEntry(7, b"a\n", end=False),
        KeyEntry(8, b"", end=False),
        KeyEntry(9, b"\xff\n\n", end=True),
    ]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 4)),
        st.tuples(st.just("lose"), st.just(0)),
        st.tuples(st.just("follow"), st.integers(0, 30)),
        st.tuples(st.just("take over"), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 5)),
    ),
    max_size=20,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_interleaving_ends_with_every_entry_once(servers: Any, steps: list[tuple[str, int]]) -> None:
    """Words, losses, takeovers and new followers in any order: each follower gets its part, whole and once."""

    async def run() -> None:
        name = _name()
        async with (
            Valkey(servers.valkey.url, name="t", deadline=SECOND) as valkey,
            LogReader(valkey) as reader,
        ):
            writer, said, followers = LogWriter(valkey, name, 1), 1, []
            await writer.append(_words(1, 1))
            for what, number in steps:
                if what == "say":
                    await writer.append(_words(said + 1, said + number))
                    said += number
                elif what == "lose":
                    await valkey.call("DEL", stream_key(name), stream_key(name) + ":epoch")
                elif what == "follow":
                    followers.append((number, asyncio.create_task(_collect(reader, name, number))))
                elif what == "take over":
                    await writer.append([])
                    writer = LogWriter(valkey, name, writer.epoch + 1)
                    assert await writer.open() == _words(1, said)
                else:
                    for _ in range(number):
                        await asyncio.sleep(0)
            await writer.append(_words(said + 1, said + 1), end=True)
            for after, follower in followers:
                entries = await follower
                if after <= said:
                    _check(entries, after + 1, said + 1)
                else:
                    assert entries == []

    asyncio.run(run())


async def test_a_first_writer_that_begins_is_shut_out_like_any_other(valkey: Valkey) -> None:
    """It asks nothing before its first word; a later epoch takes its words over, and it says no more."""
    name = _name()
    first, second = LogWriter(valkey, name, 1), LogWriter(valkey, name, 2)
    first.begin()
    assert await first.append([b"a", b"b"]) == 2
    assert await second.open() == [b"a", b"b"]
    with pytest.raises(Fenced):
        await first.append([b"c"])
    late = LogWriter(valkey, name, 1)
    late.begin()
    with pytest.raises(Fenced):
        await late.append([b"d"])
