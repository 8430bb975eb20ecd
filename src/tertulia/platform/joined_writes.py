"""A transport whose writes of one turn of the event loop leave together: a system call costs more than a small write.

Nothing is held longer than that turn, nor more than ``_MOST`` bytes, so that flow control works as before.
"""

import asyncio
from typing import Any

_MOST = 64 * 1024


class JoinedWrites:
    """Stands in for a transport towards who writes; all that is not about writing is the transport's own."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._pieces: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._pieces:
            self._loop.call_soon(self.flush)
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        pieces, self._pieces, self._size = self._pieces, [], 0
        if pieces and not self._transport.is_closing():
            self._transport.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def close(self) -> None:
        self.flush()
        self._transport.close()
