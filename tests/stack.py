"""The whole of Tertulia as processes on free ports, with a simulated provider in place of a paid one.

One a worker, started when a test first asks; every folder's tests have it, by `tests/conftest.py`. A test that kills a
part leaves it to come back by itself.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.local.launching import Tertulia, make_home
from tests.simulated import KEY, Simulated, simulated_with


@dataclass
class Stack:
    """`url` is the public address, `kill` takes a component's name: `chat`, `orchestrator`, `envoy`, `postgres`, …"""

    tertulia: Tertulia
    provider: Simulated

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
def provider() -> Iterator[Simulated]:
    with simulated_with(KEY) as made:
        yield made


@pytest.fixture(scope="session")
def stack(provider: Simulated) -> Iterator[Stack]:
    directory = Path(tempfile.mkdtemp(prefix="tertulia-journey-"))
    directory.chmod(0o755)
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.base_url}
    tertulia = Tertulia(make_home(directory), environ=environ)
    try:
        yield Stack(tertulia.wait_until_ready(), provider)
    finally:
        tertulia.stop()
        shutil.rmtree(directory, ignore_errors=True)
