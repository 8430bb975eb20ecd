"""Nothing of our own can be fetched on somebody's behalf, however its address is written."""

import socket
from typing import Any

import pytest

from tertulia.platform.http import HttpClient, HttpFailure
from tertulia.platform.http.client import _PublicResolver
from tertulia.platform.http.guard import NotPublic, is_public, require_public

REFUSED = [
    "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "data:text/plain,x", "javascript:alert(1)",
    "http://", "http:///path", "//example.com", "example.com", "http://user@example.com/", "http://a:b@example.com/",
    "http://example.com:22/", "http://example.com:6379/", "http://example.com:99999/", "http://example.com:x/",
    "http://127.0.0.1/", "http://127.1.2.3:8080/", "http://0.0.0.0/", "http://10.0.0.1/", "http://172.16.0.1/",
    "http://172.31.255.255/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/",
    "http://192.0.2.1/", "http://198.18.0.1/", "http://203.0.113.5/", "http://224.0.0.1/", "http://240.0.0.1/",
    "http://255.255.255.255/", "http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fc00::1]/",
    "http://[fd12:3456::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/", "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:10.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a00:1]/", "http://[2002:7f00:1::]/", "http://[2002:a00:1::]/", "http://[64:ff9b:1::1]/",
    "http://[::1%25lo]/", "http://[",
]  # fmt: skip
"""Refused before anything is resolved."""

NAMES = [
    "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
    "017700000001", "0", "0.0", "0x0", "127.0.0.1.", "3232235777", "0xA9FEA9FE", "ip6-localhost",
]  # fmt: skip
"""Names and odd spellings of numbers, which only resolving tells."""


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_not_of_the_open_internet_is_refused(url: str) -> None:
    """Schemes, ports, credentials, private and reserved ranges, and IPv4 hidden in IPv6."""
    with pytest.raises(NotPublic):
        require_public(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/a?b=c", "http://example.com:8080/", "http://8.8.8.8/", "https://[2606:4700::1111]/"]
)
def test_a_public_address_is_let_through(url: str) -> None:
    """What it resolves to is looked at when it is connected to."""
    require_public(url)


async def test_a_name_that_leads_home_is_not_connected_to() -> None:
    """Each spelling ends before the canary hears of it."""
    with socket.socket() as canary:
        canary.bind(("127.0.0.1", 0))
        canary.listen()
        canary.setblocking(False)
        port = canary.getsockname()[1]
        async with HttpClient(public_only=True) as client:
            for name in NAMES:
                with pytest.raises(HttpFailure):
                    await client.request("GET", f"http://{name}:{port}/")
        with pytest.raises(BlockingIOError):
            canary.accept()


async def test_a_name_server_that_changes_its_mind_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several answers only the public ones are given on, and those are what is connected to."""
    answers = [[("8.8.8.8", 80)], [("127.0.0.1", 80)], [("8.8.8.8", 80), ("10.0.0.1", 80)]]

    async def lookup(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where) for where in answers.pop(0)]

    resolver = _PublicResolver()
    monkeypatch.setattr(resolver._loop, "getaddrinfo", lookup, raising=False)
    assert [one["host"] for one in await resolver.resolve("rebinding.example", 80)] == ["8.8.8.8"]
    with pytest.raises(OSError, match="no public address"):
        await resolver.resolve("rebinding.example", 80)
    assert [one["host"] for one in await resolver.resolve("rebinding.example", 80)] == ["8.8.8.8"]
    assert not is_public("not an address")
