"""What a client of the OpenAI-compatible API gets of a provider's stream.

A chunk goes on as the bytes that came, unless it must change: a placeholder to be restored, a usage that was not asked
for, or one that was and did not come.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.providers.port import StreamEvent, usage_told
from tertulia.orchestrator.redaction import Restorer, restore
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.service.citations import annotations

_NULL_USAGE = b',"usage":null'
_USAGE_KEY = b'"usage"'
_Path = tuple[Any, ...]
"""The way to a text from its message or delta; a call is named by its number."""


def in_json(value: str) -> str:
    """As it is written inside a JSON string."""
    return msgspec.json.encode(value)[1:-1].decode()


def frame(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


class StreamRewriter:
    """One stream's chunks. ``json_answer``: the content is itself JSON, so that values are written as in JSON;
    ``sources``: passages that it may name, told behind the text that does.
    """

    def __init__(
        self, values: dict[str, str], *, include_usage: bool, json_answer: bool, sources: Sequence[Found] = ()
    ) -> None:
        self._values = values
        self._include_usage = include_usage
        self._json = json_answer
        self._sources = sources
        self._said: dict[int, list[str]] = {}
        """What each choice has said, where its sources are to be told."""
        self._restorers: dict[tuple[int, _Path], Restorer] = {}
        self._last: bytes = b""
        self._usage: bytes | None = None

    def frames(self, event: StreamEvent) -> bytes:
        """The chunks to send for one that came; none for a usage that the client did not ask for, or that is held."""
        if not event.chunk.choices and event.chunk.usage is not None:
            self._usage = event.raw if usage_told(event.chunk.usage) else None
            return b""
        self._last = event.raw
        if not self._values and not self._sources:
            return frame(self._with_usage_as_asked(event.raw))
        return b"".join(frame(self._with_usage_as_asked(raw)) for raw in self._restored(event))

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
        fields = raw.rstrip()[:-1].rstrip()
        return fields + (_NULL_USAGE if fields != b"{" else _NULL_USAGE[1:]) + b"}"

    def _restored(self, event: StreamEvent) -> Iterator[bytes]:
        chunk = msgspec.json.decode(event.raw)
        said = False
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            index = choice.get("index", 0)
            places = list(_texts(delta))
            for container, path, text in places:
                container[path[-1]] = self._restorer(index, path).feed(text)
                self._note(index, path, container[path[-1]])
            if choice.get("finish_reason"):
                yield from self._flushed(chunk, index)
                yield from self._cited(chunk, index)
            said = said or not places or any(text for _, _, text in _texts(delta))
            said = said or bool(delta.get("tool_calls") or delta.get("audio"))
        if said:
            yield msgspec.json.encode(chunk)

    def _flushed(self, chunk: dict[str, Any], index: int) -> Iterator[bytes]:
        """What was held back for a choice that ends here, as chunks of its own before its end."""
        for (choice, path), restorer in self._restorers.items():
            if choice == index and (held := restorer.finish()):
                self._note(index, path, held)
                yield _chunk_of(chunk, index, _delta(path, held))

    def _note(self, index: int, path: _Path, text: str) -> None:
        if self._sources and path == ("content",):
            self._said.setdefault(index, []).append(text)

    def _cited(self, chunk: dict[str, Any], index: int) -> Iterator[bytes]:
        """Which passages a choice named that ends here; what the ending chunk itself says is part of it."""
        if told := annotations("".join(self._said.pop(index, ())), self._sources):
            yield _chunk_of(chunk, index, {"annotations": told})

    def _restorer(self, index: int, path: _Path) -> Restorer:
        if (index, path) not in self._restorers:
            self._restorers[index, path] = Restorer(self._values, _writing(path, json_answer=self._json))
        return self._restorers[index, path]


def _chunk_of(chunk: dict[str, Any], index: int, delta: dict[str, Any]) -> bytes:
    return msgspec.json.encode({**chunk, "choices": [{"index": index, "delta": delta, "finish_reason": None}]})


def _texts(said: dict[str, Any]) -> Iterator[tuple[dict[Any, str], _Path, str]]:
    """Where a message or a delta says something: what is thought, refused, spoken or asked of a tool is read too."""
    for name in ("content", "refusal", "reasoning_content", "reasoning"):
        if isinstance(text := said.get(name), str) and text:
            yield said, (name,), text
    within: list[tuple[_Path, Any]] = [((name,), said.get(name)) for name in ("function_call", "audio")]
    for place, call in enumerate(said.get("tool_calls") or ()):
        number = call.get("index", place)
        within += ((("tool_calls", number, kind), call.get(kind)) for kind in ("function", "custom"))
    for path, holder in within:
        for name in ("arguments", "input", "transcript"):
            if isinstance(holder, dict) and isinstance(text := holder.get(name), str) and text:
                yield holder, (*path, name), text


def _delta(path: _Path, text: str) -> dict[str, Any]:
    match path:
        case ("tool_calls", number, kind, name):
            return {"tool_calls": [{"index": number, kind: {name: text}}]}
        case (outer, name):
            return {outer: {name: text}}
    return {path[0]: text}


def _writing(path: _Path, *, json_answer: bool) -> Callable[[str], str]:
    return in_json if path[-1] == "arguments" or (json_answer and path == ("content",)) else str


def restored_answer(
    raw: bytes, values: dict[str, str], *, json_answer: bool, usage: Usage | None, sources: Sequence[Found] = ()
) -> bytes:
    """A whole answer with its values, the sources that it names, and our count where the provider's cannot be used."""
    if not values and usage is None and not sources:
        return raw
    answer = msgspec.json.decode(raw)
    for choice in answer.get("choices") or ():
        message = choice.get("message") or {}
        for container, path, text in list(_texts(message)):
            container[path[-1]] = restore(text, values, _writing(path, json_answer=json_answer))
        if sources and (told := annotations(message.get("content") or "", sources)):
            message["annotations"] = [*(message.get("annotations") or ()), *told]
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
