"""``:4000/readyz``: every service's own readiness, asked for at once and summed up."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tertulia.contracts.routes import ServiceName
from tertulia.platform import context
from tertulia.platform.errors import TertuliaError
from tertulia.platform.http import HttpClient

_WITHIN = timedelta(seconds=3)
_OK = 200


class Summary:
    """An ASGI application. Each service is asked through Envoy's internal listener: Envoy's view of it counts too."""

    def __init__(
        self,
        client: HttpClient,
        internal_url: str,
        services: Sequence[ServiceName],
        own: dict[str, Callable[[], Awaitable[None]]],
    ) -> None:
        self._client = client
        self._internal_url = internal_url
        self._services = services
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context.name_route(scope, "/readyz")
        answers = await asyncio.gather(*(self._ask(service) for service in self._services), self._ask_myself())
        services = dict(zip((*self._services, "gateway"), answers, strict=True))
        ready = all(answer["ready"] for answer in answers)
        body = msgspec.json.encode({"status": "ready" if ready else "not ready", "services": services})
        headers = {"cache-control": "no-store"} if ready else {"cache-control": "no-store", "retry-after": "1"}
        response = Response(body, _OK if ready else 503, headers, "application/json")
        await response(scope, receive, send)

    async def _ask(self, service: str) -> dict[str, Any]:
        """Whether it is ready, and which of its checks failed: kinds of failures only, nothing of our inside."""
        try:
            answer = await self._client.request(
                "GET", f"{self._internal_url}/internal/{service}/readyz", timeout=_WITHIN
            )
            said = msgspec.json.decode(answer.body)
        except TertuliaError as error:
            return {"ready": False, "error": error.code}
        except msgspec.DecodeError:
            return {"ready": False, "error": "unreadable"}
        checks = said.get("checks", {}) if isinstance(said, dict) else {}
        return {"ready": answer.status == _OK, "checks": checks}

    async def _ask_myself(self) -> dict[str, Any]:
        failed = await asyncio.gather(*(_failed(check) for check in self._own.values()))
        checks = {name: {"ok": not bad} for name, bad in zip(self._own, failed, strict=True)}
        return {"ready": not any(failed), "checks": checks}


async def _failed(check: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(_WITHIN.total_seconds()):
            await check()
    except (TertuliaError, TimeoutError, OSError):
        return True
    return False
