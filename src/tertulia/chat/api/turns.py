"""``POST /api/chat`` and ``GET /api/chat/{id}/stream`` in bare ASGI: these two carry the answers.

They are answered before FastAPI, so that an open stream holds little; ``describe`` writes them into the document.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tertulia.chat.owner import Owner
from tertulia.chat.schemas import Ask
from tertulia.chat.service import conversations
from tertulia.chat.service.answer_stream import DONE, AnswerStreams, Followed
from tertulia.chat.service.turn import Terms, Turn, Turns
from tertulia.contracts import stream
from tertulia.contracts.limits import WAITING_TTL
from tertulia.contracts.limits import lease as lease_limit
from tertulia.platform import context, sse
from tertulia.platform.db import Database
from tertulia.platform.errors import (
    BadRequest,
    FieldError,
    MalformedJson,
    MethodNotAllowed,
    TertuliaError,
    Unprocessable,
)
from tertulia.platform.http import read_body
from tertulia.platform.idempotency import Key
from tertulia.platform.identity import LEASE_HEADER, Identity, IdentityVerifier, identify
from tertulia.platform.limits import Limits
from tertulia.platform.sse import EventStream

log = structlog.get_logger()

MAX_BODY = 2 * 1024 * 1024
_ASK = "/api/chat"
_RESUME = re.compile(r"/api/chat/([^/]{1,64})/stream")
_RESUME_TEMPLATE = "/api/chat/{conversation_id}/stream"
_POSITION = re.compile(r"[0-9]{1,15}")
_HEADERS = {"x-vercel-ai-ui-message-stream": "v1"}
_decode_ask = msgspec.json.Decoder(Ask).decode


class BadPosition(BadRequest):
    code, title = "bad_position", "Not a position in a stream"


class TurnDoors:
    """Answers the two streaming paths, and hands everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        database: Database,
        turns: Turns,
        streams: AnswerStreams,
        limits: Limits,
        verifier: IdentityVerifier,
    ) -> None:
        self._app = app
        self._database = database
        self._turns = turns
        self._streams = streams
        self._limits = limits
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope, receive) if scope["type"] == "http" else self._app
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        path: str = scope["path"]
        if path == _ASK:
            _only(scope, "POST", _ASK)
            return await self._ask(scope, receive)
        if match := _RESUME.fullmatch(path):
            _only(scope, "GET", _RESUME_TEMPLATE)
            return await self._resume(scope, match[1])
        return self._app

    async def _ask(self, scope: Scope, receive: Receive) -> ASGIApp:
        identity = identify(scope, self._verifier)
        headers = Headers(scope=scope)
        lease = headers.get(LEASE_HEADER)
        try:
            owner = Owner.of(identity)
            position = _position(headers)
            body = await read_body(scope, receive, MAX_BODY)
            ask = read_ask(body)
            terms = Terms(plan=identity.plan, lease=lease, key=_key(headers, body))
            turn: Turn = await self._turns.take(owner, ask, terms)
        except Exception:
            await self._give_back(identity, lease)
            raise
        await (self._keep(identity, lease) if turn.begun else self._give_back(identity, lease))
        return self._stream(Followed.of(owner, turn.answer), position)

    async def _resume(self, scope: Scope, conversation_id: str) -> ASGIApp:
        owner = Owner.of(identify(scope, self._verifier))
        position = _position(Headers(scope=scope))
        answer = await conversations.answer_to_follow(
            self._database,
            owner,
            owner.resolve(conversation_id),
            answer_id=_answer_id(scope),
            resuming=position is not None,
        )
        if answer is None:
            return Response(status_code=204)
        return self._stream(Followed.of(owner, answer), position)

    def _stream(self, answer: Followed, position: int | None) -> ASGIApp:
        return EventStream(self._streams.follow(answer, position), headers=_HEADERS, on_error=_broken)

    async def _keep(self, identity: Identity, lease: str | None) -> None:
        """The generation's place, while its job waits. Should this fail, it may be counted too late."""
        if lease is None or identity.workspace_id is None:
            return
        try:
            await self._limits.hold(lease_limit(identity.workspace_id, identity.plan, lease, WAITING_TTL))
        except TertuliaError as error:
            log.warning("lease_not_kept", code=error.code)

    async def _give_back(self, identity: Identity, lease: str | None) -> None:
        """No generation begins, so its place is free. Should this fail, the place is free when its time is over."""
        if lease is None or identity.workspace_id is None:
            return
        try:
            await self._limits.release(lease_limit(identity.workspace_id, identity.plan, lease))
        except TertuliaError as error:
            log.warning("lease_not_released", code=error.code)


def read_ask(body: bytes) -> Ask:
    """Raises: MalformedJson; Unprocessable with the field that is wrong."""
    try:
        return _decode_ask(body)
    except msgspec.ValidationError as error:
        told = FieldError.of(error)
        raise Unprocessable(
            "Some fields are missing, unknown or wrong.", param=told.field or None, errors=[told]
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if _is_json(body):
            raise Unprocessable("The body holds half of a surrogate pair. Take it out.", param="message") from None
        raise MalformedJson("The body is not valid JSON.") from None


def _is_json(body: bytes) -> bool:
    """Python's own reader takes lone surrogates, which are JSON but no text."""
    try:
        json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return False
    return True


def _no_number(name: str) -> None:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def _only(scope: Scope, method: str, template: str) -> None:
    context.name_route(scope, template)
    if scope["method"] != method:
        raise MethodNotAllowed(f"This address takes {method} only.", headers={"allow": method})


def _position(headers: Headers) -> int | None:
    given = headers.get("last-event-id")
    if not given:
        return None
    if not _POSITION.fullmatch(given):
        raise BadPosition("Last-Event-ID is the `id` of the last event that you have, or absent.")
    return int(given)


def _key(headers: Headers, body: bytes) -> Key | None:
    given = headers.get("idempotency-key")
    return None if given is None else Key.of(given, body, operation=f"POST {_ASK}")


def _answer_id(scope: Scope) -> UUID | None:
    given = parse_qs(scope["query_string"].decode("latin-1")).get("answer_id")
    if not given:
        return None
    try:
        return UUID(given[0])
    except ValueError:
        raise Unprocessable("`answer_id` is the UUID of an answer.", param="answer_id") from None


def _broken(error: TertuliaError) -> bytes:
    return sse.encode(stream.encode(stream.Error(error_text=error.detail, code=error.code))) + DONE


def describe(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The document with the two paths in it."""

    def described() -> dict[str, Any]:
        document = openapi()
        (reference,), schemas = msgspec.json.schema_components([Ask], ref_template="#/components/schemas/{name}")
        document.setdefault("components", {}).setdefault("schemas", {}).update(schemas)
        document["paths"][_ASK] = {"post": _operation("ask", _ASKING, [_IDEMPOTENCY], reference)}
        resume = [_in_path("conversation_id"), _ANSWER_ID]
        document["paths"][_RESUME_TEMPLATE] = {"get": _operation("resume_stream", _RESUMING, resume)}
        return document

    return described


def _operation(
    name: str, told: tuple[str, str], parameters: list[dict[str, Any]], body: dict[str, Any] | None = None
) -> dict[str, Any]:
    event = {"description": "A server-sent event, whose data is a part of the stream as JSON"}
    parts = {"description": "The UI message stream", "content": {"text/event-stream": {"schema": event}}}
    responses: dict[str, Any] = {"200": parts, "default": _PROBLEM}
    if body is None:
        responses["204"] = {"description": "Nothing runs"}
    made = {
        "operationId": name,
        "summary": told[0],
        "description": told[1],
        "tags": ["chat"],
        "parameters": [*parameters, _LAST_EVENT_ID],
        "responses": responses,
    }
    return made | (
        {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {}
    )


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}


_ASKING = (
    "Ask, edit or regenerate",
    "Stores the question and answers with the stream of its answer. Sent twice with the same ids it is one question.",
)
_RESUMING = ("Follow the running answer", "The same stream, from where the reader was; 204 when nothing runs.")
_LAST_EVENT_ID = _header("Last-Event-ID", "the `id` of the last event that the reader has; only what follows is sent")
_IDEMPOTENCY = _header("Idempotency-Key", "makes a repeated regenerate-message safe; a question is known by its id")
_ANSWER_ID = {
    "name": "answer_id",
    "in": "query",
    "required": False,
    "description": "the answer to follow, running or ended; left out, the newest that runs",
    "schema": {"type": "string", "format": "uuid"},
}
_PROBLEM = {
    "description": "Problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
