"""Server-sent events as an answer of a FastAPI route."""

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tertulia.platform.sse import EventStream

_EVENT = {"description": "A server-sent event, whose data is JSON"}
EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": _EVENT}}}}
"""How a route that answers with ``Events`` is described."""


class Events(Response):
    """``frames`` are whole, encoded events; OpenAI's client takes no ``retry:`` line."""

    def __init__(self, frames: AsyncIterator[bytes], *, retry: bool = True) -> None:
        super().__init__()
        self._stream = EventStream(frames, retry=retry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream(scope, receive, send)
