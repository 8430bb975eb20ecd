"""The edge with stand-ins for the services behind: an auth that knows the credentials a test gives it, and echoes.

Envoy, gateway, Valkey and NATS are the real ones, as processes; a stand-in is a small HTTP server in a thread. Tests of
a rule alone use ``authoriser``, which runs the gateway's own code in the test.
"""

import asyncio
import contextlib
import itertools
import json
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey

from tertulia.contracts.auth import Access, ResolveCredential, ResolvedCredential, WorkspaceAccess
from tertulia.contracts.credentials import digest, new_api_key
from tertulia.contracts.tokens import AUDIENCE, AccessClaims, WorkspaceClaim, sign
from tertulia.gateway.authorise import Authoriser, Call, Policy
from tertulia.gateway.jwks import Jwks
from tertulia.gateway.principal import Principals
from tertulia.local import ports
from tertulia.local.processes import Household, signal_process
from tertulia.local.servers.command import Command, bare_environment, packaged_binary
from tertulia.platform.http import HttpClient, HttpFailure, InternalClient
from tertulia.platform.identity import IdentityIssuer
from tertulia.platform.ids import uuid7
from tertulia.platform.limits import Limits
from tertulia.platform.valkey import Valkey

PUBLIC_URL = "http://localhost:4000"
SERVER_ERROR = 503


@dataclass
class Person:
    """Somebody with a session, an access token and keys, in one workspace of their own."""

    user_id: UUID
    session_id: UUID
    session: str
    token: str
    seat: WorkspaceAccess
    headers: dict[str, str] = field(default_factory=dict)


class StandIn(ThreadingHTTPServer):
    """Every service behind the gateway, on one port. ``asked`` are the calls in order; ``away`` makes it say 503."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.away = False
        self.ready = True
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.streaming = threading.Event()
        self.key = OKPKey.generate_key("Ed25519", {"kid": "first", "use": "sig", "alg": "EdDSA"})
        self._credentials: dict[tuple[str, str], ResolvedCredential] = {}
        self._access: dict[UUID, Access] = {}
        self._numbers = itertools.count(1)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.gate.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def count(self, part: str) -> int:
        """How often a path with this part in it was asked for."""
        return sum(part in path for _, path, _ in self.asked)

    def person(self, role: str = "owner", plan: str = "pro") -> Person:
        """Somebody new who has signed in."""
        seat = WorkspaceAccess(uuid7(), role, plan)
        user_id, session_id = uuid7(), uuid7()
        session = f"session-{next(self._numbers)}-{session_id.hex}"
        self.seat(user_id, seat)
        self.know("session", session, ResolvedCredential("session", session_id, self._access[user_id]))
        return Person(user_id, session_id, session, self.token(user_id, session_id, seat), seat)

    def seat(self, user_id: UUID, *seats: WorkspaceAccess) -> None:
        self._access[user_id] = Access(user_id, seats)

    def know(self, kind: str, secret: str, resolved: ResolvedCredential) -> None:
        self._credentials[kind, digest(secret)] = resolved

    def forget(self, kind: str, secret: str) -> None:
        del self._credentials[kind, digest(secret)]

    def api_key(self, person: Person, *scopes: str, expires_in: timedelta | None = None) -> tuple[str, UUID]:
        key, key_id = new_api_key(), uuid7()
        expires = datetime.now(UTC) + expires_in if expires_in is not None else None
        access = Access(person.user_id, (person.seat,))
        self.know("api_key", key, ResolvedCredential("api_key", key_id, access, scopes, expires))
        return key, key_id

    def claims(self, user_id: UUID, session_id: UUID, *seats: WorkspaceAccess) -> AccessClaims:
        now = int(time.time())
        ws = tuple(WorkspaceClaim(seat.workspace_id, seat.role, seat.plan) for seat in seats)
        return AccessClaims(
            iss=PUBLIC_URL, aud=AUDIENCE, sub=user_id, sid=session_id, jti=uuid7(), iat=now, exp=now + 600, ws=ws
        )

    def token(self, user_id: UUID, session_id: UUID, *seats: WorkspaceAccess) -> str:
        return sign(self.claims(user_id, session_id, *seats), self.key)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """What auth's internal API says; anything else is echoed."""
        if path == "/readyz":
            return (200 if self.ready else SERVER_ERROR), {"checks": {"database": {"ok": self.ready}}}
        if self.away:
            return SERVER_ERROR, {"status": SERVER_ERROR, "code": "unavailable"}
        if path == "/.well-known/jwks.json":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/internal/auth/credentials":
            question = msgspec.json.decode(body, type=ResolveCredential)
            return _found(self._credentials.get((question.kind, question.digest)))
        if path.startswith("/internal/auth/users/"):
            return _found(self._access.get(UUID(path.split("/")[4])))
        return 200, {"method": method, "path": path, "body": len(body)}


def _found(value: ResolvedCredential | Access | None) -> tuple[int, Any]:
    if value is None:
        return 404, {"status": 404, "code": "not_found", "detail": ""}
    return 200, msgspec.to_builtins(value)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandIn
    chunk_ends: ClassVar[bytes] = b"\r\n"

    def handle_one_call(self) -> None:
        path = urlsplit(self.path)
        query = parse_qs(path.query)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        if path.path != "/readyz":
            self.server.asked.append((self.command, self.path, headers))
        if "stream" in query:
            self._stream()
            return
        status, said = self.server.answer(self.command, path.path, body)
        if "wait" in query:
            self.server.gate.wait(30)
        if isinstance(said, dict) and "path" in said:
            said |= {"headers": headers, "padding": "x" * int(query.get("padding", ["0"])[0])}
            status = int(query.get("status", [str(status)])[0])
        self._send(status, json.dumps(said).encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one_call  # noqa: N815 - http.server's names

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _stream(self) -> None:
        """One event at once, the second when the test has opened the gate."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in (b"id: 1\ndata: first\n\n", b"id: 2\ndata: second\n\n"):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            self.wfile.flush()
            self.server.streaming.set()
            self.server.gate.wait(30)
        self.wfile.write(b"0\r\n\r\n")

    def handle(self) -> None:
        """A client may leave at any byte."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def behind() -> Iterator[StandIn]:
    """The services behind, new for this test."""
    server = StandIn()
    yield server
    server.close()


@dataclass
class Edge:
    """The gateway's own code in the test, with a real Valkey and the stand-in behind it."""

    authoriser: Authoriser
    principals: Principals
    issuer_key: Ed25519PrivateKey

    async def ask(self, method: str, path: str, /, **headers: str) -> dict[str, str]:
        """The headers of a granted call; the refusal is raised. ``x_workspace_id`` means ``x-workspace-id``.

        Each call is from another address, unless the test says which.
        """
        raw = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        raw.setdefault(b"host", b"localhost:4000")
        raw.setdefault(b"x-tertulia-address", any_address().encode())
        granted = await self.authoriser.decide(Call(method, path, raw))
        return {name.decode(): value.decode() for name, value in granted}


@pytest.fixture
async def valkey(servers: Any) -> AsyncIterator[Valkey]:
    async with Valkey(servers.valkey.url, name="test", deadline=timedelta(seconds=2)) as opened:
        yield opened


@pytest.fixture
async def make_edge(behind: StandIn, valkey: Valkey) -> AsyncIterator[Callable[..., Edge]]:
    key = Ed25519PrivateKey.generate()
    async with InternalClient(behind.url, "gateway", key) as client:

        def make(policy: Policy | None = None, *, fresh: timedelta = timedelta(seconds=60)) -> Edge:
            jwks = Jwks(client, f"{behind.url}/.well-known/jwks.json", PUBLIC_URL)
            principals = Principals(client, jwks, fresh=fresh, while_away=timedelta(minutes=15))
            limits = Limits(valkey)
            return Edge(
                Authoriser(principals, limits, IdentityIssuer(key), policy or Policy(https=False)), principals, key
            )

        yield make


@pytest.fixture
def edge(make_edge: Callable[..., Edge]) -> Edge:
    return make_edge()


def any_address() -> str:
    return f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"


_SERVE = """
import os
from tertulia.gateway.app import build
from tertulia.platform.lifecycle import run
raise SystemExit(run(build(os.environ)))
"""


class Processes:
    """Gateways and Envoys as they really run, ended with the test."""

    def __init__(self, directory: Path, servers: Any, household: Household) -> None:
        self.directory = directory
        self._servers = servers
        self._household = household
        self._numbers = itertools.count(1)
        self._started: list[subprocess.Popen[bytes]] = []
        self.key = Ed25519PrivateKey.generate()
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (directory / "gateway.pem").write_bytes(pem)
        (directory / "trust.json").write_text("{}")

    def gateway(self, internal_url: str, **settings: str) -> int:
        """Starts one; its port. It may not answer yet."""
        port = ports.any_free()
        environ = {
            "TERTULIA_GATEWAY_PORT": str(port),
            "TERTULIA_INTERNAL_URL": internal_url,
            "TERTULIA_VALKEY_URL": self._servers.valkey.url,
            "TERTULIA_NATS_URL": self._servers.nats.url,
            "TERTULIA_KEY_FILE": str(self.directory / "gateway.pem"),
            "TERTULIA_TRUST_FILE": str(self.directory / "trust.json"),
        }
        self._start("gateway", (sys.executable, "-c", _SERVE), environ | settings)
        return port

    def envoy(self, bootstrap: Path, *options: str) -> None:
        binary = packaged_binary("envoy", "_bin/envoy")
        quiet = ("--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", *options)
        self._start("envoy", (str(binary), "-c", str(bootstrap), *quiet), {})

    def log(self, name: str) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.directory.glob(f"{name}-*.log")))

    def close(self) -> None:
        for process in self._started:
            signal_process(process, signal.SIGKILL)
            process.wait()
        self._household.close()

    def _start(self, name: str, argv: tuple[str, ...], environ: dict[str, str]) -> None:
        log = self.directory / f"{name}-{next(self._numbers)}.log"
        command = Command(argv, bare_environment() | environ)
        self._started.append(self._household.start(command, log, stop_signal=signal.SIGKILL))


@pytest.fixture(scope="session")
def new_stand_in() -> type[StandIn]:
    return StandIn


@pytest.fixture(scope="session")
def new_processes() -> type[Processes]:
    return Processes


@pytest.fixture
def processes(tmp_path: Path, servers: Any) -> Iterator[Processes]:
    started = Processes(tmp_path, servers, Household())
    yield started
    started.close()


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


async def until(condition: Callable[[], Awaitable[bool]], what: str, seconds: float = 20) -> None:
    """Waits for a condition; what cannot be reached yet does not hold yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(HttpFailure):
            if await condition():
                return
        await asyncio.sleep(0.02)
    pytest.fail(f"still not so: {what}")


@pytest.fixture
def wait_for() -> Callable[..., Awaitable[None]]:
    return until
