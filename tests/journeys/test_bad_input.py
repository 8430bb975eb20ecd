"""What should not be sent, sent to the whole of Tertulia: each time a typed refusal, and it goes on serving."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from openai import NotFoundError, OpenAI, UnprocessableEntityError

from tests.journeys.person import PASSWORD, Person

if TYPE_CHECKING:
    from tests.stack import Stack

pytestmark = pytest.mark.journey

PROBLEM = {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}
TOGETHER = 10


@pytest.fixture
def person(stack: "Stack") -> Person:
    return Person.signs_up(stack.url)


def assert_refused(answer: httpx2.Response, status: int, code: str) -> None:
    """In the shape that the path's clients read, with the id of the request, and nothing of our inside."""
    assert answer.status_code == status, answer.text
    told = answer.json()
    if answer.request.url.path.startswith("/v1/"):
        assert set(told["error"]) == {"message", "type", "param", "code"}
        assert told["error"]["code"] == code
    else:
        assert set(told) == PROBLEM
        assert (told["code"], told["request_id"]) == (code, answer.headers["x-request-id"])
    assert answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/api/conversations", "/api/chat", "/v1/chat/completions", "/v1/embeddings"])
@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"{", {400}),
        (b'{"id": "\xff"}', {400}),
        (b"[]", {422}),
        (b'{"a":' * 50_000, {400, 422}),
        (b"\x00", {400}),
        (b'{"surprise": NaN}', {400, 422}),
    ],
    ids=["cut", "not UTF-8", "no object", "deep", "NUL", "NaN"],
)
def test_a_body_that_is_none_is_refused(person: Person, path: str, body: bytes, statuses: set[int]) -> None:
    """By every service that reads one."""
    answer = person.client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in statuses, answer.text
    told = answer.json().get("error") or answer.json()
    assert_refused(answer, answer.status_code, told["code"])


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/conversations", 2 << 20), ("/api/chat", 2 << 20), ("/v1/chat/completions", 8 << 20)]
)
def test_a_body_of_unknown_length_has_a_bound(person: Person, path: str, limit: int) -> None:
    """Sent in chunks, nothing announced: what the service takes at most on any path."""

    def pieces() -> Iterator[bytes]:
        for _ in range(limit // 65_536 + 1):
            yield b" " * 65_536

    assert_refused(person.client.post(path, content=pieces()), 413, "too_large")


def test_openais_client_is_told_which_parameter_is_wrong(stack: "Stack", person: Person) -> None:
    """With its own exception classes; a model whose name has a slash is merely unknown."""
    wrong: list[tuple[str, Any]] = [("temperature", "warm"), ("n", 0), ("max_tokens", -1), ("stop", ["x"] * 10_000)]
    with OpenAI(base_url=f"{stack.url}/v1", api_key=person.makes_a_key(), max_retries=0) as client:
        asked: dict[str, Any] = {"model": "sim-fast", "messages": [{"role": "user", "content": "hello"}]}
        for name, value in wrong:
            with pytest.raises(UnprocessableEntityError) as refused:
                client.chat.completions.create(**asked | {name: value})
            assert refused.value.param == name
        with pytest.raises(NotFoundError) as unknown:
            client.models.retrieve("somebody/some-model")
        assert unknown.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/internal/auth/credentials", 404),
        ("/authorise/api/auth/me", 404),
        ("/metrics", 404),
        ("/openapi.json", 404),
        ("/config_dump", 404),
        ("/assets/..%2f..%2f..%2fetc/passwd", 404),
        ("/assets/%2e%2e/%2e%2e/internal/chat/x", 404),
        ("/api/conversations;x=1", 404),
        ("/api/conversations/%ff", 404),
        ("/api/conversations%00", 400),
    ],
)
def test_what_is_inside_is_not_there_from_outside(stack: "Stack", person: Person, path: str, status: int) -> None:
    """However the path is written."""
    said = _say(stack.url, f"GET {path} HTTP/1.1", f"authorization: Bearer {person.token}")
    assert said.startswith(b"HTTP/1.1 %d" % status), said[:200]
    assert set(json.loads(said.partition(b"\r\n\r\n")[2])) == PROBLEM


def test_what_only_the_gateway_may_say_is_not_heard_from_outside(stack: "Stack", person: Person) -> None:
    """An identity, a path or a deadline of one's own making."""
    forged = ("x-tertulia-identity: forged", "x-envoy-original-path: /internal/x", "x-tertulia-deadline-ms: 0")
    alone = _say(stack.url, "GET /api/auth/me HTTP/1.1", *forged)
    assert alone.startswith(b"HTTP/1.1 401")
    beside = _say(stack.url, "GET /api/auth/me HTTP/1.1", f"authorization: Bearer {person.token}", *forged)
    assert beside.startswith(b"HTTP/1.1 200")
    assert str(person.user["id"]).encode() in beside


def test_a_request_id_that_is_none_is_replaced(stack: "Stack") -> None:
    """A good one is echoed; one that could do harm in a log is not."""
    good = httpx2.get(f"{stack.url}/livez", headers={"x-request-id": "mine_1-A"})
    bad = httpx2.get(f"{stack.url}/livez", headers={"x-request-id": "mine <script>"})
    assert good.headers["x-request-id"] == "mine_1-A"
    assert "script" not in bad.headers["x-request-id"]


def test_one_question_sent_by_many_at_once_has_one_answer(person: Person) -> None:
    """All read the same answer, and one question is kept."""
    conversation, question = str(uuid4()), str(uuid4())
    body = {"id": conversation, "message": {"id": question, "parts": [{"type": "text", "text": "Once?"}]}}
    with ThreadPoolExecutor(TOGETHER) as together:
        answers = list(together.map(lambda _: person.client.post("/api/chat", json=body), range(2 * TOGETHER)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text.partition("id: 1\n")[2] for answer in answers}) == 1
    assert [message["role"] for message in person.messages(conversation)] == ["user", "assistant"]


def test_one_key_makes_one_thing(person: Person) -> None:
    """Many calls at once with one Idempotency-Key: one conversation; who comes too early is told to come again."""
    once = {"idempotency-key": uuid4().hex}

    def make(_: int) -> httpx2.Response:
        return person.client.post("/api/conversations", json={}, headers=once)

    with ThreadPoolExecutor(TOGETHER) as together:
        made = list(together.map(make, range(2 * TOGETHER)))
    assert {answer.status_code for answer in made} <= {201, 409}
    assert len({answer.json()["id"] for answer in made if answer.status_code == 201}) == 1
    other = person.client.post("/api/conversations", json={"title": "another"}, headers=once)
    assert_refused(other, 422, "idempotency_key_reused")


def test_nothing_that_people_write_or_hold_is_in_a_log(stack: "Stack", person: Person) -> None:
    """Neither words, nor passwords, nor keys, nor tokens, of whatever component."""
    key, secret = person.makes_a_key(), f"remember {uuid4().hex}"
    person.asks(secret)
    for log in (stack.home / "logs").iterdir():
        text = log.read_text(errors="replace")
        for unwanted in (secret, key, PASSWORD, person.token):
            assert unwanted not in text, log.name


def _say(url: str, *lines: str) -> bytes:
    """What is answered to a request that no client would let through."""
    there = urlsplit(url)
    with socket.create_connection((there.hostname or "", there.port or 0), timeout=30) as connection:
        connection.sendall("\r\n".join((*lines, "host: localhost", "connection: close", "", "")).encode())
        said = b""
        while piece := connection.recv(65_536):
            said += piece
        return said
