"""``/livez``, ``/readyz`` and ``/metrics``, in front of every service's application."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tertulia.platform.errors import TertuliaError
from tertulia.platform.http.bell import Bell

_CHECK_SECONDS = 2.0
DRAINING = "tertulia.draining"
"""In each scope: the ``Bell`` that rings when the process is about to stop, for streams that should end then."""


class Probes:
    """Answers the probes, and hands everything else on; while draining, connections are asked to close."""

    def __init__(self, service: str, app: ASGIApp, checks: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self.service = service
        self.app = app
        self.checks = checks
        self.draining = Bell()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        probe = _PROBES.get(scope.get("path", ""))
        if probe is not None and scope["type"] == "http":
            answer = await probe(self) if scope["method"] in ("GET", "HEAD") else Response(status_code=405)
            await answer(scope, receive, send)
            return
        scope[DRAINING] = self.draining
        if not self.draining.rung:
            await self.app(scope, receive, send)
            return

        async def last_on_connection(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive, last_on_connection)

    async def live(self) -> Response:
        return _json({"status": "alive", "service": self.service}, 200)

    async def ready(self) -> Response:
        """Every check at once, each within two seconds; a failed one is named with the kind of its failure only."""
        results = await asyncio.gather(*(_checked(check) for check in self.checks.values()))
        draining = self.draining.rung
        ready = not draining and all(result["ok"] for result in results)
        status = "draining" if draining else "ready" if ready else "not ready"
        checks = dict(zip(self.checks, results, strict=True))
        return _json({"status": status, "service": self.service, "checks": checks}, 200 if ready else 503)

    async def metrics(self) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


_PROBES: dict[str, Callable[[Probes], Awaitable[Response]]] = {
    "/livez": Probes.live,
    "/readyz": Probes.ready,
    "/metrics": Probes.metrics,
}


async def _checked(check: Callable[[], Awaitable[None]]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "not ready"
        return {"ok": False, "error": error.code if isinstance(error, TertuliaError) else type(error).__name__}
    return {"ok": True, "ms": round((time.perf_counter() - started) * 1000, 2)}


def _json(value: object, status: int) -> Response:
    return Response(msgspec.json.encode(value), status, {"cache-control": "no-store"}, "application/json")
