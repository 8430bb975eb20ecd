"""A page of items, as OpenAI's clients read it."""

from collections.abc import Sequence
from typing import Any

from tertulia.orchestrator.service.responses.items import Item
from tertulia.platform.errors import Unprocessable


def page_of(
    items: Sequence[Item], limit: int, after: str | None = None, *, newest_first: bool = False
) -> dict[str, Any]:
    """``after``: the last item of the page before. Raises: Unprocessable."""
    listed = list(reversed(items)) if newest_first else list(items)
    ids = [item["id"] for item in listed]
    if after is not None and after not in ids:
        raise Unprocessable("`after` is none of these items.", param="after")
    start = 0 if after is None else ids.index(after) + 1
    page = listed[start : start + limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + limit < len(listed),
    }
