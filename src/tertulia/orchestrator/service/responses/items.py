"""What is put into a response: items made whole (an id, a type, a list of parts).

So they are stored, listed, and gone on with. A call's output stands behind its call, whatever came between them.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from tertulia.orchestrator.schemas.responses import FunctionCallItem, FunctionOutputItem, InputPart, MessageItem
from tertulia.orchestrator.service.request import convert, wrong
from tertulia.platform.errors import Unprocessable

Item = dict[str, Any]
CALL, OUTPUT = "function_call", "function_call_output"
_REASONING = "reasoning"
_GIVEN_BY_FUNCTIONS = ("input_text", "input_image", "input_file")
_FILES = ("file_data", "file_id", "file_url")


def items_of(given: str | list[dict[str, Any]], owner: UUID, field: str = "input") -> list[Item]:
    """What was put in, whole, from this field.

    An id that is missing begins with ``owner``'s, by which the item is found again.

    Raises: Unprocessable, which names the field.
    """
    listed = [{"role": "user", "content": given}] if isinstance(given, str) else given
    found = [_item(f"{field}.{number}", one, f"{owner.hex}i{number:02x}") for number, one in enumerate(listed)]
    items = [item for item in found if item is not None]
    if not items:
        raise wrong(field, "holds only reasoning: there is nothing to answer")
    return items


def places_of(given: str | list[dict[str, Any]]) -> list[int]:
    """Where each of ``items_of`` stood in the request."""
    return [0] if isinstance(given, str) else [at for at, one in enumerate(given) if one.get("type") != _REASONING]


def parts_of(item: Item) -> list[dict[str, Any]]:
    """A message's content, or what a function gave where that is a list; the list itself, to be changed in place."""
    held = item.get("content", item.get("output"))
    return held if isinstance(held, list) else []


def require_answered(items: Sequence[Item], new: int) -> None:
    """Every call of a function has its output, and every output its call; the last ``new`` items are the request's.

    Raises: Unprocessable, which names the item.
    """
    open_calls: dict[str, int] = {}
    for place, item in enumerate(items):
        if item["type"] == CALL:
            open_calls[item["call_id"]] = place
        elif item["type"] == OUTPUT and open_calls.pop(item["call_id"], None) is None:
            at = place - len(items) + new
            where = "input" if at < 0 else f"input.{at}.call_id"
            raise wrong(where, f"no call of a function waits for an output under the id `{item['call_id']}`")
    if open_calls:
        raise wrong("input", f"the call of a function `{next(iter(open_calls))}` has no output: send one for each call")


def in_order(items: Sequence[Item]) -> Iterator[Item]:
    """Outputs come right behind the calls that they answer, as chat has it."""
    outputs: dict[str, list[Item]] = {}
    for item in items:
        if item["type"] == OUTPUT:
            outputs.setdefault(item["call_id"], []).append(item)
    called: list[str] = []
    for item in items:
        if item["type"] == CALL:
            called.append(item["call_id"])
        else:
            yield from _taken(outputs, called)
        if item["type"] != OUTPUT:
            yield item
    yield from _taken(outputs, called)


def _taken(outputs: dict[str, list[Item]], called: list[str]) -> Iterator[Item]:
    """An id may come again in a later turn: each call takes the first output that is left."""
    for call_id in called:
        if outputs.get(call_id):
            yield outputs[call_id].pop(0)
    called.clear()


def _item(where: str, given: dict[str, Any], new_id: str) -> Item | None:
    """Reasoning is passed over: no chat request has a place for it."""
    kind = given.get("type") or "message"
    if kind == "message":
        message = _read(where, given, MessageItem)
        said = "output_text" if message.role == "assistant" else "input_text"
        parts = _parts(f"{where}.content", message.content, said)
        return {
            "type": "message",
            "id": _id("msg", given, new_id),
            "status": "completed",
            "role": message.role,
            "content": parts,
        }
    if kind == CALL:
        call = msgspec.to_builtins(_read(where, given, FunctionCallItem))
        return {"type": kind, "id": _id("fc", given, new_id), "status": "completed", **call}
    if kind == OUTPUT:
        told = _read(where, given, FunctionOutputItem)
        output = told.output if isinstance(told.output, str) else _given_by_function(f"{where}.output", told.output)
        return {
            "type": kind,
            "id": _id("fco", given, new_id),
            "status": "completed",
            "call_id": told.call_id,
            "output": output,
        }
    if kind == _REASONING:
        return None
    raise wrong(f"{where}.type", f"`{kind}` is not supported: send messages, function calls and their outputs")


def _read(where: str, given: dict[str, Any], into: type[Any]) -> Any:
    try:
        return convert(given, into)
    except Unprocessable as refusal:
        first = refusal.errors[0]
        raise wrong(f"{where}.{first.field}".rstrip("."), first.problem) from None


def _id(prefix: str, given: dict[str, Any], new_id: str) -> str:
    known = given.get("id")
    return known if isinstance(known, str) and known else f"{prefix}_{new_id}"


def _parts(where: str, content: str | list[InputPart], said: str) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [_text_part(said, content)]
    if not content:
        raise wrong(where, "must hold at least one part")
    return [_part(f"{where}.{number}", part) for number, part in enumerate(content)]


def _given_by_function(where: str, parts: list[InputPart]) -> list[dict[str, Any]]:
    for number, part in enumerate(parts):
        if part.type not in _GIVEN_BY_FUNCTIONS:
            raise wrong(f"{where}.{number}.type", f"an output holds {', '.join(_GIVEN_BY_FUNCTIONS)}")
    return _parts(where, parts, "input_text")


def _part(where: str, part: InputPart) -> dict[str, Any]:
    match part.type:
        case "input_image":
            if part.file_id is not None:
                raise wrong(f"{where}.file_id", "pictures are not taken from files: give an `image_url`")
            address = _given(where, part, "image_url", "give an address or a data: URL")
            return {"type": part.type, "image_url": address, "detail": part.detail or "auto"}
        case "input_file":
            named = {name: value for name in _FILES if (value := getattr(part, name)) is not None}
            return {"type": part.type, **({"filename": part.filename} if part.filename else {}), **named}
        case "input_audio":
            return {"type": part.type, "input_audio": _given(where, part, "input_audio", "give its data and format")}
        case "refusal":
            return _text_part(part.type, _given(where, part, "refusal", "say what was refused"))
    return _text_part(part.type, _given(where, part, "text", "give a text, which may be empty"))


def _given(where: str, part: InputPart, field: str, what: str) -> Any:
    value = getattr(part, field)
    if value is None:
        raise wrong(f"{where}.{field}", f"is missing: {what}")
    return value


def _text_part(kind: str, text: str) -> dict[str, Any]:
    if kind == "refusal":
        return {"type": kind, "refusal": text}
    return {"type": kind, "text": text, **({"annotations": []} if kind == "output_text" else {})}
