"""A beat that all fast streams of a process share: what waits for it is called together with everything else.

A timer and a turn of the event loop cost more than most of what is then done; two hundred streams that each kept their
own time would be two hundred of them where one is enough. Nothing runs while nobody waits.
"""

import asyncio
from collections.abc import Callable


class Frames:
    """``seconds`` from one beat to the next."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waiting: list[Callable[[], object]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def at_next(self, call: Callable[[], object]) -> None:
        """Calls at the next beat, which comes within ``seconds``; ``call`` raises nothing."""
        loop = asyncio.get_running_loop()
        if not self._waiting or self._loop is not loop:
            self._loop, self._waiting = loop, []
            loop.call_at((loop.time() // self.seconds + 1) * self.seconds, self._ring, self._waiting)
        self._waiting.append(call)

    def _ring(self, waiting: list[Callable[[], object]]) -> None:
        if self._waiting is waiting:
            self._waiting = []
        for call in waiting:
            call()
