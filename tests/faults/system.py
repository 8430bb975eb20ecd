"""The whole of Tertulia under test: `tertulia up --replicas 2` on free ports, to be broken and then read.

Reading the tables is book C: with the superuser's password from the home's secrets, past row-level security.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import httpx2
import psutil
import psycopg

from tertulia.orchestrator.service.records import opened
from tertulia.platform.envelopes import MasterKeys
from tests.faults.books import Emission, Generated, Kept
from tests.faults.proxy import Proxy
from tests.local.launching import Tertulia
from tests.simulated import KEY, Simulated, simulated_with

ROOT = Path(__file__).parents[2]
MODELS = ROOT / ".tertulia" / "models"
BACK_WITHIN_S = 60.0
PATIENT = {"TERTULIA_ORCHESTRATOR_FIRST_TOKEN": "18s", "TERTULIA_ORCHESTRATOR_BETWEEN_TOKENS": "18s"}
"""How long a provider may be silent: long enough for a ping to be due, short enough for a test."""


class Deaf:
    """A telemetry collector that takes connections and never answers."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()


class System:
    """``narrow``: pools of three database connections, proxies before the stores, and a deaf telemetry collector."""

    def __init__(self, provider: Simulated, *, narrow: bool = False) -> None:
        self.provider = provider
        self.narrow = narrow
        self.home = Path(tempfile.mkdtemp(prefix="tertulia-faults-"))
        self.home.chmod(0o755)  # Postgres runs as nobody where the tests run as root
        MODELS.mkdir(parents=True, exist_ok=True)
        (self.home / "models").symlink_to(MODELS)
        self.proxies: dict[str, Proxy] = {}
        self.deaf = Deaf() if narrow else None
        if narrow:
            environ = {**PATIENT, **self._through_proxies(), **self._continuing()}
        else:
            environ = {**PATIENT, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": provider.base_url}
        self.tertulia = self._started(environ)

    def _started(self, environ: Mapping[str, str]) -> Tertulia:
        """Another Tertulia that starts at this moment may take a port that was found free: then once more."""
        for tries_left in (2, 1, 0):
            tertulia = Tertulia(self.home, "--replicas", "2", environ=environ)
            try:
                return tertulia.wait_until_ready()
            except AssertionError:
                tertulia.stop()
                if not tries_left:
                    raise
        raise AssertionError("not reached")

    @property
    def url(self) -> str:
        return self.tertulia.url

    def close(self) -> None:
        self.tertulia.stop()
        for proxy in self.proxies.values():
            proxy.close()
        if self.deaf is not None:
            self.deaf.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def _through_proxies(self) -> dict[str, str]:
        """Chat and orchestrator reach Postgres, all services Valkey, through proxies. The passwords are made before
        the start, as it would make them.
        """
        logins = {"valkey": ("gateway", "auth", "chat", "orchestrator")}
        words = {f"valkey/{service}": f"pw-{service}" for service in logins["valkey"]}
        (self.home / "secrets").mkdir(mode=0o700)
        (self.home / "secrets" / "passwords.json").write_text(json.dumps(words))
        self.proxies = {
            "chat": Proxy(lambda: self.port("postgres")),
            "orchestrator": Proxy(lambda: self.port("postgres")),
            "valkey": Proxy(lambda: self.port("valkey")),
        }
        environ = {"TERTULIA_CHAT_POOL_SIZE": "3"}
        for service in ("chat", "orchestrator"):
            for name, role in (("DATABASE", "app"), ("MIGRATION", "owner")):
                at = f"127.0.0.1:{self.proxies[service].port}/{service}_db"
                environ[f"TERTULIA_{name}_URL_{service.upper()}"] = f"postgresql://{service}_{role}:pw-{role}@{at}"
        for service in logins["valkey"]:
            at = f"127.0.0.1:{self.proxies['valkey'].port}/0"
            environ[f"TERTULIA_VALKEY_URL_{service.upper()}"] = f"redis://{service}:pw-{service}@{at}"
        assert self.deaf is not None
        return environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": self.deaf.url}

    def _continuing(self) -> dict[str, str]:
        """The same provider, named in a file as one that goes on with an answer that a request ends with."""
        file = self.home / "providers.toml"
        file.write_text(
            f'[[provider]]\nname = "continuing"\nbase_url = "{self.provider.base_url}"\n'
            f'api_keys = ["{KEY}"]\ncontinues = true\n'
            '[[provider.model]]\nname = "sim-fast"\nfree = true\n'
        )
        return {"TERTULIA_PROVIDERS": str(file)}

    def emissions(self) -> list[Emission]:
        """Book A."""
        return [Emission.of(entry) for entry in self.provider.log()]

    def port(self, server: str) -> int:
        names = {"postgres": ("tertulia.conf", r"^port = (\d+)"), "valkey": ("valkey.conf", r"^port (\d+)")}
        file, pattern = names[server]
        found = re.search(pattern, (self.home / server / file).read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1])

    # faults
    def pid(self, component: str) -> int:
        return self.tertulia.pid(component)

    def signal(self, component: str, number: signal.Signals) -> int:
        pid = self.pid(component)
        os.kill(pid, number)
        return pid

    def kill(self, component: str) -> int:
        return self.signal(component, signal.SIGKILL)

    def replicas(self, service: str) -> list[str]:
        return [name for name in self.tertulia.home.processes() if name.partition(" ")[0] == service]

    def ports(self, service: str) -> list[int]:
        """Where its replicas listen."""
        found = []
        for name in self.replicas(service):
            sockets = psutil.Process(self.pid(name)).net_connections("tcp")
            found += [one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN]
        return found

    def empty_valkey(self) -> None:
        """Kills it, and takes its file away first: it comes back with nothing. A login that may flush is added."""
        shutil.rmtree(self.home / "valkey" / "appendonlydir", ignore_errors=True)
        acl = self.home / "valkey" / "users.acl"
        if "user faults " not in acl.read_text():
            with acl.open("a") as file:
                file.write("user faults on >faults ~* &* +@all\n")
        self.kill("valkey")

    def flush_valkey(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port("valkey")), timeout=5) as connection:
            connection.sendall(b"AUTH faults faults\r\nFLUSHALL SYNC\r\n")
            said = b""
            while said.count(b"\r\n") < 2:
                said += connection.recv(100)
            if said != b"+OK\r\n+OK\r\n":
                raise AssertionError(f"not flushed: {said!r}")

    # book C
    def connect(self, service: str, *, autocommit: bool = True) -> psycopg.Connection:
        passwords = json.loads((self.home / "secrets" / "passwords.json").read_text())
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port("postgres"),
            dbname=f"{service}_db",
            user="postgres",
            password=passwords["postgres"],
            autocommit=autocommit,
            connect_timeout=5,
        )

    def rows(self, service: str, query: LiteralString, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.connect(service) as connection:
            return connection.execute(query, values or None).fetchall()

    def kept(self, conversations: Sequence[str]) -> list[Kept]:
        query: LiteralString = """
            SELECT id::text, conversation_id::text, parent_id::text, workspace_id::text, role, status,
                   coalesce((SELECT string_agg(part->>'text', '') FROM jsonb_array_elements(parts) part), ''),
                   generation_id::text, usage
            FROM message WHERE conversation_id = ANY(%s::uuid[])"""
        return [Kept(*row) for row in self.rows("chat", query, [list(conversations)])]

    def generated(self, conversations: Sequence[str]) -> list[Generated]:
        query: LiteralString = """
            SELECT id::text, answer_id::text, status, epoch, said, usage_estimated,
                   (SELECT count(*) FROM outbox o WHERE o.subject = 'event.orchestrator.generation_finished.v1'
                    AND (o.body::jsonb->>'generation_id')::uuid = g.id),
                   workspace_id, master_key_id, wrapped
            FROM generation g LEFT JOIN workspace_key USING (workspace_id)
            WHERE kind = 'chat' AND conversation_id = ANY(%s::uuid[])"""
        master = MasterKeys([(self.home / "secrets" / "orchestrator-master-key").read_text().strip()])

        def text(generation: str, said: bytes | None, workspace: UUID, wrapping: tuple[str, bytes]) -> str:
            return opened(master.unwrap(*wrapping, str(workspace)), UUID(generation), said).text if said else ""

        return [
            Generated(*(*row[:4], text(row[0], row[4], row[7], row[8:]), *row[5:7]))
            for row in self.rows("orchestrator", query, [list(conversations)])
        ]

    def running(self) -> int:
        """Answers and generations that have no end yet."""
        chat = self.rows("chat", "SELECT count(*) FROM message WHERE status = 'generating'")[0][0]
        generating = self.rows("orchestrator", "SELECT count(*) FROM generation WHERE status = 'running'")[0][0]
        return int(chat) + int(generating)

    # healing
    def is_whole(self) -> bool:
        """Every component answers, and Envoy's summary says so."""
        return self.tertulia.is_ready() and all(_lives(pid) for pid in self.tertulia.home.processes().values())

    async def healed(self, within: float = BACK_WITHIN_S) -> float:
        return await waited(self.is_whole, "the system is whole again", within)

    async def drained(self, within: float = BACK_WITHIN_S) -> float:
        return await waited(lambda: self.running() == 0, "every answer has its end", within)

    def said(self, component: str, event: str) -> int:
        """How often a component's log has an event. For figures only, never for a judgement."""
        path = self.tertulia.home.log(component)
        return path.read_text(errors="replace").count(f'"{event}"') if path.exists() else 0


class NotSo(AssertionError):
    """A condition that did not come true in time."""


async def waited(look: Any, what: str, within: float) -> float:
    """Looks in a thread until a condition holds; how long that took."""
    begun = time.monotonic()
    while not await asyncio.to_thread(_quietly, look):
        if time.monotonic() - begun > within:
            raise NotSo(f"I8 not within {within:.0f} s: {what}")
        await asyncio.sleep(0.1)
    return time.monotonic() - begun


def _quietly(look: Any) -> bool:
    try:
        return bool(look())
    except (OSError, psycopg.Error, httpx2.HTTPError, KeyError):
        return False


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state not in (b"Z", b"T")


class Laboratory:
    """The provider and the two systems, each started when a row first asks, on whatever loop that row runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = ExitStack()
        self._provider: Simulated | None = None
        self._systems: dict[bool, System] = {}

    def system(self, *, narrow: bool = False) -> System:
        with self._lock:
            if self._provider is None:
                self._provider = self._started.enter_context(simulated_with(KEY))
            if narrow not in self._systems:
                for other in self._systems.values():  # two cores: one at a time
                    other.close()
                self._systems = {narrow: System(self._provider, narrow=narrow)}
            return self._systems[narrow]

    def close(self) -> None:
        for system in self._systems.values():
            system.close()
        self._started.close()
