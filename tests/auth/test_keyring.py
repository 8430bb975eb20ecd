"""Signing keys: one made at the first start, published before use, replaced in time, kept until their tokens end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from tertulia.auth.app import rotate_signing_key
from tertulia.auth.service.keyring import KEPT_AFTER, PUBLISHED_AHEAD, SIGNS_FOR
from tertulia.contracts import tokens
from tertulia.platform import migrations
from tertulia.platform.lifecycle import StartFailed
from tests.auth.conftest import Auth
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration
PUBLIC_URL = "http://localhost:4000"


@pytest.fixture
async def lonely(servers: Any, start_auth: Callable[..., Any]) -> tuple[Auth, dict[str, str]]:
    """Auth on a database of its own, so that moving keys in time disturbs nobody."""
    owner, app = servers.postgres.create_service_database("auth")
    migrations.upgrade(owner, "tertulia.auth.migrations")
    settings = {"TERTULIA_DATABASE_URL_AUTH": app}
    started: Auth = await start_auth(**settings)
    name = app.rpartition("/")[2].partition("?")[0]
    started.database = ServiceDatabase(owner, app, servers.postgres.url(name))
    return started, settings


async def jwks(auth: Auth) -> dict[str, OKPKey]:
    answer = await auth.call("GET", "/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    return {key["kid"]: OKPKey.import_key(key) for key in answer.json()["keys"]}


def pass_time(auth: Auth, time: timedelta) -> None:
    auth.database.rows("UPDATE signing_key SET active_from = active_from - %s", time)


async def test_the_first_start_makes_a_key_that_all_replicas_share(
    lonely: tuple[Auth, dict[str, str]], start_auth: Callable[..., Any]
) -> None:
    """Its tokens verify against the JWKS, which tells no private half."""
    auth, settings = lonely
    second: Auth = await start_auth(**settings)
    keys = await jwks(auth)
    assert len(keys) == 1
    assert keys.keys() == (await jwks(second)).keys()
    person = await auth.sign_up()
    claims = tokens.verify(person.access_token, keys, issuer=PUBLIC_URL)
    assert (claims.sub, claims.sid, claims.aud) == (person.user_id, person.session_id, "tertulia")
    assert claims.exp - claims.iat == 600
    assert [(w.id, w.role) for w in claims.ws] == [(person.workspace_id, "owner")]
    raw = await auth.call("GET", "/.well-known/jwks.json")
    assert '"d"' not in raw.text


async def test_a_key_lives_through_its_stages(lonely: tuple[Auth, dict[str, str]]) -> None:
    """Its successor is published before it signs; the old one stays until its last token has ended."""
    auth, _ = lonely
    keyring = auth.deps.keyring
    old = keyring.signing_key().kid
    pass_time(auth, SIGNS_FOR - PUBLISHED_AHEAD)
    await keyring.refresh()
    assert keyring.signing_key().kid == old
    (new,) = set(await jwks(auth)) - {old}
    pass_time(auth, PUBLISHED_AHEAD)
    await keyring.refresh()
    assert keyring.signing_key().kid == new
    assert set(await jwks(auth)) == {old, new}
    pass_time(auth, KEPT_AFTER)
    await keyring.refresh()
    assert set(await jwks(auth)) == {new}


async def test_rotation_can_be_asked_for(lonely: tuple[Auth, dict[str, str]], environ: dict[str, str]) -> None:
    """The next key is published at once and signs later; asking twice makes one."""
    auth, settings = lonely
    before = auth.deps.keyring.signing_key().kid
    for _ in range(2):
        await rotate_signing_key(environ | settings)
    await auth.deps.keyring.refresh()
    assert len(await jwks(auth)) == 2
    assert auth.deps.keyring.signing_key().kid == before


async def test_private_keys_are_sealed_with_the_master_key(
    lonely: tuple[Auth, dict[str, str]], start_auth: Callable[..., Any]
) -> None:
    """The table holds no key that signs; with another master key the start says what is wrong, in one line."""
    auth, settings = lonely
    ((sealed,),) = auth.database.rows("SELECT sealed_private_key FROM signing_key")
    assert b"PRIVATE" not in bytes(sealed)
    with pytest.raises(StartFailed, match="TERTULIA_MASTER_KEY"):
        await start_auth(**settings, TERTULIA_MASTER_KEY="another" * 8)
