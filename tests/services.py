"""A service in the process of its tests: the keys of all services, the settings that it needs, and where it listens."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tertulia.platform.lifecycle import Service, serve
from tests.databases import ServiceDatabase

SERVICES = ("gateway", "auth", "chat", "orchestrator")


def new_keys() -> dict[str, Ed25519PrivateKey]:
    return {name: Ed25519PrivateKey.generate() for name in SERVICES}


def environment(
    name: str, servers: Any, database: ServiceDatabase, keys: Mapping[str, Ed25519PrivateKey], directory: Path
) -> dict[str, str]:
    """What every service is told: its stores, any free port, its key, and whom to trust."""
    key_file, trust_file = directory / f"{name}.pem", directory / "trust.json"
    key_file.write_bytes(keys[name].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = {one: base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode() for one, key in keys.items()}
    trust_file.write_bytes(msgspec.json.encode(public))
    return {
        f"TERTULIA_{name.upper()}_PORT": "0",
        f"TERTULIA_DATABASE_URL_{name.upper()}": database.app_url,
        "TERTULIA_VALKEY_URL": servers.valkey.url,
        "TERTULIA_NATS_URL": servers.nats.url,
        "TERTULIA_TRUST_FILE": str(trust_file),
        "TERTULIA_KEY_FILE": str(key_file),
        "TERTULIA_DRAIN_DELAY": "0s",
    }


@asynccontextmanager
async def served(service: Service) -> AsyncIterator[tuple[str, Callable[[], Any]]]:
    """The address that it listens on, and how it is told to leave."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(service, stop=stop, started=port.set_result))
    await asyncio.wait((serving, port), return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        await serving

    async def leave() -> None:
        stop.set()
        await asyncio.wait((serving,))

    try:
        yield f"http://127.0.0.1:{await port}", leave
    finally:
        await leave()
        await serving


async def cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait((task,))
