"""What providers send that is nearly right, made right: half characters, and nothing where a list or an object belongs.

A tokenizer may cut a character that UTF-16 writes as a pair, and some servers send each half as an escape of its own:
JSON, but no text. What needs no mending stays the bytes that came.
"""

import json
import re
from typing import Any

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_TEXTS = ("content", "reasoning_content")
_FIRST_HALVES = ("\ud800", "\udbff")


def sound(raw: bytes) -> bytes:
    """The same JSON with U+FFFD in place of bytes that are no UTF-8 and of halves that stand alone."""
    if raw.isascii() and b"\\u" not in raw:
        return raw
    return _ESCAPE.sub(lambda found: r"\ufffd" if found[1] else found[0], raw.decode("utf-8", "replace")).encode()


class ChunkMender:
    """Of one stream: a first half at the end of a chunk's text waits for the second, which begins the next."""

    def __init__(self) -> None:
        self._halves: dict[tuple[int, str], str] = {}

    def needed(self, raw: bytes) -> bool:
        """Whether its text is not whole, whatever its shape."""
        return bool(self._halves) or sound(raw) != raw

    def mended(self, raw: bytes) -> bytes:
        """Raises: ValueError and RecursionError for what is no JSON, TypeError and AttributeError for no chunk."""
        chunk: dict[str, Any] = json.loads(raw.decode("utf-8", "replace"))
        chunk["choices"] = chunk.get("choices") or []
        for choice in chunk["choices"]:
            choice["index"], choice["delta"] = choice.get("index") or 0, choice.get("delta") or {}
            for name in _TEXTS:
                self._join(choice, name)
        return sound(json.dumps(chunk).encode())

    def _join(self, choice: dict[str, Any], name: str) -> None:
        delta, place = choice["delta"], (choice["index"], name)
        ends = bool(choice.get("finish_reason"))
        if not isinstance(delta.get(name), str) and not (ends and place in self._halves):
            return
        text = self._halves.pop(place, "") + (delta.get(name) or "")
        if not ends and text and _FIRST_HALVES[0] <= text[-1] <= _FIRST_HALVES[1]:
            self._halves[place], text = text[-1], text[:-1]
        delta[name] = text
