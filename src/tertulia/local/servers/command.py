"""What it takes to start a server: its command line, environment and user, and where its binary lies.

A binary comes from its package, or from PATH where the package is missing, so that a system's own build can stand in.
"""

import importlib.util
import os
import shutil
import signal
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tertulia.local.errors import LocalError


@dataclass(frozen=True)
class Command:
    argv: tuple[str, ...]
    env: Mapping[str, str]
    user: int | None = None
    """Run as this user and group; None for one's own."""
    cwd: str = "/"


class Server(Protocol):
    """A server that can be started again and again on one data directory."""

    name: str
    stop_signal: signal.Signals

    def prepare(self) -> None:
        """Makes data directory and configuration; harmless when they exist."""

    def command(self) -> Command: ...

    def is_ready(self) -> bool:
        """Asks once, waiting at most a fraction of a second."""


@dataclass(frozen=True)
class Login:
    """A name and password that a server knows."""

    user: str
    password: str = field(repr=False)


def bare_environment() -> dict[str, str]:
    """What a server may see of our environment: no provider key and no secret is in it."""
    kept = ("PATH", "HOME", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def packaged_binary(package: str, path: str) -> Path:
    """A binary inside an installed package (not imported), else the one of that name on PATH.

    Raises LocalError when there is neither.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for found in sorted(Path(folder).glob(path)):
            return runnable(found)
    return system_binary(Path(path).name)


def script_binary(name: str) -> Path:
    """A binary that its package put beside the interpreter, else the one on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / name
    return runnable(beside) if beside.exists() else system_binary(name)


def system_binary(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise LocalError(f"{name} is not installed: run `make up`, which installs it with the other packages")
    return Path(found)


def runnable(binary: Path) -> Path:
    if not os.access(binary, os.X_OK):
        raise LocalError(f"{binary} may not be run: allow it with `chmod +x {binary}` (is its disk mounted noexec?)")
    return binary
