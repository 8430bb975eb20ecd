"""A request of the Responses API as the chat request that says the same.

Items are first made whole (an id, a type, a list of parts): so they are stored, listed, and gone on with.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from tertulia.orchestrator.schemas.responses import (
    FunctionCallItem,
    FunctionOutputItem,
    InputPart,
    MessageItem,
    ResponseRequest,
)
from tertulia.orchestrator.service.request import convert, encode, wrong
from tertulia.platform.errors import Unprocessable
from tertulia.platform.ids import uuid7

Item = dict[str, Any]


def items_of(given: str | list[dict[str, Any]]) -> list[Item]:
    """What was put in, whole. Raises: Unprocessable, which names the field."""
    listed = [{"role": "user", "content": given}] if isinstance(given, str) else given
    found = [_item(f"input.{number}", one) for number, one in enumerate(listed)]
    return [item for item in found if item is not None]


def chat_body(asked: ResponseRequest, items: Sequence[Item], *, stream: bool = True) -> bytes:
    """A chat request; a streamed one asks for its usage. Raises: Unprocessable."""
    told = {
        "model": asked.model,
        "messages": _messages(asked.instructions, items),
        "stream": stream,
        "stream_options": {"include_usage": True} if stream else None,
        "max_completion_tokens": asked.max_output_tokens,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "tools": _tools(asked),
        "tool_choice": _tool_choice(asked),
        "parallel_tool_calls": asked.parallel_tool_calls,
        "response_format": _response_format(asked),
        "reasoning_effort": asked.reasoning.effort if asked.reasoning else None,
        "user": asked.user,
        "metadata": _ours(asked),
    }
    return encode({name: value for name, value in told.items() if value is not None})


def new_response(response_id: str, created_at: int, asked: ResponseRequest) -> dict[str, Any]:
    """The response before anything was said. ``created_at`` is in seconds."""
    text_format = asked.text.format if asked.text else None
    metadata = {name: value for name, value in (asked.metadata or {}).items() if name != "tertulia"}
    return {
        "id": response_id,
        "object": "response",
        "created_at": created_at,
        "status": "queued" if asked.background else "in_progress",
        "background": bool(asked.background),
        "error": None,
        "incomplete_details": None,
        "instructions": asked.instructions,
        "max_output_tokens": asked.max_output_tokens,
        "metadata": metadata,
        "model": asked.model or "",
        "output": [],
        "parallel_tool_calls": asked.parallel_tool_calls is not False,
        "previous_response_id": asked.previous_response_id,
        "reasoning": {"effort": asked.reasoning.effort if asked.reasoning else None, "summary": None},
        "store": asked.store is not False,
        "temperature": asked.temperature,
        "text": {"format": msgspec.to_builtins(text_format) if text_format else {"type": "text"}},
        "tool_choice": asked.tool_choice or "auto",
        "tools": msgspec.to_builtins(asked.tools or []),
        "top_p": asked.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": asked.user,
    }


def _item(where: str, given: dict[str, Any]) -> Item | None:
    """Reasoning is passed over: no chat request has a place for it."""
    kind = given.get("type", "message")
    if kind == "message":
        message = _read(where, given, MessageItem)
        said = "output_text" if message.role == "assistant" else "input_text"
        parts = _parts(f"{where}.content", message.content, said)
        return {
            "type": "message",
            "id": _id("msg", given),
            "status": "completed",
            "role": message.role,
            "content": parts,
        }
    if kind == "function_call":
        call = msgspec.to_builtins(_read(where, given, FunctionCallItem))
        return {"type": kind, "id": _id("fc", given), "status": "completed", **call}
    if kind == "function_call_output":
        told = _read(where, given, FunctionOutputItem)
        output = told.output
        if not isinstance(output, str):
            output = "".join(part["text"] for part in _parts(f"{where}.output", output, "input_text") if "text" in part)
        return {
            "type": kind,
            "id": _id("fco", given),
            "status": "completed",
            "call_id": told.call_id,
            "output": output,
        }
    if kind == "reasoning":
        return None
    raise wrong(f"{where}.type", f"`{kind}` is not supported: send messages, function calls and their outputs")


def _read(where: str, given: dict[str, Any], into: type[Any]) -> Any:
    try:
        return convert(given, into)
    except Unprocessable as refusal:
        first = refusal.errors[0]
        raise wrong(f"{where}.{first.field}".rstrip("."), first.problem) from None


def _id(prefix: str, given: dict[str, Any]) -> str:
    known = given.get("id")
    return known if isinstance(known, str) and known else f"{prefix}_{uuid7().hex}"


def _parts(where: str, content: str | list[InputPart], said: str) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [_text_part(said, content)]
    parts = []
    for number, part in enumerate(content):
        at = f"{where}.{number}"
        if part.type == "input_image":
            if part.image_url is None:
                raise wrong(f"{at}.image_url", "is missing: give an address or a data: URL")
            parts.append({"type": part.type, "image_url": part.image_url, "detail": part.detail or "auto"})
            continue
        text = part.refusal if part.type == "refusal" else part.text
        if text is None:
            raise wrong(f"{at}.text", "is missing")
        parts.append(_text_part(part.type, text))
    return parts


def _text_part(kind: str, text: str) -> dict[str, Any]:
    if kind == "refusal":
        return {"type": kind, "refusal": text}
    return {"type": kind, "text": text, **({"annotations": []} if kind == "output_text" else {})}


def _messages(instructions: str | None, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Calls that follow one another, or an assistant's words, are one message, as chat has it."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": instructions}] if instructions else []
    for item in items:
        if item["type"] == "message":
            role = "system" if item["role"] == "developer" else item["role"]
            messages.append({"role": role, "content": _content(item["content"])})
        elif item["type"] == "function_call":
            function = {"name": item["name"], "arguments": item["arguments"]}
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": None})
            call = {"id": item["call_id"], "type": "function", "function": function}
            messages[-1].setdefault("tool_calls", []).append(call)
        else:
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
    return messages


def _content(parts: Sequence[dict[str, Any]]) -> str | list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for part in parts:
        if part["type"] == "input_image":
            told.append({"type": "image_url", "image_url": {"url": part["image_url"], "detail": part["detail"]}})
        else:
            told.append({"type": "text", "text": part.get("text") or part.get("refusal") or ""})
    return told[0]["text"] if len(told) == 1 and told[0]["type"] == "text" else told


def _tools(asked: ResponseRequest) -> list[dict[str, Any]] | None:
    if not asked.tools:
        return None
    told = [msgspec.to_builtins(tool) for tool in asked.tools]
    return [{"type": tool.pop("type"), "function": tool} for tool in told]


def _tool_choice(asked: ResponseRequest) -> str | dict[str, Any] | None:
    match asked.tool_choice:
        case None | "auto" | "none" | "required":
            return asked.tool_choice if asked.tools else None
        case {"type": "function", "name": str(name)}:
            return {"type": "function", "function": {"name": name}}
    raise wrong("tool_choice", "is `auto`, `none`, `required` or a function by its name")


def _response_format(asked: ResponseRequest) -> dict[str, Any] | None:
    wanted = asked.text.format if asked.text else None
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return {"type": "json_object"}
    if wanted.name is None or wanted.schema is None:
        raise wrong("text.format", "a JSON schema needs a `name` and a `schema`")
    told = {name: value for name, value in msgspec.to_builtins(wanted).items() if name != "type"}
    return {"type": "json_schema", "json_schema": told}


def _ours(asked: ResponseRequest) -> dict[str, Any] | None:
    """Of the metadata only what the pipeline reads: the rest is the client's own, and kept."""
    ours = (asked.metadata or {}).get("tertulia")
    return None if ours is None else {"tertulia": ours}
