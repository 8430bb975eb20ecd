"""Errors as callers see them: RFC 9457 problem documents, and OpenAI's shape for paths under ``/v1/``.

An error class carries its status, its stable code and its title, and is declared beside the rule that raises it; here
are the base, the ones that every service needs and the way onto the wire. Anything that nobody foresaw is a 500 that
tells nothing of our inside.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import ceil
from typing import Any, ClassVar

import msgspec
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tertulia.platform import context, telemetry

log = structlog.get_logger()
_SERVER_ERROR = 500


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field; ``field`` is its path, as ``message.parts.0.text``."""

    field: str
    problem: str

    @classmethod
    def of(cls, error: msgspec.ValidationError) -> "FieldError":
        """What ``msgspec`` tells of it in one sentence; ``field`` is empty for the whole."""
        problem, _, path = str(error).partition(" - at ")
        at = path.rpartition("$")[2].rstrip("`").replace("[", ".").replace("]", "").strip(".")
        named = problem.partition(" field `")[2].rstrip("`")
        return cls(".".join(filter(None, (at, named))), problem)


class TertuliaError(Exception):
    """A refusal or failure that its caller is told about; ``detail`` is a sentence for that reader, without secrets."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"
    openai_type: ClassVar[str] = "invalid_request_error"
    openai_code: str | None = None
    """Where OpenAI's clients know the fact by another code than ours; an error may have one of its own."""
    should_retry: ClassVar[bool | None] = None
    """What OpenAI's SDK is told in ``x-should-retry``; None leaves it to the SDK's own rule (408, 409, 429, 5xx)."""

    def __init__(
        self,
        detail: str,
        *,
        param: str | None = None,
        retry_after: timedelta | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.param = param
        self.retry_after = retry_after
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class BadRequest(TertuliaError):
    status, code, title = 400, "bad_request", "Bad request"


class MalformedJson(BadRequest):
    code, title = "malformed_json", "Malformed JSON"


class Unauthenticated(TertuliaError):
    status, code, title = 401, "unauthenticated", "Not signed in"
    openai_code = "invalid_api_key"


class Forbidden(TertuliaError):
    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(TertuliaError):
    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowed(TertuliaError):
    status, code, title = 405, "method_not_allowed", "Method not allowed"


class Conflict(TertuliaError):
    status, code, title = 409, "conflict", "Conflict"


class TooLarge(TertuliaError):
    status, code, title = 413, "too_large", "Too large"


class Unprocessable(TertuliaError):
    status, code, title = 422, "unprocessable", "Not acceptable"


class RateLimited(TertuliaError):
    status, code, title = 429, "rate_limit_exceeded", "Too many requests"
    openai_type = "requests"


class Unavailable(TertuliaError):
    status, code, title = 503, "unavailable", "Unavailable for the moment"
    openai_type = "server_error"


class DeadlineExceeded(TertuliaError):
    status, code, title = 504, "deadline_exceeded", "Took too long"
    openai_type = "server_error"


class InternalError(TertuliaError):
    """What a caller is told when something broke that nobody foresaw."""

    openai_type = "server_error"


def unforeseen() -> InternalError:
    return InternalError(
        "Something went wrong on our side. Try again; if it stays, give the request id to your operator."
    )


def problem(error: TertuliaError, *, request_id: str, instance: str) -> dict[str, Any]:
    """The RFC 9457 document."""
    return {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": instance,
        "code": error.code,
        "request_id": request_id,
        "errors": [asdict(e) for e in error.errors],
    }


def openai_error(error: TertuliaError) -> dict[str, Any]:
    """The body that OpenAI's SDK reads; also sent as a ``data:`` line when a stream breaks."""
    first = error.errors[0] if error.errors else None
    message = error.detail
    if first is not None and first.problem not in message:
        message = f"{message} {first.field}: {first.problem}"
    return {
        "error": {
            "message": message,
            "type": error.openai_type,
            "param": error.param or (first.field if first else None),
            "code": error.openai_code or error.code,
        }
    }


def error_headers(error: TertuliaError) -> dict[str, str]:
    """``retry-after`` in both units and what the error itself brings (``allow``, rate limits)."""
    headers = dict(error.headers)
    if error.status == Unauthenticated.status:
        headers.setdefault("www-authenticate", "Bearer")
    if error.retry_after is not None:
        seconds = max(0.0, error.retry_after.total_seconds())
        headers["retry-after"] = str(max(1, ceil(seconds)))
        headers["retry-after-ms"] = str(ceil(seconds * 1000))
    retry = error.should_retry if error.should_retry is not None else (True if error.retry_after is not None else None)
    if retry is not None:
        headers["x-should-retry"] = "true" if retry else "false"
    return headers


def error_response(error: TertuliaError, scope: Scope) -> Response:
    """The answer, in the shape that the path's clients read; it is an ASGI application, ready to be awaited."""
    path = scope.get("path", "")
    request_id = context.current().request_id
    headers = error_headers(error)
    if request_id:
        headers[context.REQUEST_ID_HEADER] = request_id
    headers["cache-control"] = "no-store"
    if path.startswith("/v1/"):
        return Response(msgspec.json.encode(openai_error(error)), error.status, headers, "application/json")
    body = problem(error, request_id=request_id, instance=path)
    return Response(msgspec.json.encode(body), error.status, headers, "application/problem+json")


class ErrorBoundary:
    """Turns what an application raises into an answer; once the answer has begun, that is only logged.

    The server then closes the connection, because the answer lacks its end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        def note_start(message: Message) -> Awaitable[None]:
            nonlocal begun
            begun = True
            return send(message)

        try:
            await self.app(scope, receive, note_start)
        except TertuliaError as error:
            if error.status >= _SERVER_ERROR:
                log.warning("request_failed", code=error.code, detail=error.detail, exc_info=error.__cause__)
            if begun:
                log.warning("answer_cut_off", code=error.code)
                return
            await error_response(error, scope)(scope, receive, send)
        except Exception as error:
            log.exception("unforeseen_error", answer_begun=begun)
            telemetry.report(error)
            if not begun:
                await error_response(unforeseen(), scope)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Give a FastAPI application this module's errors everywhere."""
    handlers: Mapping[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        TertuliaError: _on_tertulia_error,
        RequestValidationError: _on_validation_error,
        HTTPException: _on_http_exception,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(ErrorBoundary)


async def _on_tertulia_error(request: Request, error: TertuliaError) -> Response:
    if error.status >= _SERVER_ERROR:
        log.warning("request_failed", code=error.code, detail=error.detail, exc_info=error.__cause__)
    return error_response(error, request.scope)


async def _on_validation_error(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return error_response(MalformedJson("The body is not valid JSON."), request.scope)
    fields = [FieldError(_field(e["loc"]), str(e["msg"])) for e in found]
    refusal = Unprocessable("Some fields are missing, unknown or wrong.", errors=fields)
    return error_response(refusal, request.scope)


async def _on_http_exception(request: Request, error: HTTPException) -> Response:
    """What Starlette and FastAPI raise themselves: unknown paths, wrong methods, bodies that cannot be read."""
    if isinstance(error.__cause__, TertuliaError):
        return error_response(error.__cause__, request.scope)
    return error_response(_translated(error), request.scope)


def _translated(error: HTTPException) -> TertuliaError:
    headers = dict(error.headers or {})
    status = error.status_code
    if status >= _SERVER_ERROR:
        return unforeseen()
    kind, detail = _STARLETTE.get(status, (BadRequest, "The request could not be read."))
    return kind(detail, headers=headers)


_STARLETTE: dict[int, tuple[type[TertuliaError], str]] = {
    400: (MalformedJson, "The body could not be read as JSON in UTF-8."),
    401: (Unauthenticated, "Sign in first."),
    403: (Forbidden, "You may not do this."),
    404: (NotFound, "There is nothing at this address."),
    405: (MethodNotAllowed, "This address does not take this method."),
    413: (TooLarge, "The body is too large."),
}


def _field(location: Sequence[int | str]) -> str:
    """``("body", "message", "parts", 0)`` as ``message.parts.0``."""
    kept = location[1:] if len(location) > 1 and location[0] in ("body", "query", "path", "header") else location
    return ".".join(str(part) for part in kept)
