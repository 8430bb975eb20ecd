"""A public call through the real Envoy and gateway: what reaches the service, what the caller sees."""

import dataclasses
import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tertulia.gateway.envoy.security import security_headers
from tertulia.platform.identity import IdentityVerifier

if TYPE_CHECKING:
    from tests.gateway.envoy.conftest import Stack

SECURITY = {
    "content-security-policy": "script-src 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=()",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


def test_envoy_accepts_everything_that_is_generated(stack: "Stack") -> None:
    """``--mode validate`` does not look at these files, so a running Envoy is asked; nor does it warn of anything."""
    stats = stack.stats()
    names = ["listener_manager.lds", "cluster_manager.cds", *(f"cluster.{name}" for name in stack.topology.services)]
    for name in names:
        assert stats[f"{name}.update_rejected"] == 0
        assert stats[f"{name}.update_success"] >= 1
    log = stack.processes.log("envoy")
    assert "eprecated" not in log
    assert "rejected" not in log


def test_the_service_reads_who_is_calling_and_nothing_forged(stack: "Stack") -> None:
    """What only Envoy and the gateway may say is struck out when it comes from outside, however it is written."""
    person = stack.behind.person()
    forged = {
        "x_tertulia_identity": "forged",
        "X-Tertulia-Lease": "forged",
        "x_tertulia_address": "203.0.113.9",
        "x_tertulia_body": "1",
        "x_forwarded_client_cert": "forged",
        "x_envoy_upstream_rq_timeout_ms": "1",
        "x_envoy_max_retries": "9",
    }
    answer = stack.call("GET", "/api/conversations?after=x", authorization=f"Bearer {person.token}", **forged)
    assert answer.status == 200
    seen = answer.json["headers"]
    identity = IdentityVerifier(stack.processes.key.public_key()).verify(seen["x-tertulia-identity"])
    assert (identity.user_id, identity.workspace_id) == (person.user_id, person.seat.workspace_id)
    assert seen["x-tertulia-address"] == "127.0.0.1"
    assert "forged" not in seen.values()
    assert not [name for name in seen if name.startswith("x-envoy-") and name != "x-envoy-external-address"]
    assert "x-tertulia-body" not in seen
    assert "x-tertulia-lease" not in seen
    raw = f"GET /api/conversations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {person.token}\r\n"
    said = stack.say(f"{raw}x_tertulia_identity: forged\r\nconnection: close\r\n\r\n".encode())
    assert b"200 OK" in said
    assert b"forged" not in said


def test_on_https_browsers_are_told_to_stay_there(stack: "Stack") -> None:
    """And on plain http they are not: nobody could reach it any more."""
    assert "strict-transport-security" not in security_headers(stack.topology)
    secure = dataclasses.replace(stack.topology, public_url="https://chat.example")
    assert security_headers(secure)["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize("path", ["/v1/models", "/api/nothing", "/", "/api%2fchat"])
def test_every_answer_carries_the_security_headers_and_a_request_id(stack: "Stack", path: str) -> None:
    """A service's, the gateway's and Envoy's own."""
    answer = stack.call("GET", path)
    for name, part in SECURITY.items():
        assert part in answer.headers[name], name
    assert answer.headers["x-request-id"]
    assert answer.headers["server"] == "tertulia"
    assert not [name for name in answer.headers if name.startswith("x-envoy")]


@pytest.mark.parametrize("path", ["/api/conversations", "/api/nothing", "/api/auth/login"])
@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ("a-Good_id-1", True),
        ("x" * 128, True),
        ("x" * 129, False),
        ("bad id", False),
        ("<script>", False),
        ("é", False),
    ],
)
def test_a_request_id_is_taken_when_it_is_one(stack: "Stack", path: str, offered: str, taken: bool) -> None:
    """Otherwise it gets another; the answer says which."""
    echoed = stack.call("GET", path, x_request_id=offered).headers["x-request-id"]
    assert (echoed == offered) == taken
    assert echoed


def test_grants_and_refusals_tell_of_the_limits(stack: "Stack") -> None:
    """The gateway's headers reach the caller beside the service's answer."""
    headers = {"authorization": f"Bearer {stack.behind.person(plan='free').token}"}
    granted = stack.call("GET", "/v1/models", **headers)
    assert granted.headers["ratelimit"].startswith('"requests";r=299')
    assert granted.headers["x-ratelimit-limit-requests"] == "300"
    for _ in range(400):
        refused = stack.call("GET", "/v1/models", **headers)
        if refused.status != 200:
            break
    assert refused.status == 429
    assert refused.json["error"]["code"] == "rate_limit_exceeded"
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert refused.headers["ratelimit-policy"] == '"requests";q=300;w=60'
    assert int(refused.headers["retry-after"]) >= 1
    assert int(refused.headers["retry-after-ms"]) <= 3000
    assert refused.headers["x-should-retry"] == "true"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/internal/auth/credentials", 404, "not_found"),
        ("GET", "/authorise/readyz", 404, "not_found"),
        ("GET", "/summary", 404, "not_found"),
        ("GET", "/metrics", 404, "not_found"),
        ("DELETE", "/api/auth/login", 405, "method_not_allowed"),
        ("HEAD", "/api/conversations", 405, None),
        ("GET", "/api/conversations", 401, "unauthenticated"),
        ("GET", "/api%2fconversations", 401, "unauthenticated"),
    ],
)
def test_refusals_are_problems(stack: "Stack", method: str, path: str, status: int, code: str | None) -> None:
    """Whoever refuses, gateway or Envoy: problem JSON with a code and the request's id."""
    answer = stack.call(method, path, x_request_id="mine")
    assert answer.status == status
    if code is not None:
        problem = answer.json
        assert answer.headers["content-type"] == "application/problem+json"
        assert (problem["status"], problem["code"]) == (status, code)
        assert problem["request_id"] == answer.headers["x-request-id"]
    assert ("allow" in answer.headers) == (status == 405)
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_refusals_under_v1_have_openais_shape(stack: "Stack") -> None:
    """An unmodified SDK reads them."""
    for method, path, status in (("GET", "/v1/models", 401), ("GET", "/v1/nothing", 404), ("PUT", "/v1/models", 405)):
        answer = stack.call(method, path)
        assert answer.status == status
        assert set(answer.json["error"]) == {"message", "type", "param", "code"}
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["//v1///models", "/v1/x/../models", "/v1/./models"])
def test_paths_are_made_plain_before_anybody_judges_them(stack: "Stack", path: str) -> None:
    """Envoy, gateway and service see the same path."""
    person = stack.behind.person()
    answer = stack.call("GET", path, authorization=f"Bearer {person.token}")
    assert (answer.status, answer.json["path"]) == (200, "/v1/models")


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"), ("zstd", None)])
def test_json_is_compressed(stack: "Stack", accepted: str, encoding: str | None) -> None:
    """For who asks for it, and only where it is worth it."""
    headers = {"authorization": f"Bearer {stack.behind.person().token}", "accept_encoding": accepted}
    large = stack.call("GET", "/v1/models?padding=5000", **headers)
    assert large.headers.get("content-encoding") == encoding
    if encoding:
        assert len(large.body) < 2500
    if encoding == "gzip":
        assert json.loads(gzip.decompress(large.body))["padding"] == "x" * 5000
    small = stack.call("GET", "/api/openapi.json", **headers)
    assert "accept-encoding" in small.headers.get("vary", "accept-encoding").lower()


def test_listed_origins_may_ask_and_others_not(stack: "Stack") -> None:
    """A preflight for a listed origin is answered by Envoy; another's is a wrong method and gives nothing away."""
    asked = {"access_control_request_method": "PATCH", "access_control_request_headers": "authorization"}
    listed = stack.call("OPTIONS", "/api/auth/me", origin="https://friend.example", **asked)
    assert listed.status == 200
    assert listed.headers["access-control-allow-origin"] == "https://friend.example"
    assert listed.headers["access-control-allow-credentials"] == "true"
    assert "PATCH" in listed.headers["access-control-allow-methods"]
    other = stack.call("OPTIONS", "/api/auth/me", origin="https://evil.example", **asked)
    assert other.status == 405
    assert "access-control-allow-origin" not in other.headers


def test_a_cross_site_post_with_a_cookie_is_refused(stack: "Stack") -> None:
    """The browser says where it came from."""
    cookie = f"tt_session={stack.behind.person().session}"
    evil = stack.call("POST", "/api/conversations", cookie=cookie, origin="https://evil.example")
    assert (evil.status, evil.json["code"]) == (403, "cross_site_request")
    port = stack.topology.public.port
    own = stack.call("POST", "/api/conversations", cookie=cookie, origin=f"http://127.0.0.1:{port}")
    assert own.status == 200


def test_the_access_log_has_neither_queries_nor_secrets(stack: "Stack") -> None:
    """A line a call, with its id."""
    stack.call("GET", "/v1/models?secret=hunter2", x_request_id="logged-1", authorization="Bearer tt_live_hunter3")
    stack.until(lambda: "logged-1" in stack.processes.log("envoy"), "the call is in the log")
    log = stack.processes.log("envoy")
    line = next(json.loads(line) for line in log.splitlines() if "logged-1" in line)
    assert (line["path"], line["status"], line["method"]) == ("/v1/models", 401, "GET")
    assert "hunter" not in log


def test_the_internal_door_routes_by_service(stack: "Stack") -> None:
    """Without asking the gateway: the services check who signed. It knows no public path but the keys."""
    answer = stack.call("POST", "/internal/chat/anything?a=1", door="internal", body=b"{}", x_tertulia_identity="kept")
    assert (answer.status, answer.json["path"]) == (200, "/internal/chat/anything")
    assert answer.json["headers"]["x-tertulia-identity"] == "kept"
    assert stack.call("GET", "/internal/auth/readyz", door="internal").status == 200
    assert "keys" in stack.call("GET", "/.well-known/jwks.json", door="internal").json
    unknown = stack.call("GET", "/api/conversations", door="internal")
    assert (unknown.status, unknown.json["code"]) == (404, "not_found")


def test_readiness_sums_everybody_up(stack: "Stack") -> None:
    """One that is not ready makes it 503, and is named."""
    stack.chat.ready = False
    try:
        stack.until(lambda: stack.call("GET", "/readyz").status == 503, "chat is seen to be not ready")
        said = stack.call("GET", "/readyz").json
        assert [name for name, one in said["services"].items() if not one["ready"]] == ["chat"]
    finally:
        stack.chat.ready = True
    stack.until(lambda: stack.call("GET", "/readyz").status == 200, "all are ready")
    assert stack.call("GET", "/livez").status == 200
