"""Whatever is sent gets a typed answer: never a 500, never a hang."""

import json
from typing import Any

import pytest

from tests.auth.conftest import PASSWORD, Auth

pytestmark = pytest.mark.integration

GOOD = {"email": "well@example.com", "password": PASSWORD, "name": "Well"}
RAW: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 422),
    "not JSON": (b"{", 400),
    "a word": (b"hello", 400),
    "two values": (b"{}{}", 400),
    "not UTF-8": (b'{"email": "\xff\xfe"}', 400),
    "half a surrogate": (b'{"email": "\\ud800@example.com", "password": "x", "name": "n"}', 400),
    "NaN": (b'{"email": NaN, "password": "x", "name": "n"}', 422),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "deep": (b"[" * 5_000 + b"]" * 5_000, 400),
    "very deep": (b"[" * 30_000, 400),
    "too large": (json.dumps(GOOD | {"name": "x" * 70_000}).encode(), 413),
}


@pytest.mark.parametrize("name", RAW)
async def test_broken_bodies(auth: Auth, name: str) -> None:
    """400 for what is no JSON, 422 for the wrong JSON, 413 for too much; always a problem document."""
    content, status = RAW[name]
    headers = {"content-type": "application/json"}
    answer = await auth.call("POST", "/api/auth/signup", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"]


@pytest.mark.parametrize(
    "changed",
    [
        {"unknown": 1},
        {"email": None},
        {"email": 7},
        {"email": "nobody"},
        {"email": "a@b@c"},
        {"email": "a" * 300 + "@example.com"},
        {"email": "a\x00@example.com"},
        {"email": "a\n@example.com"},
        {"email": '"><script>@example.com'},
        {"password": 12345678},
        {"password": ""},
        {"password": "x" * 5_000},
        {"name": ""},
        {"name": " \t "},
        {"name": "x" * 101},
        {"name": "nul\x00"},
        {"name": "\u202eevil"},
        {"name": "\ufeffevil"},
        {"workspace": "ev\u200bil"},
        {"name": ["x"]},
        {"workspace": ""},
        {"workspace": {}},
        {"token_delivery": "pigeon"},
    ],
    ids=str,
)
async def test_wrong_fields_are_named(auth: Auth, changed: dict[str, Any]) -> None:
    """422 that names the field, and never repeats a password."""
    answer = await auth.call("POST", "/api/auth/signup", body=GOOD | changed)
    assert answer.status_code == 422, answer.text
    named = {error["field"] for error in answer.json()["errors"]}
    assert named <= {*changed, ""} or named == set()
    assert "12345678" not in answer.text


@pytest.mark.parametrize("missing", GOOD)
async def test_missing_fields_are_named(auth: Auth, missing: str) -> None:
    """One error for each."""
    answer = await auth.call("POST", "/api/auth/signup", body={k: v for k, v in GOOD.items() if k != missing})
    assert [error["field"] for error in answer.json()["errors"]] == [missing]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/auth/login", 405),
        ("HEAD", "/api/auth/me", 405),
        ("PUT", "/api/workspaces", 405),
        ("GET", "/api/auth/nothing", 404),
        ("GET", "/api/workspaces/", 404),
        ("GET", "/api/auth/sessions?limit=0", 422),
        ("GET", "/api/auth/sessions?limit=101", 422),
        ("GET", "/api/auth/sessions?limit=many", 422),
        ("GET", "/api/auth/sessions?after=%00", 422),
        ("GET", "/api/auth/sessions?after=" + "x" * 600, 422),
        ("DELETE", "/api/auth/sessions/not-a-uuid", 422),
        ("GET", "/api/workspaces/not-a-uuid", 422),
    ],
)
async def test_wrong_methods_paths_and_parameters(auth: Auth, method: str, path: str, status: int) -> None:
    """Each with its own status."""
    person = await auth.sign_up()
    answer = await auth.call(method, path, person=person)
    assert answer.status_code == status


@pytest.mark.parametrize("header", [None, "", "nonsense", "a.b.c"])
async def test_calls_without_a_true_identity(auth: Auth, header: str | None) -> None:
    """401: nothing but the gateway's signature says who it is."""
    headers = {} if header is None else {"x-tertulia-identity": header}
    answer = await auth.call("GET", "/api/auth/me", headers=headers)
    assert answer.status_code == 401
    assert (await auth.call("POST", "/api/auth/refresh")).status_code == 401
