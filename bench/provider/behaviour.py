"""How one request is to be answered: read from the model's name, a marker in the message, or the scripted queue.

``sim-ttft200-gap5-tokens64`` as a model, ``[[sim: ttft=200 gap=5 text="two words" fail=429]]`` in the last user
message, or the same names as JSON keys at ``POST /_sim/script``. Later sources win, in that order.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Times are milliseconds; positions count content pieces: ``0`` is before the first, ``None`` is never."""

    ttft: float = 0
    gap: float = 0
    tokens: int = 16
    seed: int | None = None
    text: str | None = None
    echo: str | None = None
    """``last``: says the last user message, without the marker; ``all``: the whole request's messages as JSON."""
    pieces: str = "word"
    """How ``text`` and ``echo`` are cut: ``word``, ``char`` or ``random``."""
    tool: str | None = None
    """Answers with a call of this tool."""
    arguments: str = "{}"
    refuses: bool = False
    """What it says is a refusal, in the place that OpenAI has for one."""
    calls: int = 1
    """How often it is called, with these arguments."""
    fail: int | None = None
    """This status, with OpenAI's error body."""
    retry_after: float | None = None
    reset: int | None = None
    """A TCP reset at this piece; ``-1``: before the status line."""
    cut: int | None = None
    """The connection closes in the middle of this piece's line."""
    truncate: int | None = None
    """A clean end of the body at this piece: no finish reason, no ``[DONE]``."""
    malformed: int | None = None
    """This piece's line is not JSON."""
    error_at: int | None = None
    """An error object as this piece's ``data:`` line, then the end."""
    silent: int | None = None
    """Says nothing more from this piece on, and keeps the connection."""
    slice: int | None = None
    """Writes this many bytes at a time; ``1`` splits every UTF-8 character."""
    crlf: bool = False
    comments: bool = False
    long_line: int | None = None
    """A field of this many characters in the first piece's line."""
    usage: str = "right"
    """``right``, ``none``, ``negative``, ``huge`` or ``text``."""
    cached: int = 0
    two_ends: bool = False
    early_end: bool = False
    """The finish reason comes before the text already."""
    no_done: bool = False
    empty: bool = False
    """Status 200 and no body."""
    content_type: str | None = None

    @property
    def immediate(self) -> bool:
        """Whether the whole answer can be written in one go."""
        return not self.ttft and not self.gap and self.silent is None and self.slice is None


_MARKER = re.compile(r"\[\[sim:(.*?)\]\]", re.DOTALL)
_SETTING = re.compile(r'([a-z_]+)(?:=("(?:[^"\\]|\\.)*"|\S+))?')
_MODEL_ITEM = re.compile(r"([a-z_]+)(\d+)?")
_FLAGS = {field.name for field in msgspec.structs.fields(Behaviour) if field.type is bool}


def without_marker(message: str) -> str:
    return _MARKER.sub("", message)


def from_model(model: str) -> dict[str, Any]:
    """The settings in a model's name; what names no setting (``fast``) is only a name."""
    found: dict[str, Any] = {}
    for item in model.removeprefix("sim-").split("-"):
        match = _MODEL_ITEM.fullmatch(item)
        if match and match[1] in Behaviour.__struct_fields__:
            found[match[1]] = _value(match[1], match[2])
    return found


def from_message(message: str) -> dict[str, Any]:
    """The settings in a message's markers."""
    found: dict[str, Any] = {}
    for marker in _MARKER.findall(message):
        for name, value in _SETTING.findall(marker):
            found[name] = _value(name, value or None)
    return found


def of(*sources: Mapping[str, Any]) -> Behaviour:
    """One behaviour from several sources. Raises ``msgspec.ValidationError`` for what no behaviour is called."""
    merged: dict[str, Any] = {}
    for source in sources:
        merged.update(source)
    return msgspec.convert(merged, Behaviour, strict=False)


def _value(name: str, raw: str | None) -> Any:
    if raw is None:
        return True if name in _FLAGS else {"echo": "last"}.get(name, 0)
    return json.loads(raw) if raw.startswith('"') else raw
