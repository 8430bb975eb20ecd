"""Text parts of one message between which a value runs on are sent as one part.

A part by itself may show nothing ("my card is 4111 1111", "1111 1111"), and a model reads them as one text. They are
joined where patterns find more in the whole than in the parts, as they stand or with a space between; all other parts
stay as they came.
"""

from collections.abc import Sequence
from itertools import chain, groupby
from typing import Any

from tertulia.orchestrator.redaction import RedactionWindow

_BETWEEN = ("", " ")


async def join_parts(body: dict[str, Any], window: RedactionWindow) -> None:
    """In the request itself."""
    for message in body["messages"]:
        content = message.get("content")
        if isinstance(content, list) and len(content) > 1:
            message["content"] = await _joined(content, window)


async def _joined(content: Sequence[dict[str, Any]], window: RedactionWindow) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for are_texts, group in groupby(content, lambda part: part.get("type") == "text"):
        run = list(group)
        whole = await _running_on([part["text"] for part in run], window) if are_texts and len(run) > 1 else None
        parts += run if whole is None else [{**run[0], **run[-1], "text": whole}]
    return parts


async def _running_on(texts: Sequence[str], window: RedactionWindow) -> str | None:
    """The whole, where it holds what no part does, nor the beginning or the end of."""
    wholes = [between.join(texts) for between in _BETWEEN]
    values = await window.values_by_form([*wholes, *texts])
    in_parts = set(chain.from_iterable(values[len(wholes) :]))
    for whole, some in zip(wholes, values, strict=False):
        if any(not any(known in value for known in in_parts) for value in some):
            return whole
    return None
