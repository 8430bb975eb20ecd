"""Real Postgres, Valkey and NATS for every test that asks: one of each a worker, started on first use.

The processes belong to a household, whose warden ends them even when the test run is killed. Faults are injected
through the handles: `kill()` (SIGKILL), `stop()`, `start()`, `pause()` and `resume()`; a test that uses them leaves
the server running.
"""

import contextlib
import itertools
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import psycopg
import pytest
import structlog

from tertulia.local import databases, ports
from tertulia.local.credentials import ServiceDatabase
from tertulia.local.processes import Household, signal_process
from tertulia.local.servers.command import Login, Server
from tertulia.local.servers.nats import Nats
from tertulia.local.servers.postgres import Postgres
from tertulia.local.servers.valkey import Valkey
from tests.stack import provider, stack  # noqa: F401 - fixtures of every folder

LOGIN = Login("test", "test")
START_S = 30


class ServerHandle:
    """A running server of this worker, on a port that stays the same over its restarts."""

    def __init__(self, server: Server, household: Household, log: Path) -> None:
        self.server = server
        self.log = log
        self._household = household
        self._process: subprocess.Popen[bytes] | None = None
        server.prepare()
        self.start()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns when it answers."""
        deadline = time.monotonic() + START_S
        while not self.server.is_ready():
            if self._process is None or self._process.poll() is not None:
                # Postgres refuses while a backend of the killed one is still leaving: it is started again.
                self._forget()
                self._process = self._household.start(
                    self.server.command(), self.log, stop_signal=self.server.stop_signal
                )
            if time.monotonic() > deadline:
                pytest.fail(f"{self.server.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.02)

    def stop(self) -> None:
        self._end(self.server.stop_signal)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Alive and silent, as a machine that hangs."""
        assert self._process is not None
        signal_process(self._process, signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        signal_process(self._process, signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            signal_process(self._process, number)
            self._process.wait(timeout=START_S)
            self._forget()

    def _forget(self) -> None:
        if self._process is not None:
            self._household.forget(self._process.pid)
            self._process = None


class PostgresHandle(ServerHandle):
    server: Postgres
    _numbers = itertools.count(1)

    def url(self, database: str = "postgres", user: Login | None = None) -> str:
        """A URL to a database, of the superuser unless another login is named."""
        return self.server.url(database, user or self.server.superuser)

    def create_service_database(self, service: str) -> tuple[str, str]:
        """A new, empty database as a service has it; (owner's URL, app's URL). Each call makes another one."""
        number = next(self._numbers)
        made = ServiceDatabase(
            f"{service}_db_{number}", Login(f"{service}_owner", "owner"), Login(f"{service}_app", "app")
        )
        databases.make(made, server_url=self.url(), database_url=self.url(made.name))
        return self.url(made.name, made.owner), self.url(made.name, made.app)

    def drop_database(self, url: str) -> None:
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with psycopg.connect(self.url(), autocommit=True) as server:
            server.execute(
                psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(str(name)))
            )


class ValkeyHandle(ServerHandle):
    server: Valkey

    @property
    def url(self) -> str:
        return self.server.url(LOGIN)


class NatsHandle(ServerHandle):
    server: Nats

    @property
    def url(self) -> str:
        return self.server.url(LOGIN)


class Servers:
    def __init__(self, directory: Path, household: Household) -> None:
        self.directory = directory
        self.household = household

    def close(self) -> None:
        for started in vars(self).values():
            if isinstance(started, ServerHandle):
                started.kill()
        self.household.close()

    @cached_property
    def postgres(self) -> PostgresHandle:
        # No fsync: the page cache outlives a killed process, and no test cuts the power.
        server = Postgres(self.directory / "postgres", ports.any_free(), "postgres", {"fsync": "off"})
        return PostgresHandle(server, self.household, self.directory / "postgres.log")

    @cached_property
    def valkey(self) -> ValkeyHandle:
        server = Valkey(self.directory / "valkey", ports.any_free(), [LOGIN])
        return ValkeyHandle(server, self.household, self.directory / "valkey.log")

    @cached_property
    def nats(self) -> NatsHandle:
        server = Nats(self.directory / "nats", ports.any_free(), [LOGIN], sync="10s")
        return NatsHandle(server, self.household, self.directory / "nats.log")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    directory = Path(tempfile.mkdtemp(prefix="tertulia-test-"))
    directory.chmod(0o755)  # Postgres runs as nobody when the tests run as root
    started = Servers(directory, Household())
    try:
        yield started
    finally:
        started.close()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A service that a test starts configures logging for the process: the next test must not inherit it."""
    configure = structlog.configure
    monkeypatch.setattr(
        structlog, "configure", lambda **given: configure(**given | {"cache_logger_on_first_use": False})
    )
    yield
    structlog.reset_defaults()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses real stores is an integration test, whoever uses the whole stack a journey, without saying so."""
    for item in items:
        used = getattr(item, "fixturenames", ())
        if "stack" in used:
            item.add_marker(pytest.mark.journey)
        elif "servers" in used:
            item.add_marker(pytest.mark.integration)
