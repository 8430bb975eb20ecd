"""Files that a request brings, or names by the ids of ``/v1/files``, put in their place as text: the items are whole
without them, and what is stored is what was read.
"""

from collections.abc import Sequence
from typing import Any

from tertulia.orchestrator.schemas.openai import GivenFile
from tertulia.orchestrator.service.request import ReadFile, convert
from tertulia.orchestrator.service.responses.items import Item, parts_of, places_of


async def attach(
    files: ReadFile, given: str | list[dict[str, Any]], items: Sequence[Item], field: str = "input"
) -> None:
    """``items`` are those that were ``given`` in this field. Raises: what ``files`` raises."""
    for place, item in zip(places_of(given), items, strict=True):
        parts, of = parts_of(item), "content" if "content" in item else "output"
        for number, part in enumerate(parts):
            if part["type"] == "input_file":
                where = f"{field}.{place}.{of}.{number}"
                parts[number] = {"type": "input_text", "text": await files(where, convert(part, GivenFile))}
