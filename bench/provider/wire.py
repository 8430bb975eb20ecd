"""OpenAI's shapes, as bytes: completions, chunks, errors, models and embeddings.

Chunks are put together from prepared pieces of bytes: the provider must never be what a measurement measures.
"""

import base64
import hashlib
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CREATED = 1_750_000_000
"""When the models were made; a constant, so that two runs give the same bytes."""


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Usage:
    prompt: int
    completion: int
    cached: int = 0
    as_told: str = "right"

    def body(self) -> dict[str, Any] | None:
        prompt: Any = self.prompt
        completion: Any = self.completion
        if self.as_told == "none":
            return None
        if self.as_told == "negative":
            prompt = completion = -1
        elif self.as_told == "huge":
            prompt = completion = 10**30
        elif self.as_told == "text":
            prompt, completion = "many", None
        total = prompt + completion if isinstance(prompt, int) and isinstance(completion, int) else "many"
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": total,
            "prompt_tokens_details": {"cached_tokens": self.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }


class Chunks:
    """The lines of one streamed completion; ``id``, ``created`` and ``model`` are the same in each."""

    def __init__(self, identifier: str, created: int, model: str, *, with_usage: bool, refuses: bool) -> None:
        self._said = b'{"refusal":' if refuses else b'{"content":'
        self._head = (
            f'{{"id":"{identifier}","object":"chat.completion.chunk","created":{created},"model":{json.dumps(model)},'
            '"service_tier":"default","system_fingerprint":"fp_simulated","choices":['
        ).encode()
        self._tail = b',"usage":null}' if with_usage else b"}"

    def role(self, index: int) -> bytes:
        return self._choice(index, b'{"role":"assistant","content":"","refusal":null}')

    def content(self, index: int, piece: str, extra: bytes = b"") -> bytes:
        return self._choice(index, self._said + json.dumps(piece, ensure_ascii=False).encode() + extra + b"}")

    def tool_call(self, index: int, call: dict[str, Any]) -> bytes:
        return self._choice(index, dump({"tool_calls": [call]}))

    def end(self, index: int, reason: str) -> bytes:
        return self._choice(index, b"{}", reason)

    def usage(self, usage: Usage) -> bytes:
        return self._head + b'],"usage":' + dump(usage.body()) + b"}"

    def _choice(self, index: int, delta: bytes, reason: str | None = None) -> bytes:
        ended = b'"%b"' % reason.encode() if reason else b"null"
        return (
            self._head
            + b'{"index":%d,"delta":%b,"logprobs":null,"finish_reason":%b}]' % (index, delta, ended)
            + self._tail
        )


def completion(identifier: str, created: int, model: str, choices: list[dict[str, Any]], usage: Usage) -> bytes:
    told = usage.body()
    return dump(
        {
            "id": identifier,
            "object": "chat.completion",
            "created": created,
            "model": model,
            "choices": choices,
            **({} if told is None else {"usage": told}),
            "service_tier": "default",
            "system_fingerprint": "fp_simulated",
        }
    )


def choice(
    index: int, said: str | None, reason: str, calls: list[dict[str, Any]] | None = None, *, refuses: bool = False
) -> dict[str, Any]:
    content, refusal = (None, said) if refuses else (said, None)
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal, "annotations": []}
    if calls:
        message["tool_calls"] = calls
    return {"index": index, "message": message, "logprobs": None, "finish_reason": reason}


def error(
    message: str, kind: str = "invalid_request_error", param: str | None = None, code: str | None = None
) -> bytes:
    return dump({"error": {"message": message, "type": kind, "param": param, "code": code}})


def models(names: Sequence[str]) -> bytes:
    return dump({"object": "list", "data": [_model(name) for name in names]})


def model(name: str) -> bytes:
    return dump(_model(name))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "simulated"}


def embeddings(name: str, inputs: Sequence[str], dimensions: int, *, as_base64: bool) -> bytes:
    data = []
    for index, given in enumerate(inputs):
        floats = vector(given, dimensions)
        packed = struct.pack(f"<{dimensions}f", *floats)
        embedding: Any = base64.b64encode(packed).decode() if as_base64 else floats
        data.append({"object": "embedding", "index": index, "embedding": embedding})
    tokens = sum(len(given.split()) for given in inputs)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return dump({"object": "list", "data": data, "model": name, "usage": usage})


def vector(given: str, dimensions: int) -> list[float]:
    """A unit vector that depends on the text alone."""
    raw = hashlib.shake_256(given.encode()).digest(dimensions)
    centred = [byte - 127.5 for byte in raw]
    length = sum(value * value for value in centred) ** 0.5
    return [value / length for value in centred]
