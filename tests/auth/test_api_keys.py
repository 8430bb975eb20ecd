"""API keys: made once, shown once, bounded by scopes, ended by revocation and with the membership."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from tertulia.contracts.access import DEFAULT_SCOPES
from tertulia.contracts.credentials import digest, is_api_key, new_api_key
from tertulia.platform.identity import Identity
from tests.auth.conftest import Auth, Human

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@given(place=st.integers(8, 45), other=st.sampled_from(CHARACTERS))
def test_a_key_with_one_wrong_character_is_known_by_its_checksum(place: int, other: str) -> None:
    """Whichever character is mistyped."""
    key = new_api_key()
    mistyped = key[:place] + other + key[place + 1 :]
    assert is_api_key(key)
    assert is_api_key(mistyped) == (mistyped == key)


@given(st.text(max_size=60))
def test_no_other_text_passes_for_a_key(text: str) -> None:
    """Neither by chance nor by an error."""
    assert not is_api_key(text)
    assert not is_api_key("tt_live_" + text)


async def create(auth: Auth, person: Human, **asked: Any) -> httpx2.Response:
    body = {"name": "robot", **asked}
    return await auth.call("POST", f"/api/workspaces/{person.workspace_id}/api-keys", person=person, body=body)


async def resolve(auth: Auth, key: str) -> httpx2.Response:
    body = {"kind": "api_key", "digest": digest(key)}
    return await auth.call("POST", "/internal/auth/credentials", signed_by="gateway", body=body)


@pytest.mark.integration
async def test_a_key_is_shown_once_and_acts_as_its_maker(auth: Auth) -> None:
    """The table holds no part of the secret but its first characters; the list neither."""
    person = await auth.sign_up()
    made = (await create(auth, person)).json()
    assert is_api_key(made["key"])
    assert made["key"].startswith(made["prefix"])
    assert made["scopes"] == sorted(DEFAULT_SCOPES)
    answer = (await resolve(auth, made["key"])).json()
    assert answer["credential_id"] == made["id"]
    assert answer["access"]["user_id"] == str(person.user_id)
    assert answer["access"]["workspaces"] == [
        {"workspace_id": str(person.workspace_id), "role": "owner", "plan": "unlimited"}
    ]
    assert answer["scopes"] == sorted(DEFAULT_SCOPES)
    path = f"/api/workspaces/{person.workspace_id}/api-keys"
    listed = await auth.call("GET", path, person=person)
    assert made["key"] not in listed.text
    assert listed.json()["data"][0]["last_used_at"] is None
    row = str(auth.database.rows("SELECT * FROM api_key WHERE id = %s", made["id"]))
    assert made["key"] not in row
    assert digest(made["key"]) not in row
    await auth.deps.credentials._uses.write()
    assert (await auth.call("GET", path, person=person)).json()["data"][0]["last_used_at"] is not None


@pytest.mark.integration
async def test_a_revoked_key_is_good_for_nothing_at_once(auth: Auth) -> None:
    """Unknown to the gateway, marked in Valkey, not listed; revoking it again finds nothing."""
    person = await auth.sign_up()
    made = (await create(auth, person)).json()
    path = f"/api/workspaces/{person.workspace_id}/api-keys"
    assert (await auth.call("DELETE", f"{path}/{made['id']}", person=person)).status_code == 204
    refused = await resolve(auth, made["key"])
    assert (refused.status_code, refused.json()["code"]) == (404, "credential_unknown")
    with redis.Redis.from_url(auth.service.settings.valkey_url.get_secret_value()) as valkey:
        assert valkey.exists(f"revoked:{made['id']}")
    assert (await auth.call("GET", path, person=person)).json()["data"] == []
    assert (await auth.call("DELETE", f"{path}/{made['id']}", person=person)).status_code == 404


@pytest.mark.integration
async def test_keys_end_with_time_with_the_membership_and_with_the_workspace(auth: Auth) -> None:
    """Whatever ends their maker's place there ends them."""
    owner, admin = await auth.sign_up(), await auth.sign_up()
    await auth.add_member(owner, admin, "admin")
    path = f"/api/workspaces/{owner.workspace_id}"
    theirs = (
        await auth.call(
            "POST", f"{path}/api-keys", person=admin, workspace=owner.workspace_id, body={"name": "of the admin"}
        )
    ).json()
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    passing, lasting = [(await create(auth, owner, expires_at=at)).json() for at in (soon, None)]
    auth.database.rows("UPDATE api_key SET expires_at = now() WHERE id = %s", passing["id"])
    keys = [theirs["key"], passing["key"], lasting["key"]]
    assert [(await resolve(auth, key)).status_code for key in keys] == [200, 404, 200]
    await auth.call("DELETE", f"{path}/members/{admin.user_id}", person=owner)
    assert [(await resolve(auth, key)).status_code for key in keys] == [404, 404, 200]
    await auth.call("DELETE", path, person=owner)
    assert [(await resolve(auth, key)).status_code for key in keys] == [404, 404, 404]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"scopes": ["everything"]}, "unknown_scope"),
        ({"scopes": []}, "unprocessable"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "already_expired"),
        ({"expires_at": "2120-01-01T00:00:00"}, "unprocessable"),
        ({"name": "\x07"}, "unprocessable"),
    ],
)
async def test_what_makes_no_sense_is_refused(auth: Auth, asked: dict[str, Any], code: str) -> None:
    """422 with what is wrong."""
    answer = await create(auth, await auth.sign_up(), **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.integration
async def test_who_may_not_manage_keys_makes_none(auth: Auth) -> None:
    """A viewer and a member are refused by the role that they have now, whatever the gateway believed."""
    owner, guest = await auth.sign_up(), await auth.sign_up()
    await auth.add_member(owner, guest, "viewer")
    path = f"/api/workspaces/{owner.workspace_id}/api-keys"
    answer = await auth.call("POST", path, person=guest, workspace=owner.workspace_id, body={"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


@pytest.mark.integration
async def test_a_key_makes_no_key_that_reaches_further(auth: Auth) -> None:
    """And manages no account."""
    person = await auth.sign_up()
    key = Identity(
        kind="api_key",
        credential_id=UUID(int=7),
        plan="unlimited",
        user_id=person.user_id,
        workspace_id=person.workspace_id,
        scopes=("workspace:manage",),
    )
    path = f"/api/workspaces/{person.workspace_id}/api-keys"
    for scopes, status in ((["inference"], 403), (["workspace:read"], 201)):
        answer = await auth.call("POST", path, person=key, body={"name": "child", "scopes": scopes})
        assert answer.status_code == status
    for method, account in (("GET", "/api/auth/sessions"), ("POST", "/api/auth/logout"), ("POST", "/api/workspaces")):
        answer = await auth.call(method, account, person=key, body={"name": "x"} if "work" in account else None)
        assert answer.status_code == 403


@pytest.mark.integration
async def test_a_workspace_has_a_hundred_keys_at_most(auth: Auth) -> None:
    """The next is refused until one is revoked."""
    person = await auth.sign_up()
    auth.database.rows(
        "INSERT INTO api_key (workspace_id, id, user_id, name, prefix, digest, scopes)"
        " SELECT %s, gen_random_uuid(), %s, 'k', 'tt_live_xxxx', gen_random_uuid()::text, '{}'"
        " FROM generate_series(1, 100)",
        person.workspace_id,
        person.user_id,
    )
    answer = await create(auth, person)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_keys")


@pytest.mark.integration
async def test_a_repeated_creation_shows_the_same_key_which_is_stored_sealed(auth: Auth) -> None:
    """An answer lost on the way can be asked for again; what is kept for that does not open without the master key."""
    person = await auth.sign_up()
    path = f"/api/workspaces/{person.workspace_id}/api-keys"
    answers = [
        await auth.call("POST", path, person=person, body={"name": "once"}, headers={"idempotency-key": "k1"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    stored = auth.database.rows("SELECT body FROM idempotency_key WHERE workspace_id = %s", person.workspace_id)
    assert answers[0].json()["key"].encode() not in bytes(stored[0][0])
