"""The passwords and keys of the one-machine mode: random, one per service and server, made once and kept private.

They lie in `$TERTULIA_HOME/secrets` (directory 0700, files 0600). A file is complete or absent: it is written beside
its name and renamed. What a later version needs beside is added; nothing is ever replaced.
"""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tertulia.local.errors import LocalError
from tertulia.local.servers.command import Login
from tertulia.local.services import OPERATOR

PASSWORD_BYTES = 24
KEY_BYTES = 32


@dataclass(frozen=True)
class ServiceDatabase:
    name: str
    owner: Login
    app: Login

    @classmethod
    def of(cls, service: str, owner_password: str, app_password: str) -> "ServiceDatabase":
        return cls(f"{service}_db", Login(f"{service}_owner", owner_password), Login(f"{service}_app", app_password))


@dataclass(frozen=True)
class Credentials:
    directory: Path
    passwords: dict[str, str] = field(repr=False)

    @property
    def postgres(self) -> str:
        return self.passwords["postgres"]

    def database(self, service: str) -> ServiceDatabase:
        return ServiceDatabase.of(
            service, self.passwords[f"postgres/{service}_owner"], self.passwords[f"postgres/{service}_app"]
        )

    def login(self, server: str, service: str) -> Login:
        return Login(service, self.passwords[f"{server}/{service}"])

    def key_file(self, service: str) -> Path:
        return self.directory / f"{service}.pem"

    def secret_file(self, name: str) -> Path:
        return self.directory / name

    @property
    def trust_file(self) -> Path:
        return self.directory / "trust.json"


def ensure(
    directory: Path, services: Iterable[str], *, with_database: Iterable[str], files: Iterable[str]
) -> Credentials:
    """Reads the credentials, and makes those that do not exist yet.

    `files` are secrets of 32 random bytes, kept as base64url text in a file each.
    """
    services, with_database = list(services), list(with_database)
    names = ["postgres", f"nats/{OPERATOR}"]
    names += [f"postgres/{service}_{role}" for service in with_database for role in ("owner", "app")]
    names += [f"{server}/{service}" for server in ("valkey", "nats") for service in services]
    passwords = _passwords(directory / "passwords.json", names)
    for name in files:
        if not (directory / name).exists():
            _write(directory / name, _text(secrets.token_bytes(KEY_BYTES)))
    _ensure_keys(directory, services)
    return Credentials(directory, passwords)


def _passwords(path: Path, names: list[str]) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    except ValueError as error:
        raise LocalError(
            f"{path} is damaged: restore it from a backup, or start anew with `tertulia up --reset`"
        ) from error
    missing = {name: secrets.token_urlsafe(PASSWORD_BYTES) for name in names if name not in known}
    if missing:
        known |= missing
        _write(path, json.dumps(known, indent=1))
    return known


def _ensure_keys(directory: Path, services: list[str]) -> None:
    """Each service's Ed25519 key, and the list of the public ones, by which the services know one another."""
    trust_path = directory / "trust.json"
    trust: dict[str, str] = json.loads(trust_path.read_text()) if trust_path.exists() else {}
    missing = [service for service in services if service not in trust or not (directory / f"{service}.pem").exists()]
    if not missing:
        return
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    for service in missing:
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(directory / f"{service}.pem", pem.decode())
        trust[service] = _text(key.public_key().public_bytes_raw())
    _write(trust_path, json.dumps(trust, indent=1))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _write(path: Path, text: str) -> None:
    """Under a temporary name first, which nobody else may read from the beginning."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
