"""One fact that many may wait for, told by a call: cheaper than a task for each that waits."""

from collections.abc import Callable


class Bell:
    """Tells those who asked, once, that it has come to pass; who asks later is told at once."""

    def __init__(self) -> None:
        self._asked: set[Callable[[], object]] = set()
        self.rung = False

    def add(self, tell: Callable[[], object]) -> None:
        self._asked.add(tell)
        if self.rung:
            tell()

    def discard(self, tell: Callable[[], object]) -> None:
        self._asked.discard(tell)

    def ring(self) -> None:
        self.rung = True
        for tell in list(self._asked):
            tell()
