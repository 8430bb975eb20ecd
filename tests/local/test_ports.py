"""Ports that are found for servers on loopback."""

import socket
from pathlib import Path

from tertulia.local import ports


def test_a_port_is_given_once() -> None:
    """Two listeners of one Envoy would share it without a word."""
    found = [ports.any_free() for _ in range(50)]
    assert len(set(found)) == 50


def test_a_found_port_is_none_that_the_kernel_gives_to_connections() -> None:
    """A connection that goes out would take it before its server listens."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert ports.any_free() < first


def test_a_port_in_use_is_passed_over() -> None:
    """The next after it is found."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.next_free(port) > port
