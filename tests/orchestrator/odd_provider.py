"""A provider that answers with the very bytes it is given: what no careful one sends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from tertulia.orchestrator.providers.adapters import adapters
from tertulia.orchestrator.providers.file import Kind, ProviderSpec
from tertulia.orchestrator.providers.port import Deadlines, StreamEvent
from tertulia.platform.http import HttpClient

BETWEEN = timedelta(seconds=0.4)
DEADLINES = Deadlines(timedelta(seconds=5), BETWEEN, timedelta(seconds=5), timedelta(seconds=10))
DONE = b"data: [DONE]\n\n"
PING = b": still here\n\n"


def raw(choice: bytes) -> bytes:
    return b'data: {"choices": [%b]}\n\n' % choice


def said(text: str | None, *, index: int = 0, end: bool = False) -> bytes:
    delta = {} if text is None else {"content": text}
    choice = {"index": index, "delta": delta, "finish_reason": "stop" if end else None}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


END = said(None, end=True)


@asynccontextmanager
async def provider(
    *pieces: bytes,
    kind: Kind = "openai",
    stays: bool = False,
    pings: bool = False,
    apart: bool = False,
    content_type: bytes = b"text/event-stream",
    deadlines: Deadlines = DEADLINES,
) -> AsyncIterator[Any]:
    """One that answers with these bytes, each piece when the one before has been read where they are to come ``apart``,
    and then closes, ``stays`` without a word, or ``pings`` for ever.
    """
    serving: list[asyncio.Task[Any] | None] = []
    read = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        client_left = asyncio.create_task(reader.read())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\nconnection: close\r\n\r\n" % content_type)
        for piece in pieces:
            writer.write(piece)
            if apart:
                await asyncio.wait_for(read.wait(), 10)
        while pings and not client_left.done():
            writer.write(PING)
            await asyncio.wait([client_left], timeout=BETWEEN.total_seconds() / 8)
        if stays:
            await asyncio.wait([client_left])
        writer.close()
        await asyncio.wait([client_left])

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        async with HttpClient() as http:
            (made,) = adapters(ProviderSpec("odd", base, ("key",), kind), http, deadlines)
            yield _Watched(made, read) if apart else made
        await asyncio.gather(*filter(None, serving))


class _Watched:
    """Says when the first events have been read."""

    def __init__(self, provider: Any, read: asyncio.Event) -> None:
        self._provider = provider
        self._read = read

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[AsyncIterator[list[StreamEvent]]]:
        async with self._provider.stream(body) as batches:
            yield self._seen(batches)

    async def _seen(self, batches: AsyncIterator[list[StreamEvent]]) -> AsyncIterator[list[StreamEvent]]:
        async for events in batches:
            self._read.set()
            yield events


async def heard(asked: Any, **more: Any) -> str:
    """The text of choice 0, and each event's bytes looked at as a client would: JSON on one line."""
    text = ""
    body = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "stream": True, **more}
    async with asked.stream(json.dumps(body).encode()) as batches:
        async for events in batches:
            for event in events:
                assert b"\n" not in event.raw
                for choice in json.loads(event.raw).get("choices", []):
                    text += choice["delta"].get("content") or "" if choice["index"] == 0 else ""
    return text
