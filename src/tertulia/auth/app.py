"""auth, put together: settings, stores, services, routes, workers. Nothing else builds anything."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from tertulia.auth.api import accounts, internal, workspaces
from tertulia.auth.api.parts import Deps
from tertulia.auth.consumers import Consumers
from tertulia.auth.repository import upkeep
from tertulia.auth.service.accounts import Accounts
from tertulia.auth.service.api_keys import Keys
from tertulia.auth.service.credentials import Credentials
from tertulia.auth.service.guessing import Guessing
from tertulia.auth.service.keyring import Keyring
from tertulia.auth.service.members import Memberships
from tertulia.auth.service.passwords import Passwords
from tertulia.auth.service.revocation import Revocations
from tertulia.auth.service.secrets import Secrets
from tertulia.auth.service.session_life import SessionLife
from tertulia.auth.service.use import Uses
from tertulia.auth.service.workspaces import Workspaces
from tertulia.auth.settings import AuthSettings
from tertulia.platform import jitter
from tertulia.platform.bus import Bus
from tertulia.platform.db import Database, purpose
from tertulia.platform.errors import TertuliaError
from tertulia.platform.identity import IdentityVerifier
from tertulia.platform.lifecycle import Service, StartFailed, fastapi_app
from tertulia.platform.limits import Limits
from tertulia.platform.outbox import Outbox
from tertulia.platform.pagination import Cursors
from tertulia.platform.settings import load
from tertulia.platform.signatures import load_trust
from tertulia.platform.valkey import Valkey

log = structlog.get_logger()

MAX_BODY = 64 * 1024
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_SWEPT_EVERY = timedelta(hours=1)


def build(environ: Mapping[str, str]) -> Service:
    settings = load(AuthSettings, environ)
    trust = load_trust(settings.trust_file)
    if "gateway" not in trust.keys:
        raise StartFailed(f"{settings.trust_file} has no key of the gateway; make it again")
    bus = Bus(settings.nats_url.get_secret_value(), "auth")
    outbox = Outbox(bus)
    database = Database(
        settings.database_url.get_secret_value(),
        service="auth",
        replica_url=settings.replica_url.get_secret_value() if settings.replica_url else None,
        outbox=outbox,
    )
    valkey = Valkey(settings.valkey_url.get_secret_value(), name="auth")
    secrets = Secrets(pepper=settings.pepper.get_secret_value(), master_key=settings.master_key.get_secret_value())
    passwords, uses, keyring = Passwords(), Uses(database), Keyring(database, secrets)
    revocations, guessing = Revocations(valkey), Guessing(Limits(valkey), secrets)
    sessions = SessionLife(database, secrets, keyring, revocations, uses, issuer=settings.public_url)
    app = fastapi_app(
        "auth", "Tertulia accounts", verifier=IdentityVerifier(trust.keys["gateway"]), trust=trust, max_body=MAX_BODY
    )
    app.state.deps = Deps(
        database=database,
        accounts=Accounts(
            database,
            secrets,
            passwords=passwords,
            guessing=guessing,
            sessions=sessions,
            revocations=revocations,
            plan=settings.default_plan,
        ),
        guessing=guessing,
        sessions=sessions,
        workspaces=Workspaces(database, revocations, plan=settings.default_plan),
        members=Memberships(database, secrets, revocations),
        keys=Keys(database, secrets, revocations),
        credentials=Credentials(database, secrets, uses),
        keyring=keyring,
        cursors=Cursors(secrets.cursor_key),
        https=settings.is_https,
    )
    for router in (accounts.router, workspaces.router, workspaces.one_router, internal.jwks_router, internal.router):
        app.include_router(router)

    async def consume() -> None:
        await bus.run(Consumers(database, revocations).subscriptions())

    async def sweep() -> None:
        await keep_sweeping(database)

    warn_about_plain_http(settings)
    return Service(
        name="auth",
        app=app,
        settings=settings,
        resources=[valkey, bus, database, passwords, uses, keyring],
        checks={"database": database.check},
        workers=[outbox.run, consume, keyring.keep, uses.keep, sweep],
    )


def warn_about_plain_http(settings: AuthSettings) -> None:
    host = urlsplit(settings.public_url).hostname or ""
    if not settings.is_https and host not in _LOCAL_HOSTS and not host.endswith(".localhost"):
        log.warning(
            "cookies_not_secure",
            public_url=settings.public_url,
            advice="people's sessions travel unprotected: serve Tertulia by https and set TERTULIA_PUBLIC_URL to it",
        )


async def keep_sweeping(database: Database) -> None:
    """Takes away sessions and workspaces whose time has passed, a little at a time."""
    while True:
        await asyncio.sleep(_SWEPT_EVERY.total_seconds() * jitter.between(0.5, 1))
        try:
            swept = 1
            while swept:
                async with database.write(purpose("sweep")) as session:
                    swept = await upkeep.sweep(session)
        except TertuliaError as error:
            log.info("sweep_put_off", reason=error.code)


async def rotate_signing_key(environ: Mapping[str, str]) -> datetime:
    """Makes the next signing key now; when it begins to sign: once every copy of the JWKS has had time to learn of it.

    Raises: SettingsError, StartFailed for another master key, Unavailable.
    """
    settings = load(AuthSettings, environ)
    secrets = Secrets(pepper=settings.pepper.get_secret_value(), master_key=settings.master_key.get_secret_value())
    async with (
        Database(settings.database_url.get_secret_value(), service="auth", pool_size=1) as database,
        Keyring(database, secrets) as keyring,
    ):
        await keyring.refresh(rotate=True)
        return keyring.newest_from
