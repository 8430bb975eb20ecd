"""`tertulia up` as a person starts it, with the handles that a test needs: where it is, what it said, whom to kill."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path

import httpx2
import psutil

from tertulia.local import ports
from tertulia.local.home import Home
from tertulia.local.processes import Household

ROOT = Path(__file__).parents[2]
MODELS = ROOT / ".tertulia" / "models"
"""Models that were fetched before are used again; the embedding model is fetched where there is none."""
START_S = 90.0
STOP_S = 40.0
BYTECODE = Path(tempfile.gettempdir()) / f"tertulia-bytecode-{os.getuid()}"
"""Shared by all homes that tests make: a fresh home would compile everything anew."""


def make_home(directory: Path) -> Path:
    """A home that has the models already."""
    home = directory / "home"
    home.mkdir(mode=0o755)
    MODELS.mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(MODELS)
    return home


class Tertulia:
    """One run of `tertulia up`, which ends with whoever started it, also when that one is killed.

    The port stays the same for all runs on one home that are given it.
    """

    def __init__(
        self,
        home: Path,
        *arguments: str,
        port: int | None = None,
        environ: Mapping[str, str] | None = None,
        command: tuple[str, ...] = (sys.executable, "-m", "tertulia.cli"),
        user: int | None = None,
    ) -> None:
        self.home = Home(home)
        self.port = port or ports.any_free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        own = {
            "TERTULIA_HOME": str(home),
            "TERTULIA_PORT": str(self.port),
            "TERTULIA_LOCAL_MODEL": "off",
            "TERTULIA_PUBLIC_URL": self.url,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("TERTULIA_", "OPENAI_"))}
        if user is None:
            own["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
        self.process = subprocess.Popen(
            (*command, "up", *arguments),
            env=inherited | own | dict(environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        self._household = Household()
        self._household.adopt(self.process.pid, signal.SIGINT)
        self._over = contextlib.ExitStack()
        self._over.callback(self._household.close)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_until_ready(self) -> "Tertulia":
        deadline = time.monotonic() + START_S
        while True:
            try:
                line = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"not ready within {START_S:.0f} s:\n{self.output}") from None
            if line is None:
                raise AssertionError(f"ended with {self.process.wait()} before it was ready:\n{self.output}")
            if "Tertulia is ready" in line:
                return self

    def is_ready(self) -> bool:
        with contextlib.suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.url}/readyz", timeout=2).status_code == HTTPStatus.OK
        return False

    def pid(self, component: str) -> int:
        return self.home.processes()[component]

    def kill(self, component: str) -> int:
        """SIGKILL to a component (`postgres`, `chat`, `orchestrator 2`, …); returns the process's number."""
        pid = self.pid(component)
        os.kill(pid, signal.SIGKILL)
        return pid

    def processes(self) -> list[psutil.Process]:
        """The supervisor and everything that descends from it."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def stop(self) -> int:
        """As Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(STOP_S)
        self._reading.join(STOP_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._over.close()
        return code

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)
            self._said.put(line)
        self._said.put(None)


def alive(processes: list[psutil.Process]) -> list[str]:
    """Those that still run (a zombie does not), for a message that names them."""
    left = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                left.append(f"{process.pid} {process.name()}")
    return left


def eventually(condition: Callable[[], bool], what: str, within: float = 30.0) -> None:
    """Looks until a condition holds."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what}")
        pause.wait(0.05)
