"""Asks a process over HTTP whether it is ready. Anything but an answer within its time counts as no."""

import asyncio
import contextlib

LOOPBACK = "127.0.0.1"
PATIENCE_S = 1.0


async def status(port: int, path: str, host: str = LOOPBACK) -> int | None:
    """The status that a GET is answered with."""
    with contextlib.suppress(OSError, TimeoutError, ValueError, IndexError):
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
                return int((await reader.readline()).split()[1])
            finally:
                writer.close()
    return None
