"""What stands in front of every application that serves HTTP, in bare ASGI: call context, access log, metrics, bounds.

An application is told of a call by ``context.current()``; here it is set and taken away. Errors become answers in
``errors``; who may call is decided in ``identity`` and ``signatures``.
"""

import asyncio
import time
from collections.abc import Awaitable, Iterable

import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tertulia.platform import context, telemetry
from tertulia.platform.errors import BadRequest, DeadlineExceeded, ErrorBoundary, TooLarge

log = structlog.get_logger()

_SECONDS = Histogram(
    "tertulia_http_request_seconds",
    "Time from the request to the end of its answer",
    ["route", "method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
)
_IN_FLIGHT = Gauge("tertulia_http_requests_in_flight", "Requests whose answer has not ended")
_LEFT = Counter("tertulia_http_clients_left_total", "Clients that left before their answer's end", ["route"])
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OBSERVED = "tertulia.observed"
TOLD = "tertulia.told"
"""Set in a scope whose call another line of the logs tells of; it is counted and timed all the same."""
_LEFT_STATUS = 499
_PROCESSING = b"openai-processing-ms"
"""As OpenAI has it: until the answer begins."""
_children: dict[tuple[str, str, int], Histogram] = {}


class Observed:
    """Gives a call its id, trace and deadline, echoes the id, then counts, times and logs it by route template."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = ErrorBoundary(_WithinDeadline(app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _OBSERVED in scope:
            await self.app(scope, receive, send)
            return
        scope[_OBSERVED] = True
        call = _read_call(scope["headers"])
        token = context.enter(call)
        started = time.perf_counter()
        request_id = (b"x-request-id", call.request_id.encode())
        status = 0
        ended = False

        def note(message: Message) -> Awaitable[None]:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.get("headers", ())
                if scope["path"].startswith("/v1/"):
                    headers = message["headers"] = [
                        *headers,
                        (_PROCESSING, b"%d" % (1000 * (time.perf_counter() - started))),
                    ]
                if not any(name == b"x-request-id" for name, _ in headers):
                    message["headers"] = [*headers, request_id]
            elif not message.get("more_body", False):
                ended = True
            return send(message)

        _IN_FLIGHT.inc()
        try:
            if telemetry.tracing():
                with telemetry.serving_span(f"{scope['method']} {scope['path']}", call) as span:
                    await self.app(scope, receive, note)
                    if span is not None:
                        span.update_name(f"{scope['method']} {context.route_name(scope)}")
                        span.set_attribute("http.response.status_code", status)
            else:
                await self.app(scope, receive, note)
        finally:
            _IN_FLIGHT.dec()
            _account(scope, status if ended or not status else _LEFT_STATUS, time.perf_counter() - started)
            context.leave(token)


class _WithinDeadline:
    """Ends work that nobody waits for any more: a call that came with a deadline gets a 504 at it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = context.current().remaining() if scope["type"] == "http" else None
        if left is None:
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(left) as limit:
                await self.app(scope, receive, send)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise DeadlineExceeded("The call's time is up.") from error


def _read_call(headers: Iterable[tuple[bytes, bytes]]) -> context.CallContext:
    request_id = traceparent = deadline = None
    for name, value in headers:
        if name == b"x-request-id":
            request_id = value.decode("latin-1")
        elif name == b"traceparent":
            traceparent = value.decode("latin-1")
        elif name == b"x-tertulia-deadline-ms":
            deadline = value.decode("latin-1")
    return context.CallContext(
        request_id=context.accept_request_id(request_id),
        traceparent=context.accept_traceparent(traceparent),
        deadline=context.accept_deadline(deadline),
    )


def _account(scope: Scope, status: int, seconds: float) -> None:
    route = context.route_name(scope)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    key = (route, method, status)
    child = _children.get(key)
    if child is None:
        child = _children[key] = _SECONDS.labels(route, method, str(status))
    child.observe(seconds)
    if status == _LEFT_STATUS:
        _LEFT.labels(route).inc()
    if TOLD not in scope:
        log.info("request", route=route, method=method, status=status, ms=round(seconds * 1000, 2))


class LimitBody:
    """Refuses a body above ``limit`` bytes with 413, at its announcement or as soon as it has passed the bound."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = content_length(scope)
        if announced is not None and announced > self.limit:
            raise too_large(self.limit)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.limit:
                raise too_large(self.limit)
            return message

        await self.app(scope, receive if announced is not None else counted, send)


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body of a bare ASGI request.

    Raises: TooLarge above ``limit`` bytes; ClientLeft when the client went before its end.
    """
    announced = content_length(scope)
    if announced is not None and announced > limit:
        raise too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return _bounded(message.get("body", b""), limit)
    body = bytearray()
    while message["type"] == "http.request":
        body += message.get("body", b"")
        _bounded(body, limit)
        if not message.get("more_body"):
            return bytes(body)
        message = await receive()
    raise ClientLeft("The request ended before its body did.")


class ClientLeft(BadRequest):
    """Nobody reads this answer."""

    code, title = "client_left", "The client has left"


def content_length(scope: Scope) -> int | None:
    """The announced length of the body; the server has already refused one that is no number."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body may have {limit:,} bytes at most.")


def _bounded(body: bytes | bytearray, limit: int) -> bytes:
    if len(body) > limit:
        raise too_large(limit)
    return body if isinstance(body, bytes) else b""
