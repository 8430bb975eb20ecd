"""Bad input: each a typed refusal, and nothing is written."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.chat.conftest import Running
from tests.chat.reader import question
from tests.databases import ServiceDatabase

pytestmark = pytest.mark.integration

NIL = "00000000-0000-4000-8000-000000000000"


def asked(text: Any = "Hello.", **also: Any) -> bytes:
    """A good question with a part of it replaced."""
    return msgspec.json.encode(question(NIL, text) | also)


def message(**also: Any) -> dict[str, Any]:
    return {"message": {"id": NIL, "role": "user", "parts": [{"type": "text", "text": "Hello."}]} | also}


QUESTIONS: dict[str, tuple[bytes, int, str]] = {
    "no body": (b"", 400, "malformed_json"),
    "cut off": (asked()[:-1], 400, "malformed_json"),
    "not JSON": (b"hello", 400, "malformed_json"),
    "not UTF-8": (asked().replace(b"Hello.", b"\xff\xfe"), 400, "malformed_json"),
    "deeply nested": (b"[" * 100_000, 422, "unprocessable"),
    "deeply nested in a part": (
        asked("DEEP").replace(b'"DEEP"', b'"hello", "x": ' + b"[" * 100_000 + b"]" * 100_000),
        400,
        "malformed_json",
    ),
    "NaN": (asked().replace(b'"Hello."', b"NaN"), 400, "malformed_json"),
    "an array": (b"[]", 422, "unprocessable"),
    "nothing in it": (b"{}", 422, "unprocessable"),
    "an unknown field": (asked(surprise=1), 422, "unprocessable"),
    "an unknown field inside": (asked(**message(surprise=1)), 422, "unprocessable"),
    "another role": (asked(**message(role="assistant")), 422, "unprocessable"),
    "a wrong type": (asked(id=7), 422, "unprocessable"),
    "an unknown trigger": (asked(trigger="sing"), 422, "unprocessable"),
    "no message": (asked(message=None), 422, "unprocessable"),
    "no parts": (asked(**message(parts=[])), 422, "empty_message"),
    "empty": (asked(""), 422, "empty_message"),
    "white space": (asked(" \n\t\u2003"), 422, "empty_message"),
    "invisible": (asked("\u200b\u2060\ufeff"), 422, "empty_message"),
    "too long": (asked("x" * 100_001), 422, "message_too_long"),
    "too long in pieces": (
        asked(**message(parts=[{"type": "text", "text": "x" * 60_000}] * 2)),
        422,
        "message_too_long",
    ),
    "a picture": (asked(**message(parts=[{"type": "file", "url": "x"}])), 422, "unsupported_part"),
    "a part without text": (asked(**message(parts=[{"type": "text"}])), 422, "unsupported_part"),
    "a NUL": (asked("a\0b"), 422, "bad_text"),
    "half a surrogate pair": (asked("SURROGATE").replace(b"SURROGATE", rb"a \ud800 b"), 422, "unprocessable"),
    "half a pair at the end": (asked("SURROGATE").replace(b"SURROGATE", rb"\ud83d"), 422, "unprocessable"),
    "a NUL in the model": (asked(model="m\0"), 422, "bad_text"),
    "a nameless model": (asked(model=""), 422, "unprocessable"),
    "a long model": (asked(model="m" * 201), 422, "unprocessable"),
    "an empty id": (asked(id=""), 422, "bad_id"),
    "an id with a slash": (asked(id="a/b"), 422, "bad_id"),
    "a long id": (asked(id="a" * 65), 422, "bad_id"),
    "a message id with spaces": (asked(**message(id="a b")), 422, "bad_id"),
    "an edit of nothing": (asked(messageId=str(uuid4())), 404, "not_found"),
    "a regeneration of nothing": (asked(trigger="regenerate-message"), 404, "not_found"),
    "an unknown knowledge base": (asked(knowledge_base_ids=[NIL]), 422, "unknown_knowledge_base"),
    "a huge body": (asked("x" * 2_200_000), 413, "too_large"),
}


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_a_bad_question_is_refused(chat: Running, chat_database: ServiceDatabase) -> None:
    """With a status, a code and a sentence; no row comes of it."""
    reader = chat.reader()
    for case, (body, status, code) in QUESTIONS.items():
        refused = await reader.call("POST", "/api/chat", body=body)
        assert (refused.status, refused.body["code"]) == (status, code), (case, refused.body)
        assert refused.headers["content-type"] == "application/problem+json", case
        assert refused.body["detail"], case
        assert refused.body["request_id"] == refused.headers["x-request-id"], case
    assert not chat_database.rows("SELECT FROM conversation WHERE workspace_id = %s", reader.workspace)
    assert not chat_database.rows("SELECT FROM message WHERE workspace_id = %s", reader.workspace)


CALLS: dict[str, tuple[str, str, Any, int, str]] = {
    "a title too long": ("POST", "/api/conversations", {"title": "x" * 201}, 422, "unprocessable"),
    "an empty title": ("POST", "/api/conversations", {"title": " \n"}, 422, "bad_title"),
    "a title with a NUL": ("POST", "/api/conversations", {"title": "a\0"}, 422, "unprocessable"),
    "an unknown field": ("POST", "/api/conversations", {"colour": "red"}, 422, "unprocessable"),
    "a bad id": ("POST", "/api/conversations", {"id": "no/id"}, 422, "unprocessable"),
    "an unknown conversation": ("GET", f"/api/conversations/{NIL}", None, 404, "not_found"),
    "an impossible id": ("GET", "/api/conversations/%00", None, 404, "not_found"),
    "a long id": ("GET", "/api/conversations/" + "a" * 65, None, 422, "unprocessable"),
    "a change of nothing": ("PATCH", f"/api/conversations/{NIL}", {}, 422, "unprocessable"),
    "a change of an unknown one": ("PATCH", f"/api/conversations/{NIL}", {"title": "x"}, 404, "not_found"),
    "a deletion by change": ("PATCH", f"/api/conversations/{NIL}", {"deleted": True}, 422, "unprocessable"),
    "a deletion of an unknown one": ("DELETE", f"/api/conversations/{NIL}", None, 404, "not_found"),
    "messages of an unknown one": ("GET", f"/api/conversations/{NIL}/messages", None, 404, "not_found"),
    "no limit": ("GET", "/api/conversations?limit=0", None, 422, "unprocessable"),
    "a huge limit": ("GET", "/api/conversations?limit=101", None, 422, "unprocessable"),
    "a made-up cursor": ("GET", "/api/conversations?after=made-up", None, 422, "bad_cursor"),
    "an empty search": ("GET", "/api/conversations/search?q=", None, 422, "unprocessable"),
    "a long search": ("GET", "/api/conversations/search?q=" + "x" * 501, None, 422, "unprocessable"),
    "a search with a NUL": ("GET", "/api/conversations/search?q=a%00", None, 422, "bad_text"),
    "a stop of an unknown one": ("POST", f"/api/chat/{NIL}/stop", None, 404, "not_found"),
    "a stream of an unknown one": ("GET", f"/api/chat/{NIL}/stream", None, 404, "not_found"),
    "a stream of no answer": ("GET", f"/api/chat/{NIL}/stream?answer_id=x", None, 422, "unprocessable"),
    "asking by GET": ("GET", "/api/chat", None, 405, "method_not_allowed"),
    "following by POST": ("POST", f"/api/chat/{NIL}/stream", None, 405, "method_not_allowed"),
    "HEAD of a list": ("PUT", "/api/conversations", None, 405, "method_not_allowed"),
    "an unknown path": ("GET", "/api/chat/a/b/c", None, 404, "not_found"),
}


async def test_a_bad_call_is_refused(chat: Running) -> None:
    """With a status and a code."""
    for case, (method, path, body, status, code) in CALLS.items():
        refused = await chat.reader().call(method, path, body)
        assert refused.body, (case, refused)
        assert (refused.status, refused.body["code"]) == (status, code), (case, refused.body)


async def test_a_position_is_a_number(chat: Running) -> None:
    """Garbage or a negative number in Last-Event-ID is a bad request; an empty one is none."""
    reader, conversation = chat.reader(), uuid4()
    await reader.ask(conversation, "Count.")
    for garbage in ("-1", "1.5", "x", "9" * 16, "\u0661"):
        headers = {"last-event-id": garbage.encode().decode("latin-1")}
        refused = await reader.call("GET", f"/api/chat/{conversation}/stream", headers=headers)
        assert (refused.status, refused.body["code"]) == (400, "bad_position")


async def test_nobody_is_let_in_without_an_identity(chat: Running) -> None:
    """Absent or forged: 401."""
    reader = chat.reader()
    for path in ("/api/conversations", "/api/conversations/search?q=x", f"/api/chat/{NIL}/stream"):
        for token in ("", "forged", reader.headers()["x-tertulia-identity"] + "x"):
            answer = await reader._client.request("GET", chat.url + path, headers={"x-tertulia-identity": token})
            assert answer.status == 401
    ask = await reader._client.request("POST", chat.url + "/api/chat", json=question(NIL, "Hello."))
    assert ask.status == 401


async def test_the_window_is_for_the_orchestrator_only(chat: Running) -> None:
    """Unsigned 401, signed by another service 403, unknown answer 404."""
    path = f"/internal/chat/conversations/{NIL}/window?answer_id={NIL}"
    assert (await chat.reader().call("GET", path)).status == 401
    for service, status in (("auth", 403), ("orchestrator", 404)):
        client = chat.signed[service]
        headers: dict[str, str] = {}
        client._signer.sign("GET", path, headers, b"")
        assert (await client.request("GET", chat.url + path, headers=headers)).status == status
