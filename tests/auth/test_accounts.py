"""Signing up and in: what is made, what is refused, and what a refusal tells."""

import asyncio
import secrets
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from tests.auth.conftest import PASSWORD, Auth, human

pytestmark = pytest.mark.integration


async def test_sign_up_makes_a_person_and_their_workspace(auth: Auth) -> None:
    """201 with user, workspace and token; the session, refresh and device cookies are set."""
    asked = {"email": "Ada.L+x@Exämple.com", "password": PASSWORD, "name": " Ada ", "workspace": "Engines"}
    answer = await auth.call("POST", "/api/auth/signup", body=asked)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["user"]["email"] == "ada.l+x@xn--exmple-cua.com"
    assert said["user"]["name"] == "Ada"
    assert (said["workspace"]["name"], said["workspace"]["role"]) == ("Engines", "owner")
    assert said["expires_in"] == 600
    assert said["refresh_token"] is None
    assert set(answer.cookies) == {"tt_session", "tt_refresh", "tt_device"}
    assert answer.headers["cache-control"] == "no-store"
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie


async def test_sign_up_tells_the_others(auth: Auth) -> None:
    """The events are in the outbox with the rows that they tell of."""
    person = await auth.sign_up()
    subjects = auth.database.rows("SELECT subject FROM outbox WHERE workspace_id = %s", person.workspace_id)
    assert {row[0] for row in subjects} == {"event.auth.user_signed_up.v1", "event.auth.workspace_created.v1"}


async def test_an_address_is_one_account_however_it_is_written(auth: Auth) -> None:
    """409 `email_taken` in other capitals, and nothing is left behind; the first account is untouched."""
    person = await auth.sign_up()
    before = auth.database.rows("SELECT count(*) FROM workspace")
    asked = {"email": person.email.upper(), "password": PASSWORD, "name": "Eve"}
    answer = await auth.call("POST", "/api/auth/signup", body=asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert auth.database.rows("SELECT count(*) FROM workspace") == before
    assert (await auth.log_in(person.email)).status_code == 200


async def test_twenty_sign_ups_of_one_address_make_one_account(auth: Auth) -> None:
    """The index decides, not a look-up before it."""
    asked = {"email": "race@example.com", "password": PASSWORD, "name": "Race"}
    answers = await asyncio.gather(*(auth.call("POST", "/api/auth/signup", body=asked) for _ in range(20)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 19


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("seven77", "too short"),
        ("password1", "common"),
        ("Sunshine1", "common in other capitals"),
        ("x" * 129, "too long"),
        ("wendel.tester", "the mailbox"),
        ("wendel.tester@example.com", "the address"),
        ("Wendelina1!", "the name and little else"),
        ("e\u0301" * 7, "seven characters once composed"),
    ],
)
async def test_passwords_that_are_guessed_first_are_refused(auth: Auth, password: str, why: str) -> None:
    """422 `weak_password` that names the field."""
    asked = {"email": "wendel.tester@example.com", "password": password, "name": "Wendelina"}
    answer = await auth.call("POST", "/api/auth/signup", body=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password"), why
    assert answer.json()["errors"][0]["field"] == "password"


async def test_long_passwords_count_in_full(auth: Auth) -> None:
    """128 characters are taken, the last one matters, and it does not matter how letters were composed."""
    password = "é" * 100 + "a rather long end of it all!"
    person = await auth.sign_up(password=password)
    assert (await auth.log_in(person.email, password[:-1] + "?")).status_code == 401
    decomposed = password.replace("é", "e\u0301")
    assert (await auth.log_in(person.email, decomposed)).status_code == 200


async def test_stored_hashes_have_todays_parameters(auth: Auth) -> None:
    """argon2id, t=1, m=47104, p=1; one made otherwise is made anew at sign-in."""
    person = await auth.sign_up()
    weaker = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    query = "SELECT hash FROM password WHERE user_id = %s"
    assert auth.database.rows(query, person.user_id)[0][0].startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    auth.database.rows("UPDATE password SET hash = %s WHERE user_id = %s", weaker, person.user_id)
    assert (await auth.log_in(person.email)).status_code == 200
    assert auth.database.rows(query, person.user_id)[0][0].startswith("$argon2id$v=19$m=47104,t=1,p=1$")


async def test_a_wrong_password_and_an_unknown_address_read_the_same(auth: Auth) -> None:
    """401 with the same words; nothing tells which it was."""
    person = await auth.sign_up()
    wrong = await auth.log_in(person.email, "not my password")
    unknown = await auth.log_in(f"{secrets.token_hex(6)}@example.com", "not my password")
    assert wrong.status_code == unknown.status_code == 401
    ours = {"request_id"}
    assert {k: v for k, v in wrong.json().items() if k not in ours} == {
        k: v for k, v in unknown.json().items() if k not in ours
    }
    assert {k: v for k, v in wrong.headers.items() if k != "x-request-id"} == {
        k: v for k, v in unknown.headers.items() if k != "x-request-id"
    }


async def test_an_unknown_address_takes_as_long_as_a_wrong_password(auth: Auth) -> None:
    """Both cost one password hash of the processor's time, in turns, over the calls that were disturbed least."""
    person = await auth.sign_up()
    nobody = f"{secrets.token_hex(6)}@example.com"
    spent: dict[str, list[float]] = {person.email: [], nobody: []}
    for _ in range(20):
        for email, seconds in spent.items():
            started = time.process_time()
            answer = await auth.log_in(email, "not my password")
            seconds.append(time.process_time() - started)
            assert answer.status_code == 401
    known, unknown = (statistics.median(sorted(seconds)[:10]) for seconds in spent.values())
    assert 2 / 3 < known / unknown < 3 / 2


async def test_an_attacker_cannot_lock_the_owner_out(auth: Auth) -> None:
    """After the account's tries are used up strangers get 429 and the owner's known device still signs in."""
    person = await auth.sign_up()
    answers = [await auth.log_in(person.email, "guess again") for _ in range(22)]
    assert [a.status_code for a in answers] == [401] * 20 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await auth.log_in(person.email)).status_code == 429
    mine = {"tt_device": person.cookies["tt_device"]}
    assert (await auth.log_in(person.email, cookies=mine)).status_code == 200
    other = await auth.sign_up()
    theirs = {"tt_device": other.cookies["tt_device"]}
    assert (await auth.log_in(person.email, cookies=theirs)).status_code == 429


async def test_unknown_addresses_are_limited_alike(auth: Auth) -> None:
    """A limit that only real accounts have would tell which are real."""
    nobody = f"{secrets.token_hex(6)}@example.com"
    answers = [await auth.log_in(nobody, "guess") for _ in range(21)]
    assert [a.status_code for a in answers] == [401] * 20 + [429]


async def test_a_right_password_gives_the_try_back(auth: Auth) -> None:
    """The account's bucket and the address's, which the gateway took from."""
    from tertulia.contracts.limits import credential_address_bucket
    from tertulia.platform.limits import Limits
    from tertulia.platform.valkey import Valkey

    person = await auth.sign_up()
    valkey = Valkey(auth.service.settings.valkey_url.get_secret_value(), name="test")
    async with valkey:
        limits = Limits(valkey)
        bucket = credential_address_bucket("198.51.100.7")
        for _ in range(25):
            assert (await limits.admit([bucket])).allowed
            answer = await auth.log_in(person.email, headers={"x-tertulia-address": "198.51.100.7"})
            assert answer.status_code == 200


async def test_sign_ins_beyond_the_pool_are_told_to_come_back(auth: Auth) -> None:
    """Two hash and 32 wait; the rest get 503 with Retry-After at once, and nobody waits for ever."""
    emails = [f"crowd{n}@example.com" for n in range(60)]
    answers = await asyncio.gather(*(auth.log_in(email, "whatever it is") for email in emails))
    by_status = {status: sum(a.status_code == status for a in answers) for status in (401, 503)}
    assert by_status[401] >= 34
    assert by_status[503] == 60 - by_status[401] > 0
    assert all("retry-after" in a.headers for a in answers if a.status_code == 503)


async def test_me_shows_and_renames(auth: Auth) -> None:
    """The person, their workspaces, and which session this is."""
    person = await auth.sign_up()
    said = (await auth.call("GET", "/api/auth/me", person=person)).json()
    assert said["user"] == {"id": str(person.user_id), "email": person.email, "name": "Otto"}
    assert [w["id"] for w in said["workspaces"]] == [str(person.workspace_id)]
    assert said["session_id"] == str(person.session_id)
    renamed = await auth.call("PATCH", "/api/auth/me", person=person, body={"name": "Ada"})
    assert renamed.json()["name"] == "Ada"


async def test_changing_the_password_ends_the_other_sessions(auth: Auth) -> None:
    """The old password is asked for; this session stays, the others and their refresh tokens end."""
    person = await auth.sign_up()
    second = human(await auth.log_in(person.email))
    path, new = "/api/auth/password", "seven loud herons"
    wrong = await auth.call(
        "POST", path, person=person, body={"current_password": "no such thing", "new_password": new}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    body = {"current_password": PASSWORD, "new_password": new}
    assert (await auth.call("POST", path, person=person, body=body)).status_code == 204
    assert (await auth.log_in(person.email)).status_code == 401
    assert (await auth.log_in(person.email, new)).status_code == 200
    refreshed = [await auth.call("POST", "/api/auth/refresh", cookies=one.cookies) for one in (person, second)]
    assert [r.status_code for r in refreshed] == [200, 401]


async def test_on_https_cookies_are_prefixed_and_secure(start_auth: Callable[..., Any]) -> None:
    """`__Host-` where the path allows it, `__Secure-` elsewhere."""
    auth: Auth = await start_auth(TERTULIA_PUBLIC_URL="https://chat.example.com")
    body = {"email": "tls@example.com", "password": PASSWORD, "name": "T"}
    answer = await auth.call("POST", "/api/auth/signup", body=body)
    cookies = answer.headers.get_list("set-cookie")
    assert {c.partition("=")[0] for c in cookies} == {"__Host-tt_session", "__Secure-tt_refresh", "__Secure-tt_device"}
    assert all("; Secure" in c and "Domain" not in c for c in cookies)


async def test_plain_http_is_warned_about_except_at_home(start_auth: Callable[..., Any]) -> None:
    """One warning at the start, since browsers then send cookies unprotected."""
    with capture_logs() as logs:
        await start_auth(TERTULIA_PUBLIC_URL="http://chat.example.com")
        await start_auth(TERTULIA_PUBLIC_URL="http://localhost:4000")
    assert [entry["public_url"] for entry in logs if entry["event"] == "cookies_not_secure"] == [
        "http://chat.example.com"
    ]


async def test_tokens_in_the_body_come_without_cookies(auth: Auth) -> None:
    """For programs: `token_delivery: body` gives the refresh token and sets nothing."""
    person = await auth.sign_up()
    asked = {"email": person.email, "password": PASSWORD, "token_delivery": "body"}
    answer = await auth.call("POST", "/api/auth/login", body=asked)
    assert not answer.cookies
    first = answer.json()["refresh_token"]
    again = await auth.call("POST", "/api/auth/refresh", body={"refresh_token": first})
    assert not again.cookies
    assert again.json()["refresh_token"] not in {None, first}
