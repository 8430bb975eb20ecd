"""A session's life: refresh and its rotation, theft, sign-out, limits of time, revocation everywhere."""

import asyncio
import secrets

import pytest
import redis

from tertulia.contracts.limits import REVOKED_TTL
from tests.auth.conftest import Auth, Human, human

pytestmark = pytest.mark.integration


async def refresh(auth: Auth, token: str) -> tuple[int, str]:
    answer = await auth.call("POST", "/api/auth/refresh", body={"refresh_token": token})
    return answer.status_code, answer.json().get("refresh_token", "")


def age(auth: Auth, human: Human, seconds: int) -> None:
    """As if the session's tokens had been used this much earlier."""
    auth.database.rows(
        "UPDATE refresh_token SET used_at = used_at - make_interval(secs => %s) WHERE session_id = %s",
        seconds,
        human.session_id,
    )


async def test_fifty_tabs_refresh_at_once(auth: Auth) -> None:
    """All get the same successor, and it was made once."""
    person = await auth.sign_up()
    outcomes = await asyncio.gather(*(refresh(auth, person.cookies["tt_refresh"]) for _ in range(50)))
    assert {status for status, _ in outcomes} == {200}
    assert len({token for _, token in outcomes}) == 1
    count = auth.database.rows("SELECT count(*) FROM refresh_token WHERE session_id = %s", person.session_id)
    assert count == [(2,)]
    assert (await refresh(auth, outcomes[0][1]))[0] == 200


async def test_a_used_token_is_good_for_ten_more_seconds(auth: Auth) -> None:
    """For the tab that asked late; the successor is the one that was already given."""
    person = await auth.sign_up()
    _, first = await refresh(auth, person.cookies["tt_refresh"])
    age(auth, person, 8)
    assert await refresh(auth, person.cookies["tt_refresh"]) == (200, first)


async def test_a_late_replay_ends_the_family(auth: Auth, servers: object) -> None:
    """A used token that comes back has been stolen: nothing of that session works, and other sessions do."""
    person = await auth.sign_up()
    other = human(await auth.log_in(person.email))
    _, second = await refresh(auth, person.cookies["tt_refresh"])
    _, third = await refresh(auth, second)
    age(auth, person, 11)
    assert (await refresh(auth, person.cookies["tt_refresh"]))[0] == 401
    assert [(await refresh(auth, token))[0] for token in (second, third)] == [401, 401]
    assert (await refresh(auth, other.cookies["tt_refresh"]))[0] == 200
    assert marked(auth, person) > 0


async def test_the_chain_goes_on(auth: Auth) -> None:
    """Each token leads to another; the cookie follows when the cookie was used."""
    person = await auth.sign_up()
    cookies = person.cookies
    seen = {cookies["tt_refresh"]}
    for _ in range(5):
        answer = await auth.call("POST", "/api/auth/refresh", cookies=cookies)
        assert answer.json()["refresh_token"] is None
        cookies = dict(answer.cookies)
        seen.add(cookies["tt_refresh"])
    assert len(seen) == 6


_REAL = "a" * 43
FORGED = {
    "empty": "",
    "a space": " ",
    "random": secrets.token_urlsafe(32),
    "short": _REAL[:-1],
    "long": _REAL + "a",
    "very long": "a" * 256,
    "padded": _REAL + "=",
    "standard base64": "+" * 43,
    "slash": "/" * 43,
    "zeroes": "A" * 43,
    "a JWT": "eyJhbGciOiJub25lIn0.e30.",
    "an API key": "tt_live_" + "a" * 38,
    "NUL": "a" * 42 + "\0",
    "newline": _REAL + "\n",
    "leading newline": "\n" + _REAL,
    "quote": "a" * 42 + "'",
    "SQL": "' OR digest IS NOT NULL --",
    "SQL wildcard": "%" * 43,
    "unicode digits": "\u0661" * 43,
    "full-width": "\uff41" * 43,
    "emoji": "\U0001f511" * 43,
    "null word": "null",
    "a list": "[]",
    "a UUID": "018f0000-0000-7000-8000-000000000000",
    "hex digest": "0" * 64,
    "combining": "e\u0301" * 21 + "a",
}


@pytest.mark.parametrize("name", FORGED)
async def test_forged_refresh_tokens_are_refused(auth: Auth, name: str) -> None:
    """All 401 with one code (422 for what is not text), never a 500."""
    answer = await auth.call("POST", "/api/auth/refresh", body={"refresh_token": FORGED[name]})
    refused = (422, "unprocessable") if name == "NUL" else (401, "refresh_refused")
    assert (answer.status_code, answer.json()["code"]) == refused


@pytest.mark.parametrize("of", ["session", "device", "flipped", "upper", "digest", "successor"])
async def test_no_other_secret_refreshes(auth: Auth, of: str) -> None:
    """The session's secret, the device's, a digest, an altered token: each is not a refresh token."""
    person = await auth.sign_up()
    token = person.cookies["tt_refresh"]
    stored = auth.database.rows("SELECT digest FROM refresh_token WHERE session_id = %s", person.session_id)[0][0]
    forged = {
        "session": person.cookies["tt_session"],
        "device": person.cookies["tt_device"],
        "flipped": ("b" if token[0] != "b" else "c") + token[1:],
        "upper": token.swapcase(),
        "digest": stored[:43],
        "successor": token[::-1],
    }[of]
    assert (await refresh(auth, forged))[0] in {401, 422}


async def test_sign_out_ends_the_session_everywhere(auth: Auth) -> None:
    """Cookies are cleared, the refresh token is dead, the marker set, others told; a second time is no error."""
    person = await auth.sign_up()
    answer = await auth.call("POST", "/api/auth/logout", person=person)
    assert answer.status_code == 204
    cleared = answer.headers.get_list("set-cookie")
    assert {c.partition("=")[0] for c in cleared} == {"tt_session", "tt_refresh"}
    assert all("Max-Age=0" in c for c in cleared)
    assert (await refresh(auth, person.cookies["tt_refresh"]))[0] == 401
    assert marked(auth, person) > REVOKED_TTL.total_seconds() - 60
    changed = auth.database.rows(
        "SELECT body FROM outbox WHERE subject = 'event.auth.access_changed.v1' AND body LIKE %s",
        f"%{person.session_id}%",
    )
    assert len(changed) == 1
    assert (await auth.call("POST", "/api/auth/logout", person=person)).status_code == 204
    path = f"/api/auth/sessions/{person.session_id}"
    assert (await auth.call("DELETE", path, person=person)).status_code == 404


async def test_sessions_are_listed_and_ended_one_by_one_or_all_others(auth: Auth) -> None:
    """With where and when they began; pages; the caller's own is marked."""
    person = await auth.sign_up()
    agent = {"user-agent": "Browser\x01 of test", "x-tertulia-address": "198.51.100.20"}
    others = [human(await auth.log_in(person.email, headers=agent)) for _ in range(4)]
    first = (await auth.call("GET", "/api/auth/sessions?limit=3", person=person)).json()
    assert [s["id"] for s in first["data"]] == [str(h.session_id) for h in reversed(others[1:])]
    assert first["has_more"]
    assert (first["data"][0]["user_agent"], first["data"][0]["address"]) == ("Browser of test", "198.51.100.20")
    rest = (await auth.call("GET", f"/api/auth/sessions?limit=3&after={first['last_id']}", person=person)).json()
    assert [(s["id"], s["current"]) for s in rest["data"]] == [
        (str(others[0].session_id), False),
        (str(person.session_id), True),
    ]
    gone = await auth.call("DELETE", f"/api/auth/sessions/{others[0].session_id}", person=person)
    assert gone.status_code == 204
    assert (await auth.call("DELETE", "/api/auth/sessions", person=person)).status_code == 204
    left = (await auth.call("GET", "/api/auth/sessions", person=person)).json()
    assert [s["id"] for s in left["data"]] == [str(person.session_id)]
    assert all(marked(auth, other) > 0 for other in others)


@pytest.mark.parametrize("column", ["expires_at = now()", "created_at = now() - interval '15 days'"])
async def test_sessions_end_by_time(auth: Auth, column: str) -> None:
    """30 days after they began, or 14 days after their last use."""
    person = await auth.sign_up()
    auth.database.rows(f"UPDATE session SET {column} WHERE id = %s", person.session_id)  # noqa: S608 - from above
    assert (await refresh(auth, person.cookies["tt_refresh"]))[0] == 401
    assert (await auth.call("GET", "/api/auth/sessions", person=person)).json()["data"] == []


async def test_use_keeps_a_session_alive(auth: Auth) -> None:
    """It is noted in memory and written together; the idle limit counts from it."""
    person = await auth.sign_up()
    assert (await refresh(auth, person.cookies["tt_refresh"]))[0] == 200
    assert auth.database.rows("SELECT 1 FROM credential_use WHERE credential_id = %s", person.session_id) == []
    await auth.deps.sessions._uses.write()
    auth.database.rows("UPDATE session SET created_at = now() - interval '15 days' WHERE id = %s", person.session_id)
    assert (await refresh(auth, person.cookies["tt_refresh"]))[0] == 200


def marked(auth: Auth, human: Human) -> int:
    """Seconds that the revocation marker lives; below zero: there is none."""
    with redis.Redis.from_url(auth.service.settings.valkey_url.get_secret_value()) as valkey:
        return int(valkey.ttl(f"revoked:{human.session_id}"))
