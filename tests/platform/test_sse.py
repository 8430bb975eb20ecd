"""Server-sent events: a parser for any bytes in any pieces, and a stream that stops when it should."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia.platform.errors import NotFound, TertuliaError
from tertulia.platform.http.bell import Bell
from tertulia.platform.http.probes import DRAINING
from tertulia.platform.sse import EventStream, LineTooLong, Parser, encode

DATA = st.binary(max_size=40).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b""))


@given(
    events=st.lists(st.lists(DATA, min_size=1, max_size=3), max_size=6),
    ending=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    mark=st.booleans(),
    cuts=st.lists(st.integers(0, 400), max_size=12),
)
def test_any_split_gives_the_same_events(events: list[list[bytes]], ending: bytes, mark: bool, cuts: list[int]) -> None:
    """Lines may end in LF, CRLF or CR, and the bytes may be cut anywhere: bad UTF-8 passes as it is."""
    wire = b"\xef\xbb\xbf" if mark else b""
    for lines in events:
        wire += b": comment" + ending + b"id: 7" + ending
        wire += b"".join(b"data: " + line + ending for line in lines) + ending
    parser, found, start = Parser(), [], 0
    for cut in sorted({min(cut, len(wire)) for cut in cuts} | {len(wire)}):
        found += parser.feed(wire[start:cut])
        start = cut
    assert found == [b"\n".join(lines) for lines in events]


@given(data=st.binary(max_size=60), number=st.none() | st.integers(0, 10**9))
def test_what_is_encoded_is_parsed(data: bytes, number: int | None) -> None:
    """Line ends within the data become LF, as the format has it; nothing else changes."""
    plain = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert Parser().feed(encode(data, number)) == [plain]


def test_fields_without_space_or_colon() -> None:
    """``data:x`` and ``data`` alone are data too; unknown fields are not."""
    assert Parser().feed(b"data:x\ndata\nfoo: y\nevent: z\n\ndata:  two\n\n") == [b"x\n", b" two"]


def test_an_event_without_its_empty_line_is_given_at_the_close() -> None:
    """Some servers end the connection right after the last line."""
    parser = Parser()
    assert parser.feed(b"data: a\n\ndata: b") == [b"a"]
    assert parser.close() == [b"b"]
    assert parser.close() == []


@pytest.mark.parametrize("piece", [b"x" * 1000, b"data: xxxxxxxxxxxx\n"])
def test_lines_and_events_are_bounded(piece: bytes) -> None:
    """Neither a line nor an event without end can fill the memory."""
    parser = Parser(bound=10_000)

    def feed_for_ever() -> None:
        while True:
            parser.feed(piece)

    with pytest.raises(LineTooLong):
        feed_for_ever()


def test_a_line_of_a_megabyte_byte_by_byte_is_read_in_linear_time() -> None:
    """The slowest way to send the longest line."""
    parser = Parser()
    for byte in b"data: " + b"x" * 300_000:
        parser.feed(bytes((byte,)))
    assert parser.feed(b"\n\n") == [b"x" * 300_000]


class Client:
    """The other end of an ASGI answer."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()
        self.arrived = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        self.arrived.set()

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self.sent)

    @property
    def ended(self) -> bool:
        return self.sent[-1].get("more_body") is False

    async def until(self, part: bytes) -> None:
        async with asyncio.timeout(5):
            while part not in self.body:
                self.arrived.clear()
                await self.arrived.wait()


class Events:
    """An iterator that waits for ever after its events, and notes that it was closed."""

    def __init__(self, *events: bytes, error: Exception | None = None, forever: bool = False) -> None:
        self.events = events
        self.error = error
        self.forever = forever
        self.closed = False

    async def __call__(self) -> AsyncIterator[bytes]:
        try:
            for event in self.events:
                yield event
            if self.error:
                raise self.error
            if self.forever:
                await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_a_stream_sends_its_events_and_ends() -> None:
    """Headers that no proxy buffers, a retry time, the events, the end."""
    client, events = Client(), Events(encode(b"a", 1), encode(b"b", 2))
    await EventStream(events(), headers={"X-Vercel-Ai": "v1"})({"type": "http"}, client.receive, client.send)
    headers = dict(client.sent[0]["headers"])
    assert headers[b"cache-control"] == b"no-cache, no-transform"
    assert headers[b"x-accel-buffering"] == b"no"
    assert headers[b"x-vercel-ai"] == b"v1"
    assert client.sent[1]["body"].startswith(b"retry: ")
    assert client.body.endswith(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n")
    assert client.ended
    assert events.closed


async def test_the_iterator_is_closed_as_soon_as_the_client_leaves() -> None:
    """A stream that waits for its next event does not outlive its reader."""
    client, events = Client(), Events(b"data: a\n\n", forever=True)
    serving = asyncio.create_task(EventStream(events())({"type": "http"}, client.receive, client.send))
    await client.until(b"data: a")
    client.left.set()
    async with asyncio.timeout(5):
        await serving
    assert events.closed
    assert not client.ended


async def test_a_ping_comes_no_later_than_promised_after_an_event() -> None:
    """Also when the event came a moment after the stream was opened: a pause counted from there would end at 0.98 s."""
    sent: list[tuple[float, bytes]] = []
    loop = asyncio.get_running_loop()

    async def events() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.02)  # the stream's own beginning, which the pause must not be counted from
        yield b"data: one\n\n"
        await asyncio.Event().wait()

    class Watching(Client):
        async def send(self, message: Any) -> None:
            sent.append((loop.time(), message.get("body", b"")))
            await super().send(message)

    client = Watching()
    stream = EventStream(events(), ping=timedelta(seconds=0.5))
    task = asyncio.create_task(stream({"type": "http"}, client.receive, client.send))
    await client.until(b": ping")
    client.left.set()
    await task
    at = {body.strip(): when for when, body in sent}
    assert at[b": ping"] - at[b"data: one"] < 0.9


async def test_it_pings_in_silence() -> None:
    """A comment now and then keeps proxies from closing an idle stream."""
    client, events = Client(), Events(forever=True)
    stream = EventStream(events(), ping=timedelta(milliseconds=10))
    serving = asyncio.create_task(stream({"type": "http"}, client.receive, client.send))
    await client.until(b": ping\n\n: ping\n\n")
    client.left.set()
    await serving


async def test_a_drain_ends_streams_that_can_be_resumed_and_no_others() -> None:
    """The reader comes back to another replica; an answer that exists only here is finished first."""
    drain, scope = Bell(), {"type": "http"}
    scope_draining: dict[str, Any] = {**scope, DRAINING: drain}
    one, other = Client(), Client()
    resumable = asyncio.create_task(
        EventStream(Events(b"data: a\n\n", forever=True)())(scope_draining, one.receive, one.send)
    )
    lasting = asyncio.create_task(
        EventStream(Events(b"data: b\n\n", forever=True)(), resumable=False)(scope_draining, other.receive, other.send)
    )
    await one.until(b"data: a")
    await other.until(b"data: b")
    drain.ring()
    async with asyncio.timeout(5):
        await resumable
    assert one.ended
    assert not lasting.done()
    other.left.set()
    await lasting


async def test_a_stream_that_begins_in_a_drain_is_an_empty_one() -> None:
    """And no error: its reader comes back elsewhere."""
    drain = Bell()
    drain.ring()
    one = Client()
    scope: dict[str, Any] = {"type": "http", DRAINING: drain}
    await EventStream(Events(b"data: a\n\n", forever=True)())(scope, one.receive, one.send)
    assert [message["type"] for message in one.sent] == ["http.response.start", "http.response.body"]
    assert not one.sent[-1]["more_body"]


@pytest.mark.parametrize(
    ("error", "code"), [(NotFound("gone"), b"not_found"), (RuntimeError("secret"), b"internal_error")]
)
async def test_a_failure_is_told_in_the_stream(error: Exception, code: bytes) -> None:
    """The last event says what went wrong, without our inside."""

    def tell(failure: TertuliaError) -> bytes:
        return encode(failure.code.encode())

    client = Client()
    await EventStream(Events(error=error)(), on_error=tell)({"type": "http"}, client.receive, client.send)
    assert client.body.endswith(b"data: " + code + b"\n\n")
    assert b"secret" not in client.body


async def test_a_reader_that_does_not_read_holds_the_iterator_back() -> None:
    """No event is taken while the one before it has not gone out."""
    client, taken = Client(), 0
    gate = asyncio.Event()

    async def many() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield b"data: x\n\n"

    async def send(message: Any) -> None:
        await client.send(message)
        if b"data" in message.get("body", b""):
            await gate.wait()

    serving = asyncio.create_task(EventStream(many())({"type": "http"}, client.receive, send))
    await client.until(b"data: x")
    assert taken == 1
    gate.set()
    await serving
    assert taken == 100
