"""What providers send that is nearly right, made right: half characters, and nothing where a list or an object belongs.

A tokenizer may cut a character that UTF-16 writes as a pair, and some servers send each half as an escape of its own:
JSON, but no text. What needs no mending stays the bytes that came.
"""

import json
import re
import time
from typing import Any
from uuid import uuid4

import msgspec

from tertulia.orchestrator.providers.port import CallPiece, StreamChoice

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_TEXTS = ("content", "refusal", "reasoning_content")
_FIRST_HALVES = ("\ud800", "\udbff")


def sound(raw: bytes) -> bytes:
    """The same JSON with U+FFFD in place of bytes that are no UTF-8 and of halves that stand alone."""
    escapes = b"\\u" in raw
    if not escapes and raw.isascii():
        return raw
    text = raw.decode("utf-8", "replace")
    return (_ESCAPE.sub(lambda found: r"\ufffd" if found[1] else found[0], text) if escapes else text).encode()


def _is_error(chunk: dict[str, Any]) -> bool:
    """Some servers give an error that is no member of anything in the place of a chunk."""
    return "choices" not in chunk and (
        "error" in (chunk.get("object"), chunk.get("type")) or isinstance(chunk.get("message"), str)
    )


def _is_another(call: CallPiece, known: str) -> bool:
    """Than the one that is called ``known``: some servers give each piece an id of its own, and its name but once."""
    return bool(call.function and call.function.name and call.id) and call.id != known


class _Asked(msgspec.Struct):
    model: str = ""


class ChunkMender:
    """Of one stream, asked for with ``body``: a first half at the end of a chunk's text waits for the second, which
    begins the next. What each chunk has to name is what the first one named, or made.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._head: dict[str, Any] = {}
        self._halves: dict[tuple[int, str], str] = {}
        self._ids: dict[tuple[int, int], str] = {}
        self._renumbered: dict[tuple[int, int], int] = {}

    def needed(self, raw: bytes) -> bool:
        """Whether its text is not whole, whatever its shape."""
        plain = raw.isascii() and b"\\u" not in raw  # nearly all
        return bool(self._halves) or not (plain or sound(raw) == raw)

    def calls_need_it(self, choice: StreamChoice) -> bool:
        """Whether a call begins without an id, or under the number of another one; the ids of the others are noted."""
        for call in choice.delta.tool_calls or ():
            place = choice.index, call.index
            known = self._ids.get(place)
            if place in self._renumbered or not (known or call.id) or (known and _is_another(call, known)):
                return True
            self._ids[place] = known or call.id or ""
        return False

    def mended(self, raw: bytes) -> bytes:
        """Raises: ValueError and RecursionError for what is no JSON, TypeError and AttributeError for no chunk."""
        chunk: dict[str, Any] = json.loads(raw.decode("utf-8", "replace"))
        if _is_error(chunk):
            chunk = {"error": chunk}
        chunk |= {name: value for name, value in self._named(chunk).items() if chunk.get(name) is None}
        chunk["choices"] = chunk.get("choices") or []
        for choice in chunk["choices"]:
            choice["index"], choice["delta"] = choice.get("index") or 0, choice.get("delta") or {}
            for name in _TEXTS:
                self._join(choice, name)
            for place, call in enumerate(choice["delta"].get("tool_calls") or ()):
                self._number(choice["index"], place, call)
        return sound(json.dumps(chunk).encode())

    def _number(self, choice: int, place: int, call: dict[str, Any]) -> None:
        """Some servers number no call, or all of them 0; some give none an id."""
        called = call.get("function") or call.get("custom") or {}
        told: int = place if call.get("index") is None else call["index"]
        number = self._renumbered.get((choice, told), told)
        known = self._ids.get((choice, number))
        if called.get("name") and (not known or call.get("id") not in (None, "", known)):
            if known:
                number = self._renumbered[choice, told] = 1 + max(taken for of, taken in self._ids if of == choice)
            call["id"] = self._ids[choice, number] = call.get("id") or f"call_{uuid4().hex[:24]}"
        call["index"] = number
        if "arguments" in called:
            called["arguments"] = as_text(called["arguments"])

    def _named(self, chunk: dict[str, Any]) -> dict[str, Any]:
        if not self._head:
            self._head = {
                "id": chunk.get("id") or f"chatcmpl-{uuid4().hex}",
                "object": "chat.completion.chunk",
                "created": chunk.get("created") or int(time.time()),
                "model": chunk.get("model") or msgspec.json.decode(self._body, type=_Asked).model,
            }
        return self._head

    def _join(self, choice: dict[str, Any], name: str) -> None:
        delta, place = choice["delta"], (choice["index"], name)
        ends = bool(choice.get("finish_reason"))
        if not isinstance(delta.get(name), str) and not (ends and place in self._halves):
            return
        text = self._halves.pop(place, "") + (delta.get(name) or "")
        if not ends and text and _FIRST_HALVES[0] <= text[-1] <= _FIRST_HALVES[1]:
            self._halves[place], text = text[-1], text[:-1]
        delta[name] = text


def as_text(arguments: Any) -> str | None:
    """A call's arguments are JSON in a string; some give the object itself."""
    return arguments if arguments is None or isinstance(arguments, str) else json.dumps(arguments)


def with_whole_calls(raw: bytes) -> bytes:
    """A whole answer whose calls have ids, and arguments in a string.

    Raises: ValueError and RecursionError for what is no JSON, TypeError, KeyError and AttributeError for no answer.
    """
    answer: dict[str, Any] = json.loads(raw)
    for choice in answer["choices"]:
        for call in choice["message"].get("tool_calls") or ():
            call["id"] = call.get("id") or f"call_{uuid4().hex[:24]}"
            if isinstance(called := call.get("function"), dict):
                called["arguments"] = as_text(called.get("arguments")) or "{}"
    return sound(json.dumps(answer).encode())
