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

    def needed(self, raw: bytes) -> bool:
        """Whether its text is not whole, whatever its shape."""
        plain = raw.isascii() and b"\\u" not in raw  # nearly all
        return bool(self._halves) or not (plain or sound(raw) == raw)

    def mended(self, raw: bytes) -> bytes:
        """Raises: ValueError and RecursionError for what is no JSON, TypeError and AttributeError for no chunk."""
        chunk: dict[str, Any] = json.loads(raw.decode("utf-8", "replace"))
        chunk |= {name: value for name, value in self._named(chunk).items() if chunk.get(name) is None}
        chunk["choices"] = chunk.get("choices") or []
        for choice in chunk["choices"]:
            choice["index"], choice["delta"] = choice.get("index") or 0, choice.get("delta") or {}
            for name in _TEXTS:
                self._join(choice, name)
        return sound(json.dumps(chunk).encode())

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
