"""Finding ports on loopback.

A port that is found may be lost again before it is used: whoever starts a server on it looks again when the server
does not come up.
"""

import errno
import random
import socket
from collections.abc import Iterable

_BELOW_EPHEMERAL = range(10_000, 32_768)
"""The kernel takes ports from 32768 on for connections that go out, and would take a found one before its server."""

_given: set[int] = set()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def next_free(preferred: int, taken: Iterable[int] = ()) -> int:
    """The preferred port, or the next after it that is neither in use nor already given away."""
    given = set(taken)
    return next(port for port in range(preferred, 65536) if port not in given and is_free(port))


def any_free() -> int:
    """A port at random that no connection takes by itself, and never one that this process was given before.

    Two listeners of one Envoy on the same port start without a word and share its connections.
    """
    choice = random.SystemRandom()
    tried = choice.sample(_BELOW_EPHEMERAL, len(_BELOW_EPHEMERAL))
    port = next(port for port in tried if port not in _given and is_free(port))
    _given.add(port)
    return port
