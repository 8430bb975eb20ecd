"""A service's OpenAPI document, read from the service itself without any server: it is put together with settings
that lead nowhere, and asked as Envoy would ask it.
"""

import asyncio
import importlib
import json
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from tertulia.local import credentials

NOWHERE = "127.0.0.1:9"
PATH = "/openapi.json"


def document(service: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        secrets = credentials.ensure(Path(directory), [service, "auth", "gateway"], with_database=[], files=["secret"])
        environ = {
            f"TERTULIA_DATABASE_URL_{service.upper()}": f"postgresql://nobody:none@{NOWHERE}/none",
            "TERTULIA_VALKEY_URL": f"redis://{NOWHERE}/0",
            "TERTULIA_NATS_URL": f"nats://{NOWHERE}",
            "TERTULIA_INTERNAL_URL": f"http://{NOWHERE}",
            "TERTULIA_TRUST_FILE": str(secrets.trust_file),
            "TERTULIA_KEY_FILE": str(secrets.key_file(service)),
            "TERTULIA_PEPPER_FILE": str(secrets.secret_file("secret")),
            "TERTULIA_MASTER_KEY_FILE": str(secrets.secret_file("secret")),
            "TERTULIA_ORCHESTRATOR_MASTER_KEYS_FILE": str(secrets.secret_file("secret")),
        }
        return asyncio.run(_read(service, environ))


async def _read(service: str, environ: dict[str, str]) -> dict[str, Any]:
    built = importlib.import_module(f"tertulia.{service}.app").build(environ)
    read: dict[str, Any] = json.loads(await _get(built.app, PATH))
    return read


async def _get(app: ASGIApp, path: str) -> bytes:
    """The body that an application answers a GET with."""
    body = bytearray()

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        body.extend(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    return bytes(body)
