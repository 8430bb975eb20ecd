"""``GET /internal/chat/conversations/{id}/window`` in bare ASGI: each turn of the orchestrator waits for it."""

import re
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tertulia.chat.service.windows import Windows
from tertulia.platform import context
from tertulia.platform.errors import MethodNotAllowed, Unprocessable
from tertulia.platform.http import read_body
from tertulia.platform.signatures import Trust, require_signer

_WINDOW = re.compile(r"/internal/chat/conversations/([^/]{1,64})/window")
_TEMPLATE = "/internal/chat/conversations/{conversation_id}/window"


class WindowDoor:
    """Answers that path, and hands everything else on."""

    def __init__(self, app: ASGIApp, *, windows: Windows, trust: Trust) -> None:
        self._app = app
        self._windows = windows
        self._trust = trust

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = _WINDOW.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        context.name_route(scope, _TEMPLATE)
        if scope["method"] != "GET":
            raise MethodNotAllowed("This address takes GET only.", headers={"allow": "GET"})
        require_signer(self._trust, ("orchestrator",), scope, await read_body(scope, receive, 0))
        answer_id = parse_qs(scope["query_string"].decode("ascii", "replace")).get("answer_id", [""])[0]
        found = await self._windows.of(_id(match[1]), _id(answer_id))
        await Response(msgspec.json.encode(found), media_type="application/json")(scope, receive, send)


def _id(told: str) -> UUID:
    try:
        return UUID(told)
    except ValueError:
        raise Unprocessable("Name a conversation and an answer by their ids.") from None
