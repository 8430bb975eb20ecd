"""``truncation: "auto"``: the oldest items are left out of what the model is sent until the rest fits its window.

What says how to answer stays (instructions, system and developer messages), and so does the newest turn; an output goes
with its call. What is stored is whole. Counts are near for some models, and a placeholder may be longer than what it
stands for, so a little room is left.
"""

from collections.abc import Iterator, Sequence

import msgspec

from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline.budget import Budget
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.schemas.responses import ResponseRequest
from tertulia.orchestrator.service.responses.items import CALL, OUTPUT, Item, in_order, parts_of

_SPARE = 20
"""Of so many tokens one is left free."""

_PICTURE = 1500
"""About so many tokens takes what is no text: a picture, a recording, a file."""

_Unit = list[Item]


async def fitting(
    asked: ResponseRequest, items: Sequence[Item], model: Model, reserve: int, *, documents: bool
) -> list[Item]:
    """``reserve``: tokens for the answer where the request has no bound; ``documents``: passages will come before."""
    budget = Budget.of(model, asked.max_output_tokens or reserve)
    room = budget.prompt - (budget.passages if documents else 0)
    room -= room // _SPARE
    units = list(_units(items))
    texts = [(asked.instructions or "") + msgspec.json.encode([asked.tools, asked.text]).decode(), *map(_text, units)]
    others = [tokens.FOR_MESSAGE, *map(_beside_text, units)]
    if sum(map(tokens.upper_bound, texts)) + sum(others) <= room:
        return list(items)
    counted = await tokens.count(model.name, texts)
    said, *sizes = (size + other for size, other in zip(counted, others, strict=True))
    stays = [_instructs(unit) for unit in units]
    left = room - said - sum(size for size, fixed in zip(sizes, stays, strict=True) if fixed)
    first = len(units)
    for place in range(len(units) - 1, -1, -1):
        if stays[place]:
            continue
        left -= sizes[place]
        if left < 0 and first < len(units):
            break
        first = place
    first = _from_a_person(units, first)
    return [item for place, unit in enumerate(units) if stays[place] or place >= first for item in unit]


def _units(items: Sequence[Item]) -> Iterator[_Unit]:
    """What is left out together: a message, or calls with their outputs."""
    unit: _Unit = []
    for item in in_order(items):
        if unit and (item["type"] == OUTPUT or item["type"] == CALL == unit[-1]["type"]):
            unit.append(item)
            continue
        if unit:
            yield unit
        unit = [item]
    if unit:
        yield unit


def _from_a_person(units: Sequence[_Unit], first: int) -> int:
    """A conversation begins with a person's words, where there are any: some models take no other."""
    theirs = (place for place in range(first, len(units)) if units[place][0].get("role") == "user")
    return next(theirs, first)


def _instructs(unit: _Unit) -> bool:
    return unit[0].get("role") in ("system", "developer")


def _text(unit: _Unit) -> str:
    told: list[str] = []
    for item in unit:
        told += (said for name in ("name", "arguments", "output") if isinstance(said := item.get(name), str))
        told += (part.get("text") or part.get("refusal") or "" for part in parts_of(item))
    return "\n".join(told)


def _beside_text(unit: _Unit) -> int:
    parts = [part for item in unit for part in parts_of(item)]
    pictures = [part for part in parts if "text" not in part and "refusal" not in part]
    return tokens.FOR_MESSAGE * len(unit) + _PICTURE * len(pictures)
