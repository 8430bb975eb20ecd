"""auth as a process would run it: it starts, is ready, does its upkeep, and stops clean; stores may be away."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tertulia.auth.app import build
from tertulia.auth.repository import upkeep
from tertulia.platform.db import purpose
from tertulia.platform.http import HttpClient
from tertulia.platform.ids import uuid7
from tertulia.platform.lifecycle import serve
from tertulia.platform.settings import SettingsError
from tests.auth.conftest import PASSWORD, Auth

pytestmark = pytest.mark.integration


async def test_it_serves_until_told_to_stop(environ: dict[str, str]) -> None:
    """With all its workers: ready, answering, gone when told."""
    service = build(environ | {"TERTULIA_AUTH_PORT": "0", "TERTULIA_GRACE": "5s"})
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(service, stop=stop, started=port.set_result))
    await asyncio.wait([serving, port], return_when=asyncio.FIRST_COMPLETED)
    base = f"http://127.0.0.1:{port.result()}"
    async with HttpClient() as client:
        for path in ("/livez", "/readyz", "/.well-known/jwks.json", "/openapi.json"):
            answer = await client.request("GET", base + path, headers={}, body=b"", timeout=timedelta(seconds=5))
            assert answer.status == 200, (path, answer.body)
    stop.set()
    async with asyncio.timeout(20):
        await serving


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"TERTULIA_PEPPER": ""}, "TERTULIA_PEPPER"),
        ({"TERTULIA_MASTER_KEY": "short"}, "TERTULIA_MASTER_KEY"),
        ({"TERTULIA_DEFAULT_PLAN": "gold"}, "TERTULIA_DEFAULT_PLAN"),
    ],
)
def test_bad_settings_stop_the_start(environ: dict[str, str], changed: dict[str, str], name: str) -> None:
    """With the setting's name, and never its value."""
    with pytest.raises(SettingsError, match=name) as failure:
        build(environ | changed)
    assert "short" not in str(failure.value).replace("shorter", "")


async def test_what_has_expired_is_swept_and_nothing_else(auth: Auth) -> None:
    """Sessions and deleted workspaces whose time has passed go, with what belongs to them."""
    gone, stays = await auth.sign_up(), await auth.sign_up()
    auth.database.rows("UPDATE session SET expires_at = now() - interval '1 s' WHERE id = %s", gone.session_id)
    auth.database.rows("UPDATE workspace SET expires_at = now() - interval '1 s' WHERE id = %s", gone.workspace_id)
    async with auth.deps.database.write(purpose("sweep")) as session:
        assert await upkeep.sweep(session) >= 2
    left = [
        auth.database.rows(f"SELECT count(*) FROM {table} WHERE {column} = %s", value)[0][0]  # noqa: S608 - from below
        for human in (gone, stays)
        for table, column, value in (
            ("refresh_token", "session_id", human.session_id),
            ("membership", "workspace_id", human.workspace_id),
        )
    ]
    assert left == [0, 0, 1, 1]


async def test_uses_are_kept_as_the_latest(auth: Auth) -> None:
    """Two processes that noted the same credential: the later time stays, whichever writes last."""
    credential, now = uuid7(), datetime.now(UTC)
    for at in (now, now - timedelta(hours=1)):
        async with auth.deps.database.write(purpose("record_use")) as session:
            await upkeep.record_use(session, {credential: at})
    assert auth.database.rows("SELECT used_at FROM credential_use WHERE credential_id = %s", credential) == [(now,)]


async def test_valkey_away_is_no_reason_not_to_sign_in_or_out(start_auth: Callable[..., Any]) -> None:
    """Tries are counted in the process, and the mark of a revocation is left to the consumer."""
    auth: Auth = await start_auth(TERTULIA_VALKEY_URL="redis://127.0.0.1:1/0")
    person = await auth.sign_up()
    assert (await auth.log_in(person.email)).status_code == 200
    assert (await auth.call("POST", "/api/auth/logout", person=person)).status_code == 204
    answers = [(await auth.log_in(person.email, "guess")).status_code for _ in range(12)]
    assert 429 in answers


async def test_the_database_away_is_a_typed_refusal(auth: Auth, servers: Any) -> None:
    """503 with Retry-After while it is stopped; fine again when it is back."""
    person = await auth.sign_up()
    servers.postgres.stop()
    try:
        answer = await auth.log_in(person.email, PASSWORD)
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        jwks = await auth.call("GET", "/.well-known/jwks.json")
        assert jwks.status_code == 200
    finally:
        servers.postgres.start()
    assert (await auth.log_in(person.email, PASSWORD)).status_code == 200
