"""The whole of Tertulia as processes on free ports, with a simulated provider in place of a paid one.

One a worker, started when a test first asks; every folder's tests have it, by `tests/conftest.py`. A test that kills a
part leaves it to come back by itself.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bench.processes import simulated_provider
from tests.local.launching import Tertulia, make_home


@dataclass
class SimulatedProvider:
    """`base_url` is what Tertulia is told; the rest speaks to its control paths (`/_sim/…`)."""

    base_url: str

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.base_url.removesuffix('/v1')}/_sim/{path}"
        return httpx2.request(method, url, json=body, timeout=10).raise_for_status().json()

    def next(self, *behaviours: dict[str, Any]) -> None:
        """How the next requests are answered, one after the other."""
        self.control("POST", "script", {"next": list(behaviours)})

    def always(self, **behaviour: Any) -> None:
        self.control("POST", "script", {"default": behaviour})

    def forget(self) -> None:
        """Plain answers again, and an empty log."""
        self.control("DELETE", "script")
        self.control("DELETE", "log")

    def log(self) -> list[dict[str, Any]]:
        """Its own book of what it was asked and what it emitted."""
        entries: list[dict[str, Any]] = self.control("GET", "log")["entries"]
        return entries


@dataclass
class Stack:
    """`url` is the public address, `kill` takes a component's name: `chat`, `orchestrator`, `envoy`, `postgres`, …"""

    tertulia: Tertulia
    provider: SimulatedProvider

    @property
    def url(self) -> str:
        return self.tertulia.url

    @property
    def home(self) -> Path:
        return self.tertulia.home.path

    def lines_of(self, request_id: str) -> list[str]:
        """What every part has written about a request, each line with its part's name."""
        return [
            f"{log.stem}: {line}"
            for log in sorted(self.tertulia.home.logs.glob("*.log*"))
            for line in log.read_text(errors="replace").splitlines()
            if request_id in line
        ]

    def kill(self, component: str) -> int:
        return self.tertulia.kill(component)

    def is_ready(self) -> bool:
        return self.tertulia.is_ready()


@pytest.fixture(scope="session")
def provider() -> Iterator[SimulatedProvider]:
    with simulated_provider("--key", "sk-simulated") as (base_url, _):
        yield SimulatedProvider(base_url)


@pytest.fixture(scope="session")
def stack(provider: SimulatedProvider) -> Iterator[Stack]:
    directory = Path(tempfile.mkdtemp(prefix="tertulia-journey-"))
    directory.chmod(0o755)
    environ = {"OPENAI_API_KEY": "sk-simulated", "OPENAI_BASE_URL": provider.base_url}
    tertulia = Tertulia(make_home(directory), environ=environ)
    try:
        yield Stack(tertulia.wait_until_ready(), provider)
    finally:
        tertulia.stop()
        shutil.rmtree(directory, ignore_errors=True)
