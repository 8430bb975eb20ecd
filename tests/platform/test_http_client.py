"""Outgoing HTTP against servers that behave and servers that do not: typed failures within their deadlines."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from tertulia.platform.frames import Frames
from tertulia.platform.http import Broken, ConnectFailed, HttpClient, HttpStream, TimedOut

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SOON = timedelta(milliseconds=150)
OK = b"HTTP/1.1 200 OK\r\n"


@asynccontextmanager
async def _server(script: Script) -> AsyncIterator[str]:
    """A server that reads a request's head and then follows the script."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _says(*parts: bytes, silence: bool = False) -> Script:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if silence:
            await asyncio.Event().wait()

    return script


async def test_an_answer_is_read_whole() -> None:
    """Status, headers in lower case, body; an error status is an answer."""
    async with (
        _server(_says(b"HTTP/1.1 503 No\r\nX-Thing: a\r\nContent-Length: 2\r\n\r\nhi")) as url,
        HttpClient() as client,
    ):
        answer = await client.request("POST", url, json={"a": 1})
    assert (answer.status, answer.headers["x-thing"], answer.body) == (503, "a", b"hi")


async def test_a_stream_gives_bytes_as_they_come() -> None:
    """Chunks reach the reader before the answer has ended."""
    go_on = asyncio.Event()

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await go_on.wait()
        writer.write(b"2\r\nde\r\n0\r\n\r\n")
        await writer.drain()

    got = []
    async with _server(script) as url, HttpClient() as client, client.stream("GET", url) as answer:
        async for piece in answer:
            got.append(piece)
            go_on.set()
    assert got == [b"abc", b"de"]


async def test_a_slow_stream_is_not_held_back_by_frames() -> None:
    """What comes slower than the frames is passed on piece by piece, each before the next is said."""
    go_on = asyncio.Semaphore(0)

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for number in range(5):
            writer.write(b"1\r\n%d\r\n" % number)
            await go_on.acquire()
        writer.write(b"0\r\n\r\n")

    got = []
    async with _server(script) as url, HttpClient() as client, client.stream("GET", url) as answer:
        async for piece in answer.paced(Frames(0.001)):
            got.append(piece)
            go_on.release()
    assert got == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_fast_stream_comes_by_the_frame() -> None:
    """The first piece at once; what comes within a frame comes together, and nothing is lost, doubled or turned."""
    said = [b"%d," % number for number in range(300)]

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for word in said:
            writer.write(b"%x\r\n%b\r\n" % (len(word), word))
            await asyncio.sleep(0.001)
        writer.write(b"0\r\n\r\n")

    async with _server(script) as url, HttpClient() as client, client.stream("GET", url) as answer:
        got = [piece async for piece in answer.paced(Frames(0.03))]
    assert got[0] == said[0]
    assert b"".join(got) == b"".join(said)
    assert len(got) < len(said) / 3


async def test_a_break_within_a_frame_is_told_after_what_had_come() -> None:
    """What was said before the connection broke is read first."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for word in (b"a", b"b", b"c"):
            writer.write(b"1\r\n%b\r\n" % word)
            await asyncio.sleep(0.001)

    got: list[bytes] = []

    async def read(answer: HttpStream) -> None:
        async for piece in answer.paced(Frames(0.05)):
            got.append(piece)  # noqa: PERF401 - what came before the break is what is asked for

    async with _server(script) as url, HttpClient() as client, client.stream("GET", url) as answer:
        with pytest.raises(Broken):
            await read(answer)
    assert b"".join(got) == b"abc"


async def test_nobody_listens() -> None:
    """No connection: it is known that nothing was sent."""
    async with HttpClient() as client:
        with pytest.raises(ConnectFailed) as failed:
            await client.request("GET", "http://127.0.0.1:1/")
    assert failed.value.status == 503
    assert "127.0.0.1" not in failed.value.detail


SILENT: dict[str, tuple[Script, dict[str, Any]]] = {
    "before the headers": (_says(silence=True), {"first_byte": SOON}),
    "after the headers": (_says(OK + b"Content-Length: 9\r\n\r\n", silence=True), {"first_byte": SOON}),
    "between the bytes": (_says(OK + b"Content-Length: 9\r\n\r\nabc", silence=True), {"between_bytes": SOON}),
    "in all": (_says(OK + b"Content-Length: 9\r\n\r\nabc", silence=True), {"total": SOON}),
}


@pytest.mark.parametrize("when", SILENT)
async def test_silence_ends_at_its_deadline(when: str) -> None:
    """Each deadline holds by itself."""
    script, deadlines = SILENT[when]
    started = time.monotonic()
    async with _server(script) as url, HttpClient() as client:
        with pytest.raises(TimedOut) as late:
            async with client.stream("GET", url, **deadlines) as answer:
                await answer.read()
    assert late.value.status == 504
    assert 0.1 < time.monotonic() - started < 5


async def test_a_trickle_is_ended_by_the_whole_deadline_only() -> None:
    """Bytes that keep coming satisfy the pause between them, not the total."""

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Length: 99999\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with _server(trickle) as url, HttpClient() as client:
        with pytest.raises(TimedOut):
            async with client.stream("GET", url, first_byte=SOON, between_bytes=SOON, total=4 * SOON) as answer:
                await answer.read()


BROKEN = {
    "cut before the headers": b"HTTP/1.1 20",
    "closed at once": b"",
    "cut in the body": OK + b"Content-Length: 10\r\n\r\nabc",
    "cut in a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a chunk of nonsense": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "not gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("how", BROKEN)
async def test_what_is_broken_is_said_to_be(how: str) -> None:
    """A cut answer is never taken for a whole one."""
    async with _server(_says(BROKEN[how])) as url, HttpClient() as client:
        with pytest.raises(Broken) as broken:
            await client.request("GET", url, timeout=timedelta(seconds=5))
    assert broken.value.status == 502


async def test_compression_that_nobody_asked_for_is_undone_within_bounds() -> None:
    """Some servers compress regardless; a small body that grows without end is refused."""
    packed = gzip.compress(b"x" * 300_000)
    wire = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    async with _server(_says(wire)) as url, HttpClient() as client:
        assert (await client.request("GET", url)).body == b"x" * 300_000
        with pytest.raises(Broken):
            await client.request("GET", url, bound=100_000)


async def test_compression_may_begin_anew_within_a_body() -> None:
    """RFC 1952, 2.2: each piece may be a member of its own. ``x-gzip`` is the same (RFC 9110, 8.4.1.3)."""
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    wire = OK + b"Content-Encoding: x-gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    async with _server(_says(wire)) as url, HttpClient() as client:
        assert (await client.request("GET", url)).body == b"one two"


async def test_redirects_are_not_followed_and_no_cookie_is_kept() -> None:
    """Where a call goes is the caller's decision, every time."""
    wire = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    heads: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(wire)
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(wire)
        await writer.drain()

    async with _server(script) as url, HttpClient() as client:
        assert [(await client.request("GET", url)).status for _ in range(2)] == [302, 302]
    assert b"ookie" not in heads[0]


async def test_leaving_early_closes_the_connection() -> None:
    """A provider is not left talking to nobody."""
    closed = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Length: 99\r\n\r\nabc")
        await reader.read()
        closed.set()

    async with _server(script) as url, HttpClient() as client:
        async with client.stream("GET", url) as answer:
            async for piece in answer:
                assert piece == b"abc"
                break
        async with asyncio.timeout(5):
            await closed.wait()


async def test_a_caller_that_is_cancelled_is_cancelled() -> None:
    """Cancellation is not taken for a deadline."""
    async with _server(_says(silence=True)) as url, HttpClient() as client:
        calling = asyncio.create_task(client.request("GET", url))
        await asyncio.sleep(0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling


async def test_waiting_for_a_connection_is_bounded() -> None:
    """A host that takes one call at a time makes the next one fail in time, typed."""
    async with (
        _server(_says(OK + b"Content-Length: 9\r\n\r\nabc", silence=True)) as url,
        HttpClient(per_host=1, connect_timeout=SOON) as client,
        client.stream("GET", url),
    ):
        with pytest.raises(ConnectFailed):
            await client.request("GET", url)
