"""Ends every process of a supervisor that died without a word (kill -9), so that none outlives it.

A script of its own, run by a bare interpreter in a session of its own. It holds the read ends of two pipes: the
supervisor alone keeps ALIVE open, and whoever starts a process writes a line to ROLL: `+PID SIGNAL` or `-PID`. When
ALIVE ends, it asks each process group to stop (with its signal), then kills. A process writes its own line before
it runs anything else and holds ROLL open until then, so that the end of ROLL proves that none was missed.
"""

import contextlib
import os
import select
import signal
import sys
import time

PATIENCE_S = 5.0
POLL_S = 0.02


class Roll:
    """The living processes, as far as the lines read say; each leads a session, and so a process group."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.open = True
        self.stop_signals: dict[int, int] = {}
        self._rest = b""

    def read(self) -> None:
        data = os.read(self.descriptor, 65536)
        self.open = bool(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            pid, _, stop = line[1:].partition(b" ")
            if line.startswith(b"+"):
                self.stop_signals[int(pid)] = int(stop)
            else:
                self.stop_signals.pop(int(pid), None)

    def living(self) -> list[int]:
        self.stop_signals = {pid: stop for pid, stop in self.stop_signals.items() if leads_session(pid)}
        return list(self.stop_signals)


def leads_session(pid: int) -> bool:
    """Tells a registered process from a later one that was given its number."""
    try:
        return os.getsid(pid) == pid and not is_zombie(pid)
    except ProcessLookupError:
        return False


def is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - a bare interpreter loads nothing it can do without
            return file.read().rpartition(b")")[2].split()[0] == b"Z"
    except OSError:
        return False


def signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_all(roll: Roll) -> None:
    """Stops politely, then kills; goes on until no process is left and none can be registered any more."""
    asked: set[int] = set()
    deadline = time.monotonic() + PATIENCE_S
    while roll.open or roll.living():
        for pid in roll.living():
            if time.monotonic() >= deadline:
                signal_group(pid, signal.SIGKILL)
            elif pid not in asked:
                asked.add(pid)
                signal_group(pid, signal.SIGCONT)  # a stopped process hears nothing else
                signal_group(pid, roll.stop_signals[pid])
        ready, _, _ = select.select([roll.descriptor] if roll.open else [], [], [], POLL_S)
        if ready:
            roll.read()


def main(alive: int, roll: Roll) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([alive, roll.descriptor] if roll.open else [alive], [], [])
        if roll.descriptor in ready:
            roll.read()
        elif alive in ready:
            break
    end_all(roll)


if __name__ == "__main__":
    main(int(sys.argv[1]), Roll(int(sys.argv[2])))
