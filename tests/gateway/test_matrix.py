"""Every route against every role and every kind of credential: what the tables say is what happens."""

from typing import TYPE_CHECKING

import pytest

from tertulia.contracts.access import PERMISSIONS, SCOPES, Role
from tertulia.contracts.routes import PUBLIC, ROUTES, Route, Subject
from tertulia.gateway.authorise import PermissionMissing
from tertulia.platform.errors import NotFound, TertuliaError, Unauthenticated
from tertulia.platform.identity import IdentityVerifier
from tertulia.platform.ids import uuid7

if TYPE_CHECKING:
    from tests.gateway.conftest import Edge, Person, StandIn

GUARDED = [route for route in ROUTES if route.permission is not PUBLIC]
ROLES = [role.value for role in Role]


def path_of(route: Route, person: "Person") -> str:
    named = {"{workspace_id}": str(person.seat.workspace_id), "{model...}": "some/model"}
    segments = (named.get(segment, str(uuid7())) if "{" in segment else segment for segment in route.path.split("/"))
    return "/".join(segments)


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


async def outcome(edge: "Edge", method: str, path: str, **headers: str) -> str:
    try:
        await edge.ask(method, path, **headers)
    except TertuliaError as refused:
        return refused.code
    return "granted"


@pytest.mark.parametrize("role", [*ROLES, "a role of the future"])
async def test_a_role_may_what_its_permissions_say(edge: "Edge", behind: "StandIn", role: str) -> None:
    """With a session and with an access token alike; an unknown role may nothing in a workspace."""
    person = behind.person(role, plan="unlimited")
    held = PERMISSIONS.get(Role(role), frozenset()) if role in ROLES else frozenset()
    for route in GUARDED:
        may = route.subject is Subject.PERSON or route.permission in held
        expected = "granted" if may else PermissionMissing.code
        for headers in ({"cookie": f"tt_session={person.session}"}, {"authorization": f"Bearer {person.token}"}):
            assert await outcome(edge, route.method, path_of(route, person), **headers) == expected, name(route)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scope", SCOPES)
async def test_a_key_may_what_its_scopes_and_its_makers_role_both_allow(
    edge: "Edge", behind: "StandIn", role: str, scope: str
) -> None:
    """A scope gives nothing that the role has not; no scope reaches a person's account."""
    person = behind.person(role, plan="unlimited")
    key, _ = behind.api_key(person, scope)
    for route in GUARDED:
        may = route.permission in PERMISSIONS[Role(role)] and route.permission in SCOPES[scope]
        expected = "granted" if may else PermissionMissing.code
        got = await outcome(edge, route.method, path_of(route, person), authorization=f"Bearer {key}")
        assert got == expected, name(route)


async def test_without_a_credential_only_public_routes_are_granted(edge: "Edge", behind: "StandIn") -> None:
    """And everything else is a 401 that says how to prove oneself."""
    person = behind.person()
    for route in ROUTES:
        expected = "granted" if route.permission is PUBLIC else Unauthenticated.code
        assert await outcome(edge, route.method, path_of(route, person)) == expected, name(route)
    assert behind.count("/internal/") == 0


async def test_a_foreign_workspace_does_not_exist(edge: "Edge", behind: "StandIn") -> None:
    """Named in the path or in the header, by session, token or key: 404, whatever one may in one's own."""
    mine, foreign = behind.person(), behind.person()
    key, _ = behind.api_key(mine, *SCOPES)
    for credential in (mine.token, key):
        for route in GUARDED:
            if route.subject is not Subject.WORKSPACE:
                continue
            headers = {"authorization": f"Bearer {credential}", "x_workspace_id": str(foreign.seat.workspace_id)}
            assert await outcome(edge, route.method, path_of(route, foreign), **headers) == NotFound.code, name(route)


@pytest.mark.parametrize("workspace", ["nonsense", "0", "../x", "00000000-0000-0000-0000-000000000000"])
async def test_an_impossible_workspace_does_not_exist(edge: "Edge", behind: "StandIn", workspace: str) -> None:
    """No difference is shown between what is malformed, unknown and foreign."""
    person = behind.person()
    headers = {"authorization": f"Bearer {person.token}", "x_workspace_id": workspace}
    assert await outcome(edge, "GET", "/api/conversations", **headers) == NotFound.code


async def test_the_identity_says_who_where_and_by_what(edge: "Edge", behind: "StandIn") -> None:
    """The service behind reads person, workspace, role, plan and credential from the token alone."""
    person = behind.person("admin", plan="free")
    key, key_id = behind.api_key(person, "inference")
    verifier = IdentityVerifier(edge.issuer_key.public_key())

    by_session = await edge.ask("GET", "/api/conversations", cookie=f"a=b; tt_session={person.session}; c=d")
    identity = verifier.verify(by_session["x-tertulia-identity"])
    assert (identity.kind, identity.credential_id) == ("session", person.session_id)
    assert (identity.user_id, identity.workspace_id) == (person.user_id, person.seat.workspace_id)
    assert (identity.role, identity.plan, identity.scopes) == ("admin", "free", ())

    by_key = await edge.ask("POST", "/v1/chat/completions", authorization=f"Bearer {key}")
    identity = verifier.verify(by_key["x-tertulia-identity"])
    assert (identity.kind, identity.credential_id, identity.scopes) == ("api_key", key_id, ("inference",))
    assert by_key["x-tertulia-lease"]

    about_oneself = await edge.ask("GET", "/api/auth/me", authorization=f"Bearer {person.token}")
    identity = verifier.verify(about_oneself["x-tertulia-identity"])
    assert (identity.kind, identity.credential_id, identity.workspace_id) == ("token", person.session_id, None)
