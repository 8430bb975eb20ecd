"""uvicorn as we run it: httptools with a bound on headers, kept-alive connections that outlive Envoy's, no signals."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tertulia.platform.http.bell import Bell
from tertulia.platform.joined_writes import JoinedWrites

_HEADER_BYTES = 64 * 1024
_BACKLOG = 2048
KEEP_ALIVE = timedelta(seconds=75)
"""Longer than Envoy keeps an idle connection (60 s): the one who sends must be the one who closes."""

LEFT = "tertulia.left"
"""In each scope: the ``Bell`` that rings when the client's connection is gone."""

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-type: application/problem+json\r\n"
    b"content-length: 106\r\n\r\n"
    b'{"type":"about:blank","title":"Headers too large","status":431,"detail":"","code":"headers_too_large"}    '
)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ``lifecycle``'s."""
        yield


class BoundedProtocol(HttpToolsProtocol):
    """httptools has no bound of its own: headers above 64 KiB get a 431 and the connection is closed."""

    _header_bytes = 0
    _left: Bell

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Head and body of an answer, and the events of a stream that come together, leave together."""
        super().connection_made(cast("asyncio.Transport", JoinedWrites(transport)))
        self._left = Bell()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._left.ring()

    def on_message_begin(self) -> None:
        self._header_bytes = 0
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[LEFT] = self._left

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > _HEADER_BYTES:
            raise HeadersTooLarge

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        if self._header_bytes > _HEADER_BYTES:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        else:
            super().send_400_response(msg)


class HeadersTooLarge(Exception):
    """Ends the parsing of a request; httptools passes it on as its own error."""


def make_server(app: ASGIApp, *, grace: timedelta, **options: Any) -> uvicorn.Server:
    """A server for one application; set ``should_exit`` to let it finish what is in flight within ``grace``."""
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=int(KEEP_ALIVE.total_seconds()),
        timeout_graceful_shutdown=math.ceil(grace.total_seconds()),
        **options,
    )
    return _Server(config)
