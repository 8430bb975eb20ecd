"""What is too large, too slow or no HTTP at all is refused by the edge, typed, and before it costs anything."""

import json
from typing import TYPE_CHECKING

import pytest

from tertulia.contracts.routes import MB

if TYPE_CHECKING:
    from tests.gateway.envoy.conftest import Stack


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/api/auth/login", MB // 16), ("/api/conversations", MB), ("/api/chat", 2 * MB), ("/v1/embeddings", 8 * MB)],
)
def test_a_body_above_its_routes_limit_is_refused_unread(stack: "Stack", path: str, limit: int) -> None:
    """By what it says of itself; one that says nothing is counted by the service."""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: big\r\n"
    said = stack.say(f"{head}content-length: {limit + 1}\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 413")
    refusal = json.loads(said.partition(b"\r\n\r\n")[2])
    refusal = refusal.get("error", refusal)
    assert refusal["code"] == "too_large"
    assert not [one for one in stack.behind.asked if one[2].get("x-request-id") == "big"]


def test_headers_have_a_bound(stack: "Stack") -> None:
    """In size and in number: 431, with an id although nothing was read."""
    for headers in (f"x-large: {'a' * 40_000}\r\n", "".join(f"x-{n}: a\r\n" for n in range(150))):
        said = stack.say(f"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n".encode())
        assert said.startswith(b"HTTP/1.1 431")
        assert b'"code":"headers_too_large"' in said
        assert b"\r\nx-request-id: " in said


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header: 1\r\n\r\n",
        b"GET /a%00b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(stack: "Stack", raw: bytes) -> None:
    """No guess is made at what was meant: a second reader might guess otherwise."""
    said = stack.say(raw)
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 426", b"HTTP/1.1 404")), said[:200]


@pytest.mark.parametrize("path", ["/api%2Fauth%2fme", "//api/./x/..//auth/%6d%65", "/assets/..%2fapi\\auth%5cme"])
def test_a_path_has_one_meaning_to_all(stack: "Stack", path: str) -> None:
    """Escapes and dots are resolved before anybody decides by the path; OpenAI's SDK escapes the slash of a model."""
    person = stack.behind.person()
    head = f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {person.token}\r\n\r\n"
    assert stack.say(head.encode()).startswith(b"HTTP/1.1 200")
    assert stack.behind.asked[-1][1] == "/api/auth/me"


def test_a_client_that_does_not_end_its_headers_is_dropped(stack: "Stack") -> None:
    """After the time that it is given, and told so."""
    said = stack.say(b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ")
    assert said.startswith(b"HTTP/1.1 408")
    assert b'"code":"request_timeout"' in said


def test_a_client_that_does_not_end_its_body_is_dropped(stack: "Stack") -> None:
    """The service may have begun to read it, and is let go."""
    person = stack.behind.person()
    head = f"POST /api/conversations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {person.token}\r\n"
    said = stack.say(f"{head}content-length: 100\r\n\r\n{{".encode())
    assert said.startswith(b"HTTP/1.1 408")
    assert b'"code":"request_timeout"' in said
