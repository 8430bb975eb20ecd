"""Which strings of a chat request somebody may have written: all, but what the protocol itself gives a meaning.

Descriptions of tools, schemas, addresses of pictures and fields that we do not know reach the provider
too, so what is left out is listed here, and nothing else.
"""

from collections.abc import Callable, Iterator
from typing import Any

from tertulia.platform.errors import Unprocessable

_PROTOCOL = frozenset(
    tuple(path.split("."))
    for path in (
        "model", "modalities", "reasoning_effort", "service_tier", "stream_options", "tool_choice", "function_call",
        "verbosity", "audio", "messages.*.role", "messages.*.tool_call_id", "messages.*.audio",
        "messages.*.function_call.name", "messages.*.content.*.type", "messages.*.content.*.input_audio",
        "messages.*.content.*.image_url.detail", "messages.*.content.*.cache_control", "messages.*.tool_calls.*.id",
        "messages.*.tool_calls.*.type", "messages.*.tool_calls.*.extra_content",
        "messages.*.tool_calls.*.function.name", "messages.*.tool_calls.*.custom.name", "tools.*.type",
        "tools.*.function.name", "tools.*.custom.name", "tools.*.custom.format.type", "functions.*.name",
        "response_format.type", "response_format.json_schema.name",
    )
)  # fmt: skip
"""Names that are resolved, kinds, and data that is not text: a placeholder in them would break the request."""

_IMAGE = ("messages", "*", "content", "*", "image_url", "url")
_NAMES_A_FUNCTION = ("function", "tool")
_DEEPEST = 200
_Path = tuple[str, ...]


def texts_of(body: dict[str, Any]) -> list[str]:
    """In an order that is the same each time. Raises: Unprocessable for what is nested too deeply."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _mapped(body, note, ())
    return found


def with_texts(body: dict[str, Any], texts: list[str]) -> dict[str, Any]:
    """The request with these texts in place of its own."""
    given = iter(texts)
    replaced: dict[str, Any] = _mapped(body, lambda _: next(given), ())
    return replaced


def said_in(message: dict[str, Any]) -> Iterator[str]:
    """What a message says in words."""
    content = message.get("content")
    if isinstance(content, str):
        yield content
    for part in content if isinstance(content, list) else ():
        if isinstance(part.get("text"), str):
            yield part["text"]


def _mapped(value: Any, write: Callable[[str], str], path: _Path) -> Any:
    if path in _PROTOCOL:
        return value
    if len(path) > _DEEPEST:
        raise Unprocessable(f"The request is nested too deeply: {_DEEPEST} levels are taken.")
    if isinstance(value, str):
        return value if path == _IMAGE and value.startswith("data:") else write(value)
    if isinstance(value, list):
        return [_mapped(one, write, (*path, "*")) for one in value]
    if isinstance(value, dict):
        kept = _names_a_function(value, path)
        return {
            _key(name, write): one if name in kept else _mapped(one, write, (*path, name))
            for name, one in value.items()
        }
    return value


def _key(name: str, write: Callable[[str], str]) -> str:
    """Names of fields are the protocol's or a program's; an address or a number may stand in their place."""
    return name if name.isidentifier() or name.startswith("$") else write(name)


def _names_a_function(value: dict[str, Any], path: _Path) -> tuple[str, ...]:
    """A message's ``name`` is a person's, unless a function speaks."""
    return ("name",) if path == ("messages", "*") and value.get("role") in _NAMES_A_FUNCTION else ()
