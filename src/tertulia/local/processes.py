"""Starting a process so that it surely ends: in its own session, its output in a log file, known to the warden.

`Household` is the set of processes that one supervisor (or one test run) started; when it is gone, by whatever death,
its warden ends them all. What runs when, and what is started again, is decided elsewhere.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from tertulia.local import warden
from tertulia.local.servers.command import Command

# The process enrols itself before it becomes what it is to be: dying between the two, we leave nothing unknown.
ENROL_AND_RUN = 'printf "+%d %d\\n" $$ "$1" >&0; shift; exec "$@" </dev/null'


class Household:
    def __init__(self, *, keep_open: tuple[int, ...] = ()) -> None:
        """`keep_open` are descriptors that the warden holds as well, such as that of a lock."""
        self._alive_read, self._alive = os.pipe()
        self._roll_read, self.roll = os.pipe()
        self._keep_open = keep_open
        self._stop_signals: dict[int, int] = {}
        self.warden = self._start_warden()

    def start(
        self,
        command: Command,
        log: Path,
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        output: int | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        """Starts a command; what it writes is appended to the log, unless `output` takes its standard output."""
        with log.open("ab") as appended:
            process = subprocess.Popen(
                ("/bin/sh", "-c", ENROL_AND_RUN, "sh", str(int(stop_signal)), *command.argv),
                env=command.env,
                cwd=command.cwd,
                user=command.user,
                group=command.user,
                extra_groups=None if command.user is None else [],
                stdin=self.roll,
                stdout=appended if output is None else output,
                stderr=appended,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        self.adopt(process.pid, stop_signal)
        return process

    def adopt(self, pid: int, stop_signal: signal.Signals) -> None:
        """Enrols a process; it has done so itself too, unless it was stopped before it could."""
        self._stop_signals[pid] = stop_signal
        os.write(self.roll, b"+%d %d\n" % (pid, stop_signal))

    def forget(self, pid: int) -> None:
        """To be called when a process has ended."""
        if self._stop_signals.pop(pid, None) is not None:
            os.write(self.roll, b"-%d\n" % pid)

    def replace_warden(self) -> None:
        """Starts another warden, after the death of the last, and tells it of all processes."""
        self.warden = self._start_warden()
        for pid, stop in self._stop_signals.items():
            os.write(self.roll, b"+%d %d\n" % (pid, stop))

    def close(self) -> None:
        """Lets the warden end what is left, and waits for it."""
        for descriptor in (self._alive, self.roll):
            os.close(descriptor)
        self.warden.wait()
        for descriptor in (self._alive_read, self._roll_read):
            os.close(descriptor)

    def _start_warden(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", warden.__file__, str(self._alive_read), str(self._roll_read)],
            pass_fds=(self._alive_read, self._roll_read, *self._keep_open),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )


def signal_process(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signals a process and its group, if it still lives."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
