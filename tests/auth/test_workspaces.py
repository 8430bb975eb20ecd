"""Workspaces and their members: who may do what to whom, and that there is always an owner."""

import asyncio
from uuid import UUID

import pytest

from tertulia.auth.repository import upkeep
from tertulia.platform.db import purpose
from tests.auth.conftest import PASSWORD, Auth, Human

pytestmark = pytest.mark.integration


async def roles(auth: Auth, owner: Human) -> dict[str, str]:
    listed = await auth.call("GET", f"/api/workspaces/{owner.workspace_id}/members", person=owner)
    return {member["user_id"]: member["role"] for member in listed.json()["data"]}


async def set_role(auth: Auth, acting: Human, owner: Human, other: Human, role: str) -> int:
    path = f"/api/workspaces/{owner.workspace_id}/members/{other.user_id}"
    answer = await auth.call("PATCH", path, person=acting, workspace=owner.workspace_id, body={"role": role})
    return answer.status_code


async def test_workspaces_are_made_named_listed_and_deleted(auth: Auth) -> None:
    """In the order in which they were joined; a deleted one is gone for everybody, with its keys."""
    person = await auth.sign_up()
    made = await auth.call("POST", "/api/workspaces", person=person, body={"name": "Second"})
    assert made.status_code == 201, made.text
    second = made.json()
    assert (second["role"], second["plan"]) == ("owner", "unlimited")
    path, there = f"/api/workspaces/{second['id']}", UUID(second["id"])
    renamed = await auth.call("PATCH", path, person=person, workspace=there, body={"name": "Deux"})
    assert renamed.json()["name"] == "Deux"
    page = (await auth.call("GET", "/api/workspaces?limit=1", person=person)).json()
    assert [w["id"] for w in page["data"]] == [str(person.workspace_id)]
    rest = (await auth.call("GET", f"/api/workspaces?after={page['last_id']}", person=person)).json()
    assert ([w["name"] for w in rest["data"]], rest["has_more"]) == (["Deux"], False)
    assert (await auth.call("DELETE", path, person=person, workspace=there)).status_code == 204
    assert (await auth.call("GET", path, person=person, workspace=there)).status_code == 404
    assert len((await auth.call("GET", "/api/workspaces", person=person)).json()["data"]) == 1
    assert told_of_deletion(auth, there) == 1


async def test_that_a_workspace_was_deleted_is_told_again_a_day_later(auth: Auth) -> None:
    """For what was under way the first time; its row goes then, with its members, and nothing is told a third time."""
    person = await auth.sign_up()
    there = person.workspace_id
    await auth.call("DELETE", f"/api/workspaces/{there}", person=person)
    kept = auth.database.rows("SELECT expires_at > now() + interval '23 hours' FROM workspace WHERE id = %s", there)
    assert kept == [(True,)]
    auth.database.rows("UPDATE workspace SET expires_at = now() - interval '1 s' WHERE id = %s", there)
    for _ in range(2):
        async with auth.deps.database.write(purpose("sweep")) as session:
            await upkeep.sweep(session)
    assert told_of_deletion(auth, there) == 2
    assert auth.database.rows("SELECT 1 FROM workspace WHERE id = %s", there) == []
    assert auth.database.rows("SELECT 1 FROM membership WHERE workspace_id = %s", there) == []


def told_of_deletion(auth: Auth, workspace: UUID) -> int:
    query = "SELECT 1 FROM outbox WHERE subject = 'event.auth.workspace_deleted.v1' AND workspace_id = %s"
    return len(auth.database.rows(query, workspace))


async def test_a_repeated_creation_is_one_workspace(auth: Auth) -> None:
    """The same Idempotency-Key and body give the stored answer; another body is refused; another person is free."""
    person, other = await auth.sign_up(), await auth.sign_up()
    key = {"idempotency-key": "make-it-once"}

    async def create(who: Human, name: str) -> tuple[int, str]:
        answer = await auth.call("POST", "/api/workspaces", person=who, body={"name": name}, headers=key)
        return answer.status_code, answer.json().get("id") or answer.json()["code"]

    first = await create(person, "Once")
    assert await create(person, "Once") == first
    assert await create(person, "Twice") == (422, "idempotency_key_reused")
    assert (await create(other, "Once"))[1] != first[1]
    assert len((await auth.call("GET", "/api/workspaces", person=person)).json()["data"]) == 2


async def test_existing_people_are_added_by_address(auth: Auth) -> None:
    """Whoever has an account; an unknown address and a second time are typed refusals."""
    owner, other = await auth.sign_up(), await auth.sign_up()
    path = f"/api/workspaces/{owner.workspace_id}/members"
    added = await auth.call("POST", path, person=owner, body={"email": other.email.upper(), "role": "viewer"})
    assert (added.status_code, added.json()["user_id"]) == (201, str(other.user_id))
    again = await auth.call("POST", path, person=owner, body={"email": other.email})
    assert (again.status_code, again.json()["code"]) == (409, "already_member")
    unknown = await auth.call("POST", path, person=owner, body={"email": "no-such@example.com"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "person_unknown")
    assert await roles(auth, owner) == {str(owner.user_id): "owner", str(other.user_id): "viewer"}
    mine = (await auth.call("GET", "/api/workspaces", person=other)).json()["data"]
    assert {w["role"] for w in mine} == {"owner", "viewer"}


async def test_nobody_gives_or_takes_a_role_above_their_own(auth: Auth) -> None:
    """Only an owner makes owners and touches them; an admin manages the rest; members and viewers manage nobody."""
    owner, admin, member = await auth.sign_up(), await auth.sign_up(), await auth.sign_up()
    await auth.add_member(owner, admin, "admin")
    await auth.add_member(owner, member)
    assert await set_role(auth, admin, owner, member, "owner") == 403
    assert await set_role(auth, admin, owner, owner, "member") == 403
    assert await set_role(auth, admin, owner, member, "admin") == 200
    assert await set_role(auth, owner, owner, member, "viewer") == 200
    assert await set_role(auth, member, owner, member, "admin") == 403
    path = f"/api/workspaces/{owner.workspace_id}/members"
    removed = await auth.call("DELETE", f"{path}/{owner.user_id}", person=admin, workspace=owner.workspace_id)
    assert (removed.status_code, removed.json()["code"]) == (403, "role_too_low")
    deleted = await auth.call(
        "DELETE", f"/api/workspaces/{owner.workspace_id}", person=admin, workspace=owner.workspace_id
    )
    assert deleted.status_code == 403


async def test_a_workspace_always_has_an_owner(auth: Auth) -> None:
    """The last one neither leaves nor steps down; of two who leave at the same moment one stays."""
    owner, second = await auth.sign_up(), await auth.sign_up()
    leave = f"/api/workspaces/{owner.workspace_id}/membership"
    alone = await auth.call("DELETE", leave, person=owner)
    assert (alone.status_code, alone.json()["code"]) == (409, "last_owner")
    assert await set_role(auth, owner, owner, owner, "admin") == 409
    await auth.add_member(owner, second, "owner")
    both = await asyncio.gather(
        *(auth.call("DELETE", leave, person=one, workspace=owner.workspace_id) for one in (owner, second))
    )
    assert sorted(answer.status_code for answer in both) == [204, 409]
    counted = auth.database.rows(
        "SELECT count(*) FROM membership WHERE workspace_id = %s AND role = 'owner'", owner.workspace_id
    )
    assert counted == [(1,)]


async def test_leaving_ends_what_one_could_reach(auth: Auth) -> None:
    """A viewer may leave; afterwards the workspace does not exist for them, and others are told."""
    owner, guest = await auth.sign_up(), await auth.sign_up()
    await auth.add_member(owner, guest, "viewer")
    leave = f"/api/workspaces/{owner.workspace_id}/membership"
    assert (await auth.call("DELETE", leave, person=guest, workspace=owner.workspace_id)).status_code == 204
    there = await auth.call("GET", f"/api/workspaces/{owner.workspace_id}", person=guest, workspace=owner.workspace_id)
    assert there.status_code == 404
    told = auth.database.rows(
        "SELECT count(*) FROM outbox WHERE subject = 'event.auth.access_changed.v1' AND workspace_id = %s"
        " AND body LIKE %s",
        owner.workspace_id,
        f"%{guest.user_id}%",
    )
    assert told == [(2,)]


async def test_what_was_done_is_on_record(auth: Auth) -> None:
    """Sign-ins, roles, keys: rows that the service's own login cannot change."""
    owner, other = await auth.sign_up(), await auth.sign_up()
    await auth.add_member(owner, other)
    await auth.log_in(owner.email, PASSWORD)
    actions = auth.database.rows("SELECT action FROM audit_event WHERE user_id = %s ORDER BY id", owner.user_id)
    assert [row[0] for row in actions] == [
        "workspace.created",
        "session.started",
        "member.added",
        "session.started",
    ]
