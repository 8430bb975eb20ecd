"""What a client of the OpenAI-compatible API gets of a provider's stream.

A chunk goes on as the bytes that came, unless it must change: a placeholder to be restored, a usage that was not asked
for, or one that was and did not come.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.providers.port import StreamEvent, usage_told
from tertulia.orchestrator.redaction import Restorer, restore

_NULL_USAGE = b',"usage":null'
_USAGE_KEY = b'"usage"'


def in_json(value: str) -> str:
    """As it is written inside a JSON string."""
    return msgspec.json.encode(value)[1:-1].decode()


def frame(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


class StreamRewriter:
    """One stream's chunks. ``json_answer``: the content is itself JSON, so that values are written as in JSON."""

    def __init__(self, values: dict[str, str], *, include_usage: bool, json_answer: bool) -> None:
        self._values = values
        self._include_usage = include_usage
        self._json = json_answer
        self._restorers: dict[tuple[str, int, int], Restorer] = {}
        self._last: bytes = b""
        self._usage: bytes | None = None

    def frames(self, event: StreamEvent) -> Iterator[bytes]:
        """The chunks to send for one that came; none for a usage that the client did not ask for, or that is held."""
        if not event.chunk.choices and event.chunk.usage is not None:
            self._usage = event.raw if usage_told(event.chunk.usage) else None
            return
        self._last = event.raw
        raws = self._restored(event) if self._values else (event.raw,)
        for raw in raws:
            yield frame(self._with_usage_as_asked(raw))

    def usage(self, usage: Usage) -> bytes:
        """The last chunk, with the numbers, when they were asked for: the provider's own, or ours."""
        if not self._include_usage:
            return b""
        if self._usage is not None:
            return frame(self._usage)
        like = msgspec.json.decode(self._last) if self._last else {}
        chunk = {
            "id": like.get("id", ""),
            "object": "chat.completion.chunk",
            "created": like.get("created", 0),
            "model": like.get("model", ""),
            "choices": [],
            "usage": usage_shown(usage),
        }
        return frame(msgspec.json.encode(chunk))

    def _with_usage_as_asked(self, raw: bytes) -> bytes:
        """Byte work is safe here: inside of JSON strings a quote is always escaped."""
        if not self._include_usage:
            return raw.replace(_NULL_USAGE, b"") if _NULL_USAGE in raw else raw
        if _USAGE_KEY in raw:
            return raw
        return raw.rstrip()[:-1] + _NULL_USAGE + b"}"

    def _restored(self, event: StreamEvent) -> Iterator[bytes]:
        chunk = msgspec.json.decode(event.raw)
        said = False
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            index = choice.get("index", 0)
            had = bool(delta.get("content") or delta.get("tool_calls"))
            self._restore_delta(delta, index)
            if choice.get("finish_reason"):
                yield from self._flushed(chunk, index)
            said = said or not had or bool(delta.get("content") or delta.get("tool_calls"))
        if said:
            yield msgspec.json.encode(chunk)

    def _restore_delta(self, delta: dict[str, Any], index: int) -> None:
        if delta.get("content"):
            delta["content"] = self._restorer("content", index, 0).feed(delta["content"])
        for call in delta.get("tool_calls") or ():
            function = call.get("function") or {}
            if function.get("arguments"):
                restorer = self._restorer("arguments", index, call.get("index", 0))
                function["arguments"] = restorer.feed(function["arguments"])

    def _flushed(self, chunk: dict[str, Any], index: int) -> Iterator[bytes]:
        """What was held back for a choice that ends here, as chunks of its own before its end."""
        for (kind, choice, tool), restorer in self._restorers.items():
            if choice != index or not (held := restorer.finish()):
                continue
            call = {"index": tool, "function": {"arguments": held}}
            delta = {"content": held} if kind == "content" else {"tool_calls": [call]}
            choices = [{"index": index, "delta": delta, "finish_reason": None}]
            yield msgspec.json.encode({**chunk, "choices": choices})

    def _restorer(self, kind: str, index: int, tool: int) -> Restorer:
        key = (kind, index, tool)
        if key not in self._restorers:
            write = in_json if kind == "arguments" or self._json else str
            self._restorers[key] = Restorer(self._values, write)
        return self._restorers[key]


def restored_answer(raw: bytes, values: dict[str, str], *, json_answer: bool, usage: Usage | None) -> bytes:
    """A whole answer with its values, and with our count where the provider's could not be used."""
    if not values and usage is None:
        return raw
    answer = msgspec.json.decode(raw)
    for choice in answer.get("choices") or ():
        message = choice.get("message") or {}
        if isinstance(message.get("content"), str):
            message["content"] = restore(message["content"], values, in_json if json_answer else str)
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            if isinstance(function.get("arguments"), str):
                function["arguments"] = restore(function["arguments"], values, in_json)
    if usage is not None:
        answer["usage"] = usage_shown(usage)
    return msgspec.json.encode(answer)


def usage_shown(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_prompt_tokens},
    }
