"""Thousands of quiet streams at once: each holds a connection on both sides of Envoy, and none is refused."""

import resource
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gateway.envoy.conftest import Stack

STREAMS = 2_000
AT_ONCE = 20
_DESCRIPTORS = 3 * STREAMS


def test_two_thousand_streams_are_open_at_once(stack: "Stack") -> None:
    """And plain calls to the same service go on beside them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard), hard))
    headers = {"authorization": f"Bearer {stack.behind.person(plan='unlimited').token}"}
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    ask = f"GET /api/chat/some-id/stream?stream=1 HTTP/1.1\r\nhost: x\r\n{raw}\r\n".encode()
    port = stack.topology.public.port
    stack.chat.gate.clear()
    open_streams: list[socket.socket] = []
    try:
        for _ in range(STREAMS // AT_ONCE):
            fresh = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(AT_ONCE)]
            open_streams += fresh
            for stream in fresh:
                stream.sendall(ask)
            assert {stream.recv(4096)[:15] for stream in fresh} == {b"HTTP/1.1 200 OK"}
        assert stack.stats()["cluster.chat.upstream_rq_active"] == STREAMS
        assert stack.call("GET", "/api/conversations", **headers).status == 200
    finally:
        stack.chat.gate.set()
        for stream in open_streams:
            stream.close()
