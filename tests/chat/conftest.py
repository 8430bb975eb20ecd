"""chat as it runs: its application over real Postgres, Valkey and NATS, with a stand-in for the orchestrator."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tertulia.chat.app import build
from tertulia.chat.settings import ChatSettings
from tertulia.platform.bus import Bus
from tertulia.platform.db import Database
from tertulia.platform.http import HttpClient, InternalClient
from tertulia.platform.identity import IdentityIssuer
from tertulia.platform.lifecycle import Service, serve
from tertulia.platform.settings import load
from tertulia.platform.valkey import Valkey
from tests.chat.reader import Reader
from tests.chat.stand_in import StandIn
from tests.databases import ServiceDatabase, migrated

HISTORY = "tertulia.chat.migrations"


@pytest.fixture(scope="session")
def chat_database(servers: Any) -> Iterator[ServiceDatabase]:
    with migrated(servers, "chat") as made:
        yield made


@pytest.fixture
async def database(chat_database: ServiceDatabase) -> AsyncIterator[Database]:
    """Without an outbox: what is published stays a row."""
    async with Database(chat_database.app_url, service="chat", pool_size=4) as opened:
        yield opened


@dataclass
class Running:
    """chat, its readers, and who answers."""

    url: str
    service: Service
    orchestrator: StandIn
    signed: dict[str, InternalClient]
    _reader: Callable[[UUID, UUID], Reader]
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def reader(self, workspace: UUID | None = None, user: UUID | None = None) -> Reader:
        """Somebody new, in a new workspace unless one is named."""
        made = self._reader(workspace or uuid4(), user or uuid4())
        self.orchestrator.workspaces.add(made.workspace)
        return made

    @property
    def database(self) -> Database:
        return next(resource for resource in self.service.resources if isinstance(resource, Database))


@pytest.fixture
async def chat(servers: Any, chat_database: ServiceDatabase, tmp_path: Path) -> AsyncIterator[Running]:
    keys = {name: Ed25519PrivateKey.generate() for name in ("gateway", "chat", "orchestrator", "auth")}
    environ = _environment(servers, chat_database, keys, tmp_path)
    async with AsyncExitStack() as stack:
        valkey = await stack.enter_async_context(Valkey(servers.valkey.url, name="stand-in"))
        bus = await stack.enter_async_context(Bus(servers.nats.url, "stand-in"))
        client = await stack.enter_async_context(HttpClient(per_host=1000, total=2000))
        stand_in = StandIn(valkey, bus)
        settings = load(ChatSettings, environ | {"TERTULIA_INTERNAL_URL": "http://unused"})
        behind = await stack.enter_async_context(_served(Service("orchestrator", stand_in, settings)))
        service = build(environ | {"TERTULIA_INTERNAL_URL": behind})
        url = await stack.enter_async_context(_served(service))
        signed = {
            name: await stack.enter_async_context(InternalClient(url, name, keys[name]))
            for name in ("orchestrator", "auth")
        }
        stand_in.client = signed["orchestrator"]
        working = asyncio.create_task(bus.run(stand_in.subscriptions()))
        stack.push_async_callback(_ended, working)
        await bus.ready()
        issuer = IdentityIssuer(keys["gateway"])
        yield Running(url, service, stand_in, signed, lambda w, u: Reader(url, client, issuer, w, u))
        stand_in.go.set()


def _environment(
    servers: Any, database: ServiceDatabase, keys: dict[str, Ed25519PrivateKey], directory: Path
) -> dict[str, str]:
    key_file, trust_file = directory / "chat.pem", directory / "trust.json"
    key_file.write_bytes(keys["chat"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = {
        name: base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode() for name, key in keys.items()
    }
    trust_file.write_bytes(msgspec.json.encode(public))
    return {
        "TERTULIA_CHAT_PORT": "0",
        "TERTULIA_DATABASE_URL_CHAT": database.app_url,
        "TERTULIA_VALKEY_URL": servers.valkey.url,
        "TERTULIA_NATS_URL": servers.nats.url,
        "TERTULIA_TRUST_FILE": str(trust_file),
        "TERTULIA_KEY_FILE": str(key_file),
        "TERTULIA_LOG_LEVEL": "warning",
        "TERTULIA_GRACE": "1s",
        "TERTULIA_DRAIN_DELAY": "0s",
        "TERTULIA_CHAT_WATCH_EVERY": "100ms",
        "TERTULIA_CHAT_POOL_SIZE": "4",
    }


@asynccontextmanager
async def _served(service: Service) -> AsyncIterator[str]:
    """The address that it listens on."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(service, stop=stop, started=port.set_result))
    await asyncio.wait((serving, port), return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving
    try:
        yield f"http://127.0.0.1:{await port}"
    finally:
        stop.set()
        await serving


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
