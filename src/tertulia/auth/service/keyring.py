"""The keys that sign access tokens: made, published before use, replaced, kept until their tokens have ended, dropped.

Which key signs follows from the times alone, so all replicas agree without talking: the latest whose ``active_from``
has come. A new key is published for longer than anyone may keep a copy of the JWKS before it signs. Private halves are
sealed in the table.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc.jwk import OKPKey

from tertulia.auth.models import SigningKey
from tertulia.auth.repository.signing_keys import SigningKeys
from tertulia.auth.service.secrets import SealBroken, Secrets
from tertulia.contracts import tokens
from tertulia.platform.db import Database, purpose
from tertulia.platform.errors import TertuliaError, Unavailable
from tertulia.platform.ids import uuid7
from tertulia.platform.lifecycle import StartFailed

log = structlog.get_logger()

SIGNS_FOR = timedelta(days=30)
PUBLISHED_AHEAD = 3 * tokens.JWKS_MAX_AGE
KEPT_AFTER = tokens.LIFETIME + 2 * tokens.LEEWAY
RELOADED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class LoadedKey:
    kid: str
    active_from: datetime
    private: OKPKey


class Keyring:
    """Entered, it has its keys; ``keep`` is a worker that reloads them and makes new ones in time."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets
        self._keys: list[LoadedKey] = []

    async def __aenter__(self) -> Self:
        try:
            await self.refresh()
        except SealBroken as error:
            raise StartFailed(
                "TERTULIA_MASTER_KEY is not the one that the signing keys were sealed with; set that one again"
            ) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keys = []

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(RELOADED_EVERY.total_seconds())
            try:
                await self.refresh()
            except TertuliaError as error:
                log.warning("signing_keys_not_reloaded", reason=error.code)

    async def refresh(self, *, rotate: bool = False) -> None:
        """Makes the next key when it is time (or when told to), drops what nobody needs, and loads the rest.

        ``rotate`` makes the next key at once; it signs when it has been published long enough.
        """
        async with self._database.write(purpose("signing_keys")) as session:
            rows = SigningKeys(session)
            await rows.lock()
            now = await rows.now()
            known = list(await rows.all())
            if (start := _next_start([key.active_from for key in known], now, rotate=rotate)) is not None:
                made = self._make(start)
                await rows.add(made)
                known.append(made)
                log.info("signing_key_made", kid=made.kid, active_from=start.isoformat())
            ended = _ended(known, now)
            if ended:
                await rows.drop([key.kid for key in ended])
        self._keys = [self._load(key) for key in known if key not in ended]

    @property
    def newest_from(self) -> datetime:
        """When the newest key begins to sign, or began."""
        return self._keys[-1].active_from

    def signing_key(self) -> OKPKey:
        """Raises: Unavailable before there is one."""
        now = datetime.now(UTC)
        active = [key for key in self._keys if key.active_from <= now] or self._keys[:1]
        if not active:
            raise Unavailable("There is no signing key yet. Try again in a moment.", retry_after=timedelta(seconds=1))
        return active[-1].private

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys of all tokens that are good now or may be made soon (RFC 7517)."""
        return {
            "keys": [
                {**key.private.as_dict(private=False), "use": "sig", "alg": tokens.ALGORITHM} for key in self._keys
            ]
        }

    def _make(self, active_from: datetime) -> SigningKey:
        private = Ed25519PrivateKey.generate()
        kid = uuid7().hex
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return SigningKey(
            kid=kid,
            public_key=private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
            sealed_private_key=self._secrets.seal(pem, f"signing_key:{kid}"),
            active_from=active_from,
        )

    def _load(self, row: SigningKey) -> LoadedKey:
        pem = self._secrets.open(row.sealed_private_key, f"signing_key:{row.kid}")
        return LoadedKey(row.kid, row.active_from, OKPKey.import_key(pem, {"kid": row.kid}))


def _next_start(starts: list[datetime], now: datetime, *, rotate: bool) -> datetime | None:
    """When a new key shall begin to sign, if one is to be made now."""
    if not starts:
        return now
    newest = max(starts)
    if newest > now:
        return None
    due = newest + SIGNS_FOR
    if rotate or due - PUBLISHED_AHEAD <= now:
        return now + PUBLISHED_AHEAD if rotate else max(due, now + PUBLISHED_AHEAD)
    return None


def _ended(keys: list[SigningKey], now: datetime) -> list[SigningKey]:
    """Those whose successor has signed for so long that no token of theirs is good any more."""
    return [key for key, successor in pairwise(keys) if successor.active_from + KEPT_AFTER <= now]
