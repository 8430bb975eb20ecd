"""Writes of one turn of the loop leave together, in order, bounded, and none is lost when the connection is closed."""

import asyncio
from typing import Any

from tertulia.platform.joined_writes import JoinedWrites


class Kept:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        return f"the transport's {name}"


def joined() -> tuple[Kept, Any]:
    kept = Kept()
    return kept, JoinedWrites(kept)  # type: ignore[arg-type]  # it has what is used of a transport


async def test_what_is_written_in_one_turn_is_one_write() -> None:
    """In order; the next turn's is another."""
    kept, transport = joined()
    transport.write(b"head ")
    transport.write(b"body")
    assert kept.written == []
    await asyncio.sleep(0)
    assert kept.written == [b"head body"]
    transport.write(b"more")
    await asyncio.sleep(0)
    assert kept.written == [b"head body", b"more"]


async def test_much_is_not_held() -> None:
    """A writer that never lets the loop turn is slowed down by the transport, not kept in memory."""
    kept, transport = joined()
    for _ in range(10):
        transport.write(b"x" * 20_000)
    assert sum(map(len, kept.written)) > 130_000


async def test_closing_loses_nothing_and_writes_nothing_more() -> None:
    """What was written goes before the end; a flush that comes later finds nothing. The rest is the transport's own."""
    kept, transport = joined()
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)
    assert (kept.written, kept.closed) == ([b"last words"], True)
    transport.write(b"too late")
    await asyncio.sleep(0)
    assert kept.written == [b"last words"]
    assert transport.get_extra_info("peername") == "the transport's peername"
