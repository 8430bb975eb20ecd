"""A small HTTP/1.1 client that costs little, so that the load generator is not what is measured.

It keeps when each piece of an answer came, to tell time to first token and the gaps between tokens. A connection is
used again for the next request; an answer that breaks off is a result with ``error``, never an exception.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

import httptools
import msgspec


class Answer(msgspec.Struct):
    """Times are seconds on the monotonic clock; ``arrivals`` and ``sizes`` have one for each piece of body."""

    started: float
    status: int = 0
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    arrivals: list[float] = msgspec.field(default_factory=list)
    sizes: list[int] = msgspec.field(default_factory=list)
    ended: float = 0.0
    error: str | None = None

    @property
    def ok(self) -> bool:
        return self.status == HTTPStatus.OK and self.error is None

    @property
    def seconds(self) -> float:
        return self.ended - self.started

    def text(self) -> str:
        """What a streamed chat completion said."""
        said: list[str] = []
        for line in self.body.split(b"\n"):
            if line.startswith(b"data: {"):
                choices = json.loads(line[6:]).get("choices", ())
                said += [choice.get("delta", {}).get("content") or "" for choice in choices]
        return "".join(said)


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: Answer | None = None
        self._done: asyncio.Future[None] | None = None
        self._body: list[bytes] = []
        self.usable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is not None:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError as error:
                self._end(f"unreadable answer: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        self._end(f"connection lost: {exc or 'closed'}")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._answer is not None:
            self._answer.headers[name.decode().lower()] = value.decode()

    def on_headers_complete(self) -> None:
        if self._answer is not None:
            self._answer.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if self._answer is not None:
            self._answer.arrivals.append(time.monotonic())
            self._answer.sizes.append(len(body))
            self._body.append(body)

    def on_message_complete(self) -> None:
        self.usable = self.usable and self._parser.should_keep_alive()
        self._end(None)

    async def exchange(self, request: bytes, deadline: float) -> Answer:
        answer = self._answer = Answer(time.monotonic())
        self._body = []
        self._parser = httptools.HttpResponseParser(self)
        self._done = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            self._end("connection lost: closed")
        else:
            self._transport.write(request)
        timer = asyncio.get_running_loop().call_later(deadline, self._end, f"no end within {deadline} s")
        try:
            await self._done
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            timer.cancel()
        return answer

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.close()

    def _end(self, error: str | None) -> None:
        answer, self._answer = self._answer, None
        if answer is None or self._done is None or self._done.done():
            return
        answer.ended = time.monotonic()
        answer.body = b"".join(self._body)
        answer.error = error
        if error is not None:
            self.close()
        self._done.set_result(None)


class Client:
    """Requests to one address. Idle connections are kept; as many are opened as there are requests at once."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._base = parts.path.rstrip("/")
        self._headers = {"host": parts.netloc, "content-type": "application/json", **(headers or {})}
        self._idle: list[_Connection] = []

    async def post(self, path: str, body: bytes, *, deadline: float = 60) -> Answer:
        return await self._send("POST", path, body, deadline)

    async def get(self, path: str, *, deadline: float = 60) -> Answer:
        return await self._send("GET", path, b"", deadline)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _send(self, method: str, path: str, body: bytes, deadline: float) -> Answer:
        lines = [f"{method} {self._base}{path} HTTP/1.1", *(f"{k}: {v}" for k, v in self._headers.items())]
        request = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body
        try:
            connection = await self._connection()
        except OSError as error:
            now = time.monotonic()
            return Answer(now, ended=now, error=f"no connection: {error}")
        answer = await connection.exchange(request, deadline)
        if connection.usable:
            self._idle.append(connection)
        return answer

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, self._host, self._port)
        return connection
