"""Which service is calling: RFC 9421 signatures with an Ed25519 key for each service.

A signature covers the method, the path with its query, the body's digest, the identity that the call carries, the time
and a nonce, so that nothing of a call can be changed and no call can be sent twice. Of all that the RFC allows there is
one form here, written out and read letter by letter, at a third of what a general library takes; the tests hold it to
one. Whom the call is for is ``identity``'s.
"""

import binascii
import re
import secrets
import time
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import cast

import msgspec
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.requests import Request
from starlette.types import Scope

from tertulia.platform.errors import Forbidden, Unauthenticated, Unavailable
from tertulia.platform.identity import HEADER as IDENTITY_HEADER

log = structlog.get_logger()

WINDOW = timedelta(seconds=60)
"""How old a signature may be; a nonce is remembered at least as long."""

_SKEW = timedelta(seconds=5)
_NONCES = 200_000
_TAG = "tertulia"
_COVERED = '"@method" "@request-target" "content-digest"'
_INPUT = re.compile(
    rf'{_TAG}=(\({_COVERED}( "{IDENTITY_HEADER}")?\);created=([0-9]{{1,12}});keyid="([a-z-]{{1,64}})";alg="ed25519"'
    rf';nonce="([A-Za-z0-9_-]{{16,64}})";tag="{_TAG}")'
)
_SIGNATURE = re.compile(rf"{_TAG}=:([A-Za-z0-9+/=]{{88}}):")


class _Refused(Exception):
    """The reason, for the log."""


class Signer:
    """Signs the calls of one service."""

    def __init__(self, service: str, private_key: Ed25519PrivateKey) -> None:
        self._service = service
        self._key = private_key

    def sign(self, method: str, target: str, headers: MutableMapping[str, str], body: bytes) -> None:
        """Add the signature to the headers; ``target`` is the path with its query, as it goes over the wire."""
        digest = _digest(body)
        identity = headers.get(IDENTITY_HEADER)
        covered = _COVERED if identity is None else f'{_COVERED} "{IDENTITY_HEADER}"'
        parameters = (
            f'({covered});created={int(time.time())};keyid="{self._service}";alg="ed25519"'
            f';nonce="{secrets.token_urlsafe(16)}";tag="{_TAG}"'
        )
        signature = self._key.sign(_covered(method, target, digest, identity, parameters))
        headers["content-digest"] = digest
        headers["signature-input"] = f"{_TAG}={parameters}"
        headers["signature"] = f"{_TAG}=:{b64encode(signature).decode()}:"


class Trust:
    """The public keys of all services, and the nonces that have been used against this process."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self.keys = dict(keys)
        self._nonces: OrderedDict[str, float] = OrderedDict()

    def verify(self, scope: Scope, body: bytes) -> str:
        """The service that signed the request.

        Raises: Unauthenticated when the signature is absent, wrong, stale, covers too little, or was used before.
        """
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        try:
            service, nonce = self._read(scope["method"], target, _headers(scope), body)
        except (_Refused, InvalidSignature, ValueError) as error:
            log.warning("signature_refused", reason=str(error) or type(error).__name__)
            raise Unauthenticated("The call is not signed by a known service.") from error
        self._spend(f"{service}:{nonce}")
        return service

    def _read(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
        """The signer and the nonce. Raises: _Refused, InvalidSignature, ValueError."""
        said = _INPUT.fullmatch(headers.get("signature-input", ""))
        signature = _SIGNATURE.fullmatch(headers.get("signature", ""))
        if said is None or signature is None:
            raise _Refused("absent, or not of the form that all services use")
        parameters, covers_identity, created, service, nonce = said.groups()
        identity = headers.get(IDENTITY_HEADER)
        if (identity is None) is not (covers_identity is None):
            raise _Refused("the identity was added or taken away")
        if not -_SKEW.total_seconds() <= time.time() - int(created) <= (WINDOW + _SKEW).total_seconds():
            raise _Refused("not of this minute")
        digest = _digest(body)
        if headers.get("content-digest") != digest:
            raise _Refused("the body is another")
        key = self.keys.get(service)
        if key is None:
            raise _Refused("nobody knows the signer")
        key.verify(_decoded(signature[1]), _covered(method, target, digest, identity, parameters))
        return service, nonce

    def _spend(self, nonce: str) -> None:
        now = time.monotonic()
        keep = (WINDOW + 2 * _SKEW).total_seconds()
        while self._nonces and (oldest := next(iter(self._nonces.items())))[1] < now - keep:
            del self._nonces[oldest[0]]
        if nonce in self._nonces:
            log.warning("signature_refused", reason="used before")
            raise Unauthenticated("The call was made before.")
        if len(self._nonces) >= _NONCES:
            raise Unavailable("Too many calls at once.", retry_after=timedelta(seconds=1))
        self._nonces[nonce] = now


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """A service's own key, from its PEM file."""
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"{path} holds no Ed25519 key"
        raise TypeError(msg)
    return key


def load_trust(path: Path) -> Trust:
    """The keys of all services, from the JSON file ``{service: public key, base64url}``."""
    raw = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    return Trust({name: Ed25519PublicKey.from_public_bytes(_unpadded(key)) for name, key in raw.items()})


def require_signature(trust: Trust, allowed: Collection[str]) -> Callable[[Request], Awaitable[str]]:
    """FastAPI dependency: the calling service, which must be one of the allowed ones."""

    async def signed(request: Request) -> str:
        return require_signer(trust, allowed, request.scope, await request.body())

    return signed


def signed_by(*allowed: str) -> Callable[[Request], Awaitable[str]]:
    """The same for routers made at import: the trust is the one given to ``lifecycle.fastapi_app(…, trust=…)``."""

    async def signed(request: Request) -> str:
        trust = cast("Trust", request.app.state.trust)
        return require_signer(trust, allowed, request.scope, await request.body())

    return signed


def require_signer(trust: Trust, allowed: Collection[str], scope: Scope, body: bytes) -> str:
    """The service that signed a bare ASGI request. Raises: Unauthenticated, Forbidden, Unavailable."""
    service = trust.verify(scope, body)
    if service not in allowed:
        log.warning("caller_refused", caller=service)
        raise Forbidden("This service may not make this call.")
    return service


def _covered(method: str, target: str, digest: str, identity: str | None, parameters: str) -> bytes:
    """The signature base of RFC 9421, section 2.5. Scheme and host are not covered: the proxy changes them."""
    lines = [f'"@method": {method}', f'"@request-target": {target}', f'"content-digest": {digest}']
    if identity is not None:
        lines.append(f'"{IDENTITY_HEADER}": {identity}')
    lines.append(f'"@signature-params": {parameters}')
    return "\n".join(lines).encode("ascii")


def _digest(body: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def _decoded(signature: str) -> bytes:
    try:
        return b64decode(signature, validate=True)
    except binascii.Error as error:
        raise _Refused("not base64") from error


def _headers(scope: Scope) -> dict[str, str]:
    """Header lines of one name are joined, as RFC 9110 says."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
