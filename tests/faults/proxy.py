"""A TCP proxy that can fall silent or slow, between a service and a store: it never says that something is wrong.

It runs in a thread with a loop of its own, so that it works on whatever the row's own loop does. The store's port is
asked for at each connection: a store may come back on another.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

_PIECE = 65536


class Proxy:
    """``port`` is where it listens. Silence and delay hold for the pieces that arrive while they are set."""

    def __init__(self, target: Callable[[], int]) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._delay = 0.0
        self._held: set[asyncio.StreamWriter] = set()
        self._all_held = False
        self._open: set[asyncio.StreamWriter] = set()
        self._server = self._do(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.connections = 0

    @property
    def open(self) -> int:
        """Connections of clients that are open now."""
        return len(self._open)

    def half_open(self) -> int:
        """Those that are open now stay open and silent for ever, as behind a router that forgot them; how many."""
        self._held |= self._open
        return len(self._held)

    def silent(self, *, on: bool) -> None:
        """Everything: also who connects now hears nothing."""
        self._all_held = on

    def slow(self, seconds: float) -> None:
        """Each piece of an answer waits so long."""
        self._delay = seconds

    def heal(self) -> None:
        """What was half open breaks, as it does in the end; what comes now flows."""
        self._delay, self._all_held = 0.0, False
        self._loop.call_soon_threadsafe(self._break_held)

    def close(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _break_held(self) -> None:
        for writer in self._held & self._open:
            writer.transport.abort()
        self._held.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections += 1
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target())
        except OSError:
            writer.transport.abort()
            self._open.discard(writer)
            return
        try:
            ways = (self._carry(reader, back, writer, slow=False), self._carry(there, writer, writer, slow=True))
            flows = [asyncio.ensure_future(way) for way in ways]
            await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
            for flow in flows:
                flow.cancel()
            await asyncio.gather(*flows, return_exceptions=True)
        finally:
            self._open.discard(writer)
            writer.transport.abort()
            back.transport.abort()

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, client: asyncio.StreamWriter, *, slow: bool
    ) -> None:
        with suppress(OSError):
            while piece := await source.read(_PIECE):
                if slow and self._delay:
                    await asyncio.sleep(self._delay)
                while client in self._held or self._all_held:
                    await asyncio.sleep(0.05)
                sink.write(piece)
                await sink.drain()
