"""A beat that all fast streams of a process share: who waits for it is woken together with everybody else.

To be woken costs more than most of what is then done; two hundred streams that each kept their own time would be two
hundred wake-ups where one is enough. Nothing runs while nobody waits.
"""

import asyncio


class Frames:
    """``seconds`` from one beat to the next."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._next: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def next(self) -> None:
        """Until the next beat: so long at most."""
        loop = asyncio.get_running_loop()
        if self._next is None or self._loop is not loop:
            self._loop, self._next = loop, asyncio.Event()
            loop.call_at((loop.time() // self.seconds + 1) * self.seconds, self._ring, self._next)
        await self._next.wait()

    def _ring(self, beat: asyncio.Event) -> None:
        if self._next is beat:
            self._next = None
        beat.set()
