"""The data directory of the one-machine mode: what lies where in it, and that only one Tertulia uses it at a time."""

import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tertulia.local.errors import LocalError

KEPT_BY_RESET = {"models", "bytecode", "lock"}
ROOM_NEEDED = 300 * 2**20
WARDEN_WAIT = timedelta(seconds=30)


@dataclass(frozen=True)
class Home:
    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def envoy(self) -> Path:
        return self.path / "envoy"

    def server(self, name: str) -> Path:
        return self.path / name

    def log(self, component: str) -> Path:
        return self.logs / f"{component.replace(' ', '-')}.log"

    def prepare(self) -> None:
        """Makes the directories. Root's home stays open to the user that Postgres runs as; all in it is closed."""
        try:
            self.path.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            for folder in (self.logs, self.secrets, self.envoy):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LocalError(
                f"{self.path} cannot be used: {error.strerror}; set TERTULIA_HOME to a directory you may write to"
            ) from error
        self._check_access()
        free = free_space(self.path)
        if free < ROOM_NEEDED:
            raise LocalError(
                f"the disk of {self.path} is full ({free >> 20} MB left, {ROOM_NEEDED >> 20} MB needed): "
                "free some space, or set TERTULIA_HOME to a directory on another disk"
            )

    def clear(self) -> None:
        """Deletes all data; the models, which anyone may download again, stay."""
        for entry in self.path.iterdir() if self.path.exists() else ():
            if entry.name in KEPT_BY_RESET:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Holds the home for this process; gives the lock's descriptor, which the warden is to hold as well.

        So the home stays locked until the warden of a killed supervisor has ended its last process.
        Raises LocalError, with the other's process id, when a Tertulia runs here.
        """
        self.path.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._acquire(descriptor)
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
            yield descriptor
        finally:
            os.close(descriptor)

    def _acquire(self, descriptor: int) -> None:
        deadline = time.monotonic() + WARDEN_WAIT.total_seconds()
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
            else:
                return
            if holder := self.holder():
                raise LocalError(
                    f"a Tertulia already runs on {self.path} (process {holder}): "
                    "stop it with Ctrl-C there, or set another TERTULIA_HOME and TERTULIA_PORT"
                )
            if time.monotonic() > deadline:
                raise LocalError(
                    f"processes of an earlier Tertulia still run on {self.path}: end them, then start again"
                )
            time.sleep(0.05)  # a lock that is waited for could not be given up in time: between two tries

    def note_processes(self, processes: Mapping[str, int]) -> None:
        """Leaves word of which process is which component, for whoever looks from outside."""
        beside = self.path / ".processes.json"
        beside.write_text(json.dumps(dict(processes), indent=1))
        beside.replace(self.path / "processes.json")

    def processes(self) -> dict[str, int]:
        try:
            noted: dict[str, int] = json.loads((self.path / "processes.json").read_text())
        except (OSError, ValueError):
            return {}
        return noted

    def holder(self) -> int | None:
        """The process that holds the home, if one does; asked also while it is us who wait for it."""
        try:
            with (self.path / "lock").open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pid = int(file.read())
                    return pid if _runs(pid) else None
        except (OSError, ValueError):
            pass
        return None

    def _check_access(self) -> None:
        for entry in (self.path, self.logs, self.secrets, self.envoy):
            if not os.access(entry, os.R_OK | os.W_OK | os.X_OK):
                raise LocalError(
                    f"{entry} belongs to another user: start as that user, or set TERTULIA_HOME to another directory"
                )


def free_space(path: Path) -> int:
    """Bytes that the disk has left for us."""
    return shutil.disk_usage(path).free


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return True
    return state != b"Z"
