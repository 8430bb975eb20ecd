"""chat as it runs: its application over real Postgres, Valkey and NATS, with a stand-in for the orchestrator."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tertulia.chat.app import build
from tertulia.chat.settings import ChatSettings
from tertulia.platform.bus import Bus
from tertulia.platform.db import Database
from tertulia.platform.http import HttpClient, InternalClient
from tertulia.platform.identity import IdentityIssuer
from tertulia.platform.lifecycle import Service
from tertulia.platform.settings import load
from tertulia.platform.valkey import Valkey
from tests import streams
from tests.chat.reader import Reader
from tests.chat.stand_in import StandIn
from tests.databases import ServiceDatabase, migrated
from tests.services import cancelled, environment, new_keys, served

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
    keys = new_keys()
    environ = _environment(servers, chat_database, keys, tmp_path)
    async with AsyncExitStack() as stack:
        valkey = await stack.enter_async_context(Valkey(servers.valkey.url, name="stand-in"))
        bus = await stack.enter_async_context(Bus(servers.nats.url, "stand-in"))
        await streams.empty(bus)  # the jobs have one consumer, which may be another suite's
        client = await stack.enter_async_context(HttpClient(per_host=1000, total=2000))
        stand_in = StandIn(valkey, bus)
        settings = load(ChatSettings, environ | {"TERTULIA_INTERNAL_URL": "http://unused"})
        behind, _ = await stack.enter_async_context(served(Service("orchestrator", stand_in, settings)))
        service = build(environ | {"TERTULIA_INTERNAL_URL": behind})
        url, _ = await stack.enter_async_context(served(service))
        signed = {
            name: await stack.enter_async_context(InternalClient(url, name, keys[name]))
            for name in ("orchestrator", "auth")
        }
        stand_in.client = signed["orchestrator"]
        working = asyncio.create_task(bus.run(stand_in.subscriptions()))
        stack.push_async_callback(cancelled, working)
        await bus.ready()
        issuer = IdentityIssuer(keys["gateway"])
        yield Running(url, service, stand_in, signed, lambda w, u: Reader(url, client, issuer, w, u))
        stand_in.go.set()


def _environment(
    servers: Any, database: ServiceDatabase, keys: dict[str, Ed25519PrivateKey], directory: Path
) -> dict[str, str]:
    return environment("chat", servers, database, keys, directory) | {
        "TERTULIA_LOG_LEVEL": "warning",
        "TERTULIA_GRACE": "1s",
        "TERTULIA_CHAT_WATCH_EVERY": "100ms",
        "TERTULIA_CHAT_POOL_SIZE": "4",
    }
