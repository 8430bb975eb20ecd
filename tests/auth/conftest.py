"""auth in process on the real stores, the gateway's part of a call played by its key, and people to call as.

The database is made once a worker; each test has an application of its own and people of its own.
"""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tertulia.auth.api.parts import Deps
from tertulia.auth.app import build
from tertulia.platform.identity import HEADER, Identity, IdentityIssuer
from tertulia.platform.lifecycle import Service
from tertulia.platform.signatures import Signer
from tests.databases import ServiceDatabase, migrated

PASSWORD = "five quiet otters"
URL = "http://localhost:4000"


@dataclass(frozen=True)
class Keys:
    """The services' private keys, and the files that auth is started with."""

    private: dict[str, Ed25519PrivateKey]
    folder: Path


@dataclass
class Human:
    """Somebody who has signed up, with the workspace that came with it."""

    user_id: UUID
    email: str
    workspace_id: UUID
    session_id: UUID
    cookies: dict[str, str]
    access_token: str


class Auth:
    """The running application: call it as somebody (``person``), as a service (``signed_by``) or as nobody."""

    def __init__(self, service: Service, keys: Keys, database: ServiceDatabase) -> None:
        self.service = service
        self.database = database
        self._keys = keys
        self._issuer = IdentityIssuer(keys.private["gateway"])
        self._transport = httpx2.ASGITransport(service.app, raise_app_exceptions=False, client=("203.0.113.9", 1))

    @property
    def deps(self) -> Deps:
        deps: Deps = self.service.app.state.deps  # type: ignore[attr-defined] # a FastAPI application
        return deps

    async def call(
        self,
        method: str,
        path: str,
        *,
        person: Human | Identity | None = None,
        workspace: UUID | None = None,
        signed_by: str | None = None,
        cookies: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: Any = None,
        content: bytes | None = None,
    ) -> httpx2.Response:
        sent = dict(headers or {})
        payload = content if content is not None else (b"" if body is None else json.dumps(body).encode())
        if payload:
            sent.setdefault("content-type", "application/json")
        if person is not None:
            sent[HEADER] = self._issuer.issue(_identity(person, workspace))
        if cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if signed_by is not None:
            Signer(signed_by, self._keys.private[signed_by]).sign(method, path, sent, payload)
        async with httpx2.AsyncClient(transport=self._transport, base_url=URL) as client:
            return await client.request(method, path, headers=sent, content=payload)

    async def sign_up(self, **changed: Any) -> Human:
        email = changed.get("email", f"{secrets.token_hex(6)}@example.com")
        asked = {"email": email, "password": PASSWORD, "name": "Otto", **changed}
        answer = await self.call("POST", "/api/auth/signup", body=asked)
        assert answer.status_code == 201, answer.text
        return human(answer)

    async def log_in(self, email: str, password: str = PASSWORD, **options: Any) -> httpx2.Response:
        return await self.call("POST", "/api/auth/login", body={"email": email, "password": password}, **options)

    async def add_member(self, owner: Human, other: Human, role: str = "member") -> None:
        answer = await self.call(
            "POST",
            f"/api/workspaces/{owner.workspace_id}/members",
            person=owner,
            body={"email": other.email, "role": role},
        )
        assert answer.status_code == 201, answer.text


def human(answer: httpx2.Response) -> Human:
    said = answer.json()
    return Human(
        user_id=UUID(said["user"]["id"]),
        email=said["user"]["email"],
        workspace_id=UUID(said["workspace"]["id"]),
        session_id=UUID(claims_of(said["access_token"])["sid"]),
        cookies=dict(answer.cookies),
        access_token=said["access_token"],
    )


def claims_of(token: str) -> dict[str, Any]:
    """Unverified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _identity(person: Human | Identity, workspace: UUID | None) -> Identity:
    if isinstance(person, Identity):
        return person
    return Identity(
        kind="session",
        credential_id=person.session_id,
        plan="unlimited",
        user_id=person.user_id,
        workspace_id=workspace or person.workspace_id,
    )


@pytest.fixture(scope="session")
def auth_database(servers: Any) -> Iterator[ServiceDatabase]:
    with migrated(servers, "auth") as made:
        yield made


@pytest.fixture(scope="session")
def service_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    private = {name: Ed25519PrivateKey.generate() for name in ("gateway", "auth", "chat", "orchestrator")}
    trusted = {name: _raw(key) for name, key in private.items()}
    (folder / "trust.json").write_text(json.dumps(trusted))
    (folder / "auth.pem").write_bytes(private["auth"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Keys(private, folder)


def _raw(key: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode().rstrip("=")


@pytest.fixture
def environ(servers: Any, auth_database: ServiceDatabase, service_keys: Keys) -> dict[str, str]:
    return {
        "TERTULIA_DATABASE_URL_AUTH": auth_database.app_url,
        "TERTULIA_VALKEY_URL": servers.valkey.url,
        "TERTULIA_NATS_URL": servers.nats.url,
        "TERTULIA_INTERNAL_URL": "http://127.0.0.1:1",
        "TERTULIA_TRUST_FILE": str(service_keys.folder / "trust.json"),
        "TERTULIA_KEY_FILE": str(service_keys.folder / "auth.pem"),
        "TERTULIA_MASTER_KEY": "m" * 43,
        "TERTULIA_PEPPER": "p" * 43,
    }


@pytest.fixture
async def start_auth(
    environ: dict[str, str], auth_database: ServiceDatabase, service_keys: Keys
) -> AsyncIterator[Callable[..., Any]]:
    """Starts another application, with settings changed; ended with the test."""
    async with AsyncExitStack() as resources:

        async def start(**changed: str) -> Auth:
            service = build(environ | changed)
            for resource in service.resources:
                await resources.enter_async_context(resource)
            return Auth(service, service_keys, auth_database)

        yield start


@pytest.fixture
async def auth(start_auth: Callable[..., Any]) -> Auth:
    started: Auth = await start_auth()
    return started
