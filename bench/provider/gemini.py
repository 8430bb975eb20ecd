"""The simulated provider's Gemini face: the same behaviours, said in Google's shapes."""

import json
from collections.abc import Iterator
from typing import Any

from bench.provider import wire
from bench.provider.completion import Exchange

KNOWN = {"contents", "systemInstruction", "generationConfig", "tools", "toolConfig"}
KINDS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip


def error(status: int, message: str) -> bytes:
    kind = KINDS.get(status, "INTERNAL")
    return wire.dump({"error": {"code": status, "message": message, "status": kind}})


def wrong(body: dict[str, Any]) -> str | None:
    """What its API says of a request that it does not take."""
    for name in body:
        if name not in KNOWN:
            return f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    return None if body.get("contents") else "* GenerateContentRequest.contents: contents is not specified"


def models(names: tuple[str, ...]) -> bytes:
    listed = [{"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]} for name in names]
    return wire.dump({"models": listed})


def as_chat(model: str, how: str, body: dict[str, Any]) -> dict[str, Any]:
    """The parts of a request that the behaviours look at, where they look for them."""
    config = body.get("generationConfig") or {}
    roles = {"model": "assistant"}
    return {
        "model": model,
        "stream": how.startswith("stream"),
        "messages": [
            {"role": roles.get(turn.get("role"), "user"), "content": turn["parts"]} for turn in body["contents"]
        ],
        "max_tokens": config.get("maxOutputTokens"),
        "n": config.get("candidateCount"),
        "response_format": {"type": "json_object"} if config.get("responseMimeType") == "application/json" else None,
    }


class GeminiExchange(Exchange):
    """Each event has the whole answer's shape; the last one has the reason to finish and the usage."""

    def _error(self, status: int, message: str) -> bytes:
        return error(status, message)

    def _event(self, parts: list[dict[str, Any]], index: int, reason: str | None = None) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": index}
        if reason:
            candidate["finishReason"] = reason
        return {"candidates": [candidate], "modelVersion": self._body["model"], "responseId": self._identifier}

    def _told(self) -> dict[str, Any]:
        told = self._usage().body()
        if told is None:
            return {}
        counts = {"promptTokenCount": told["prompt_tokens"], "candidatesTokenCount": told["completion_tokens"]}
        return {"usageMetadata": {**counts, "cachedContentTokenCount": self._how.cached}}

    def _finish_reason(self) -> str:
        return {"stop": "STOP", "length": "MAX_TOKENS"}[self._reason]

    def _tool_parts(self) -> list[dict[str, Any]]:
        given = json.loads(self._how.arguments)
        return [{"functionCall": {"name": self._how.tool, "args": given}} for _ in self._calls()]

    def _whole_body(self, said: str) -> bytes:
        parts = self._tool_parts() if self._how.tool is not None else [{"text": said}]
        events = [self._event(parts, index, self._finish_reason()) for index in range(self._choices)]
        candidates = [candidate for event in events for candidate in event["candidates"]]
        return wire.dump({**events[0], "candidates": candidates, **self._told()})

    def _opening(self) -> list[bytes]:
        return []

    def _piece(self, piece: str, extra: bytes) -> list[bytes]:
        events = [wire.dump(self._event([{"text": piece}], index)) for index in range(self._choices)]
        return [event[:-1] + extra + b"}" for event in events]

    def _tool_events(self) -> Iterator[bytes]:
        yield wire.dump(self._event(self._tool_parts(), 0))

    def _ending(self) -> list[bytes]:
        reason = self._finish_reason()
        return [wire.dump({**self._event([], index, reason), **self._told()}) for index in range(self._choices)]
