"""The simulated provider's Anthropic face: the same behaviours, said in the Messages API's events and errors."""

import json
from collections.abc import Iterator
from typing import Any

from bench.provider import wire
from bench.provider.completion import Exchange
from bench.provider.server import Request

KNOWN = {
    "model", "max_tokens", "messages", "system", "stream", "stop_sequences", "temperature", "top_p", "tools",
    "tool_choice", "output_config", "metadata",
}  # fmt: skip
KINDS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    429: "rate_limit_error", 529: "overloaded_error",
}  # fmt: skip


def error(status: int, message: str) -> bytes:
    kind = KINDS.get(status, "api_error")
    return wire.dump({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_simulated"})


def wrong(request: Request, body: dict[str, Any]) -> str | None:
    """What its API says of a request that it does not take."""
    if "anthropic-version" not in request.headers:
        return "anthropic-version: header is required"
    for name in ("max_tokens", "messages", "model"):
        if name not in body:
            return f"{name}: Field required"
    for name in body:
        if name not in KNOWN:
            return f"{name}: Extra inputs are not permitted"
    if [turn["role"] for turn in body["messages"][:1]] != ["user"]:
        return "messages: first message must use the user role"
    return None


def models(names: tuple[str, ...]) -> bytes:
    listed = [
        {"type": "model", "id": name, "display_name": name, "created_at": "2025-06-15T00:00:00Z"} for name in names
    ]
    return wire.dump({"data": listed, "has_more": False, "first_id": names[0], "last_id": names[-1]})


class AnthropicExchange(Exchange):
    """``usage`` is told in two events; the input of a call comes in pieces of JSON."""

    def _error(self, status: int, message: str) -> bytes:
        return error(status, message)

    def _wants_json(self) -> bool:
        return "format" in (self._body.get("output_config") or {})

    def _told(self) -> dict[str, Any]:
        told = self._usage().body()
        if told is None:
            return {}
        prompt, cached = told["prompt_tokens"], self._how.cached
        fresh = prompt - cached if isinstance(prompt, int) else prompt
        return {
            "input_tokens": fresh,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": cached,
            "output_tokens": told["completion_tokens"],
        }

    def _stop_reason(self) -> str:
        if self._how.tool is not None:
            return "tool_use"
        return {"stop": "end_turn", "length": "max_tokens"}[self._reason]

    def _message(self, content: list[dict[str, Any]], reason: str | None, used: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"msg_{self._identifier}",
            "type": "message",
            "role": "assistant",
            "model": self._body["model"],
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "usage": used,
        }

    def _whole_body(self, said: str) -> bytes:
        if self._how.tool is None:
            content: list[dict[str, Any]] = [{"type": "text", "text": said}]
        else:
            content = [
                {"type": "tool_use", "id": call, "name": self._how.tool, "input": json.loads(self._how.arguments)}
                for call in self._calls()
            ]
        return wire.dump(self._message(content, self._stop_reason(), self._told()))

    def _opening(self) -> list[bytes]:
        used = self._told()
        began = {**used, "output_tokens": 1} if used else {}
        opened = [{"type": "message_start", "message": self._message([], None, began)}, {"type": "ping"}]
        if self._how.tool is None:
            opened.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        return [wire.dump(event) for event in opened]

    def _piece(self, piece: str, extra: bytes) -> list[bytes]:
        said = json.dumps(piece, ensure_ascii=False).encode()
        delta = b'{"type":"text_delta","text":%b%b}' % (said, extra)
        return [b'{"type":"content_block_delta","index":0,"delta":%b}' % delta]

    def _tool_events(self) -> Iterator[bytes]:
        for index, call in enumerate(self._calls()):
            block: dict[str, Any] = {"type": "tool_use", "id": call, "name": self._how.tool, "input": {}}
            yield wire.dump({"type": "content_block_start", "index": index, "content_block": block})
            for piece in ("", *self._argument_pieces()):
                delta = {"type": "input_json_delta", "partial_json": piece}
                yield wire.dump({"type": "content_block_delta", "index": index, "delta": delta})
            yield wire.dump({"type": "content_block_stop", "index": index})

    def _ending(self) -> list[bytes]:
        used = self._told()
        delta = {"stop_reason": self._stop_reason(), "stop_sequence": None}
        told = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": used.get("output_tokens")}}
        block = [] if self._how.tool is not None else [{"type": "content_block_stop", "index": 0}]
        done = [] if self._how.no_done else [{"type": "message_stop"}]
        return [wire.dump(event) for event in (*block, told, *done)]

    def _framed(self, payload: bytes, end: bytes) -> bytes:
        kind = json.loads(payload)["type"] if self._how.malformed is None else "content_block_delta"
        return b"event: %b%bdata: %b%b" % (kind.encode(), end[: len(end) // 2], payload, end)
