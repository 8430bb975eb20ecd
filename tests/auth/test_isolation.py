"""Two walls between tenants: every route answers a stranger as if nothing were there, and so does every table."""

from uuid import UUID

import psycopg
import pytest

from tertulia.contracts.routes import ROUTES
from tertulia.platform.db import Scope, actor, credential, purpose, tenant
from tertulia.platform.ids import uuid7
from tests.auth.conftest import Auth, Human

pytestmark = pytest.mark.integration

IN_WORKSPACE = [
    (route.method, route.path)
    for route in ROUTES
    if route.service == "auth" and route.path.startswith("/api/workspaces/{workspace_id}")
]
BODIES = {
    ("PATCH", ""): {"name": "Mine now"},
    ("POST", "/members"): {"email": "victim@example.com"},
    ("PATCH", "/members/{user_id}"): {"role": "owner"},
    ("POST", "/api-keys"): {"name": "backdoor"},
}


class Victim:
    """A workspace with something of everything in it."""

    def __init__(self, human: Human, key_id: str) -> None:
        self.human = human
        self.ids = {"workspace_id": str(human.workspace_id), "user_id": str(human.user_id), "key_id": key_id}


@pytest.fixture
async def victim(auth: Auth) -> Victim:
    human = await auth.sign_up()
    path = f"/api/workspaces/{human.workspace_id}/api-keys"
    key = await auth.call("POST", path, person=human, body={"name": "theirs"})
    return Victim(human, key.json()["id"])


def state(auth: Auth, workspace_id: UUID) -> list[object]:
    queries = (
        "SELECT id, name, expires_at FROM workspace WHERE id = %s",
        "SELECT user_id, role FROM membership WHERE workspace_id = %s ORDER BY 1",
        "SELECT id, revoked_at FROM api_key WHERE workspace_id = %s ORDER BY 1",
    )
    return [auth.database.rows(query, workspace_id) for query in queries]


def test_the_table_of_routes_is_what_auth_serves(auth: Auth) -> None:
    """Each row has a handler, each handler a row."""
    described = auth.service.app.openapi()["paths"]  # type: ignore[attr-defined] # a FastAPI application
    served = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert served == {(route.method, route.path) for route in ROUTES if route.service == "auth"}


@pytest.mark.parametrize(("method", "template"), IN_WORKSPACE)
@pytest.mark.parametrize("claimed", ["own", "foreign"])
async def test_a_stranger_finds_nothing_anywhere(
    auth: Auth, victim: Victim, method: str, template: str, claimed: str
) -> None:
    """404 for foreign ids, also when the gateway were fooled into naming the foreign workspace; nothing changes."""
    stranger = await auth.sign_up()
    before = state(auth, victim.human.workspace_id)
    body = BODIES.get((method, template.removeprefix("/api/workspaces/{workspace_id}")))
    there = victim.human.workspace_id if claimed == "foreign" else None
    answer = await auth.call(method, template.format(**victim.ids), person=stranger, workspace=there, body=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert state(auth, victim.human.workspace_id) == before


@pytest.mark.parametrize("path", ["/members/{user_id}", "/api-keys/{key_id}"])
async def test_foreign_ids_below_ones_own_workspace_find_nothing(auth: Auth, victim: Victim, path: str) -> None:
    """The path's workspace is one's own, the id below it is not."""
    stranger = await auth.sign_up()
    before = state(auth, victim.human.workspace_id)
    target = f"/api/workspaces/{stranger.workspace_id}{path.format(**victim.ids)}"
    assert (await auth.call("DELETE", target, person=stranger)).status_code == 404
    assert state(auth, victim.human.workspace_id) == before


async def test_other_peoples_sessions_are_not_there(auth: Auth, victim: Victim) -> None:
    """By id, and in the list."""
    stranger = await auth.sign_up()
    path = f"/api/auth/sessions/{victim.human.session_id}"
    assert (await auth.call("DELETE", path, person=stranger)).status_code == 404
    listed = await auth.call("GET", "/api/auth/sessions", person=stranger)
    assert [s["id"] for s in listed.json()["data"]] == [str(stranger.session_id)]


@pytest.mark.parametrize("listed", ["/api/workspaces", "/api/auth/sessions", "members", "api-keys"])
async def test_cursors_are_bound_to_whom_they_were_made_for(auth: Auth, victim: Victim, listed: str) -> None:
    """Another's cursor, another list's and an altered one are refused with 422."""
    stranger = await auth.sign_up()

    def path(human: Human) -> str:
        return listed if listed.startswith("/") else f"/api/workspaces/{human.workspace_id}/{listed}"

    theirs = (await auth.call("GET", path(victim.human), person=victim.human)).json()["last_id"]
    other_list = "/api/workspaces" if listed == "/api/auth/sessions" else "/api/auth/sessions"
    for cursor, target in ((theirs, path(stranger)), (f"A{theirs[1:]}", path(stranger)), (theirs, other_list)):
        answer = await auth.call("GET", f"{target}?after={cursor}", person=stranger)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


def tables(auth: Auth) -> list[str]:
    found = auth.database.rows(
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname <> 'alembic_version'"
    )
    return [row[0] for row in found]


async def visible(auth: Auth, scope: Scope) -> dict[str, int]:
    """How many rows of each table the service's own login sees in this scope; only what is not nothing."""
    async with await psycopg.AsyncConnection.connect(auth.database.app_url) as connection:
        await connection.execute(scope.begin())
        counts = {}
        for table in tables(auth):
            row = await (await connection.execute(f"SELECT count(*) FROM {table}")).fetchone()  # noqa: S608 - names from the catalogue
            if row and row[0]:
                counts[table] = row[0]
        await connection.rollback()
    return counts


async def test_no_scope_sees_anything(auth: Auth, victim: Victim) -> None:
    """In every table, although each has rows."""
    assert await visible(auth, Scope()) == {}
    assert len(tables(auth)) == 13


async def test_strange_scopes_see_nothing(auth: Auth, victim: Victim) -> None:
    """A tenant, a person and a digest that are nobody's, and a purpose that nobody gave a policy."""
    for scope in (tenant(uuid7()), actor(uuid7()), credential("0" * 64), purpose("everything")):
        assert await visible(auth, scope) == {}


async def test_each_scope_sees_only_its_own(auth: Auth, victim: Victim) -> None:
    """Counted for one among many people: a tenant's, a person's, a session's digest's, each purpose's."""
    human = victim.human
    stored = auth.database.rows("SELECT digest FROM session WHERE id = %s", human.session_id)[0][0]
    audit = {"audit_event": 3}
    assert await visible(auth, tenant(human.workspace_id)) == {
        "workspace": 1, "membership": 1, "api_key": 1, '"user"': 1, "audit_event": 2,
    }  # fmt: skip
    assert await visible(auth, actor(human.user_id)) == {
        '"user"': 1, "password": 1, "session": 1, "refresh_token": 1, "membership": 1, "workspace": 1, **audit,
    }  # fmt: skip
    assert await visible(auth, credential(stored)) == {"session": 1}
    assert set(await visible(auth, purpose("signing_keys"))) == {"signing_key"}
    assert set(await visible(auth, purpose("record_use"))) <= {"credential_use"}


async def test_the_login_cannot_rewrite_the_record(auth: Auth, victim: Victim) -> None:
    """audit_event takes new rows only, and a key's row cannot be moved to another tenant."""
    scope = tenant(victim.human.workspace_id, victim.human.user_id)
    for statement in (
        "UPDATE audit_event SET action = 'nothing'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "UPDATE api_key SET workspace_id = gen_random_uuid()",
        "ALTER TABLE api_key DISABLE ROW LEVEL SECURITY",
    ):
        async with await psycopg.AsyncConnection.connect(auth.database.app_url) as connection:
            await connection.execute(scope.begin())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement)
            await connection.rollback()
