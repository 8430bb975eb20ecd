"""The keys that access tokens are verified with: auth's JWKS, fetched now and then and kept while auth is away."""

import asyncio
import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from tertulia.contracts.tokens import JWKS_MAX_AGE, AccessClaims, verify
from tertulia.platform.errors import TertuliaError, Unauthenticated, Unavailable
from tertulia.platform.http import Broken, HttpClient

log = structlog.get_logger()
_FETCH_WITHIN = timedelta(seconds=3)
_AGAIN_AFTER = 2.0
"""Seconds between two fetches, whatever is asked: a forged ``kid`` must not make us ask for each call."""
_FIELDS = ("kty", "crv", "x", "kid")


class _Document(msgspec.Struct):
    keys: list[dict[str, Any]]


class Jwks:
    def __init__(self, client: HttpClient, url: str, issuer: str) -> None:
        self._client = client
        self._url = url
        self._issuer = issuer
        self._keys: dict[str, OKPKey] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def verify(self, token: str) -> AccessClaims:
        """The token's claims; asks for the keys again when they are old, or do not verify it and may have changed.

        Raises: Unauthenticated; Unavailable when there are no keys to verify with.
        """
        if time.monotonic() - self._fetched > JWKS_MAX_AGE.total_seconds():
            await self._fetch()
        if not self._keys:
            raise Unavailable("Access tokens cannot be checked at the moment. Try again.")
        try:
            return verify(token, self._keys, issuer=self._issuer)
        except Unauthenticated:
            if not await self._fetch():
                raise
        return verify(token, self._keys, issuer=self._issuer)

    async def _fetch(self) -> bool:
        """Whether the keys are others now."""
        async with self._fetching:
            if time.monotonic() - self._tried < _AGAIN_AFTER:
                return False
            self._tried = time.monotonic()
            try:
                keys = await self._read()
            except TertuliaError as error:
                log.warning("jwks_not_fetched", code=error.code)
                return False
            self._fetched = time.monotonic()
            changed = keys.keys() != self._keys.keys()
            self._keys = keys
            return changed

    async def _read(self) -> dict[str, OKPKey]:
        answer = await self._client.request("GET", self._url, timeout=_FETCH_WITHIN)
        if answer.status != HTTPStatus.OK:
            raise Broken("The token keys cannot be read.")
        try:
            document = msgspec.json.decode(answer.body, type=_Document)
            public = [{name: key[name] for name in _FIELDS} for key in document.keys if key.get("kty") == "OKP"]
            return {key["kid"]: OKPKey.import_key(key) for key in public}
        except (msgspec.DecodeError, JoseError, ValueError, KeyError) as error:
            raise Broken("The token keys cannot be read.") from error
