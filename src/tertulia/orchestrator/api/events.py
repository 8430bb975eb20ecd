"""Server-sent events as an answer of a FastAPI route."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tertulia.platform.errors import TertuliaError, openai_error
from tertulia.platform.sse import EventStream, encode

_EVENT = {"description": "A server-sent event, whose data is JSON"}
EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": _EVENT}}}}
"""How a route that answers with ``Events`` is described."""


class Events(Response):
    """``frames`` are whole, encoded events. ``openai``: its client takes no ``retry:`` line, and is told of what breaks
    the stream.
    """

    def __init__(self, frames: AsyncIterator[bytes], *, openai: bool = False) -> None:
        super().__init__()
        self._stream = EventStream(frames, retry=not openai, on_error=_broken if openai else None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream(scope, receive, send)


def _broken(error: TertuliaError) -> bytes:
    return encode(msgspec.json.encode(openai_error(error)))
