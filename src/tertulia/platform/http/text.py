"""Refuses JSON whose text cannot be kept: half of a surrogate pair, or a NUL character.

Python's parser takes both, and they fail later, in UTF-8 or in Postgres. Bodies without such an escape, nearly all,
cost one search.
"""

import re
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tertulia.platform.errors import MalformedJson, Unprocessable

_SUSPECT = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")


def check_text(body: bytes) -> None:
    """Raises: MalformedJson, Unprocessable."""
    if not _SUSPECT.search(body):
        return
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedJson("The body is not valid JSON text.") from error
    if _holds_nul(decoded):
        raise Unprocessable("Text may not hold NUL characters.")


def _holds_nul(decoded: Any) -> bool:
    waiting = [decoded]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if "\0" in value:
                return True
        elif isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


class CheckText:
    """Looks at JSON bodies while they are received; the bound on their size is ``LimitBody``'s."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_json(scope):
            await self.app(scope, receive, send)
            return
        body = bytearray()

        async def checked() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    check_text(bytes(body))
            return message

        await self.app(scope, checked, send)


def _is_json(scope: Scope) -> bool:
    return any(name == b"content-type" and b"json" in value for name, value in scope["headers"])
