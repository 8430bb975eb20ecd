"""Items that a request names by their ids alone (``item_reference``): put in their place from what is stored.

An item's id holds the id of the response that it was put into or came out of, and a stored response holds all that led
to it: so the last reference leads to the items of most others.
"""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tertulia.orchestrator.service.request import wrong
from tertulia.orchestrator.service.responses.items import Item
from tertulia.orchestrator.service.responses.kept import KeptResponses, ResponseNotFound, shown
from tertulia.platform.errors import NotFound

_MOST_LOOKED_INTO = 20
_OWNER = re.compile(r"[a-z]{1,10}_([0-9a-f]{32})")
_Given = str | list[dict[str, Any]]


class ItemNotFound(NotFound):
    code, title = "item_not_found", "No such item"


async def resolved(
    kept: KeptResponses, workspace_id: UUID, person_id: UUID, given: _Given, before: Sequence[Item]
) -> _Given:
    """``given`` with whole items; ``before``: the conversation that it goes on with.

    Raises: ItemNotFound; Unprocessable for what is in the conversation already.
    """
    if isinstance(given, str) or not any(map(_is_reference, given)):
        return given
    there = {item["id"] for item in before}
    known: dict[str, Item] = {}
    looked_into = set[str]()
    items = list(given)
    for place in reversed(range(len(items))):
        if not _is_reference(items[place]):
            continue
        where, item_id = f"input.{place}.id", items[place].get("id")
        if not isinstance(item_id, str):
            raise wrong(where, "must be the id of an item")
        if item_id in there:
            raise wrong(where, "names what is in the conversation already: leave it out")
        owner = _OWNER.match(item_id)
        if item_id not in known and owner is not None and owner[1] not in looked_into:
            looked_into.add(owner[1])
            if len(looked_into) > _MOST_LOOKED_INTO:
                raise wrong(where, f"the items of {_MOST_LOOKED_INTO} responses may be named at most: send this whole")
            known |= await _items_of(kept, workspace_id, person_id, owner[1])
        if item_id not in known:
            raise ItemNotFound(f"There is no item `{item_id}`; its response may be deleted or too old.", param=where)
        items[place] = known[item_id]
    return items


def _is_reference(one: dict[str, Any]) -> bool:
    """OpenAI lets the type be left out."""
    return one.get("type") == "item_reference" or (one.get("type") is None and "role" not in one and "id" in one)


async def _items_of(kept: KeptResponses, workspace_id: UUID, person_id: UUID, owner: str) -> dict[str, Item]:
    try:
        found = await kept.get(workspace_id, person_id, shown(UUID(hex=owner)))
    except ResponseNotFound:
        return {}
    return {item["id"]: item for item in found.conversation}
