"""A request of the Responses API as the chat request that says the same, and the response that it begins."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tertulia.orchestrator.schemas.responses import FunctionTool, Reasoning, ResponseRequest, TextOptions
from tertulia.orchestrator.service.request import encode, wrong
from tertulia.orchestrator.service.responses.items import CALL, OUTPUT, Item, in_order, parts_of

_AS_THEY_ARE = (
    "temperature", "top_p", "user", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
)  # fmt: skip
"""Fields that chat knows by the same name."""

_LOGPROBS = "message.output_text.logprobs"
_SHOWN_BELOW = "What it gave is a picture, shown below."


def chat_body(asked: ResponseRequest, items: Sequence[Item], *, stream: bool = True) -> bytes:
    """A chat request; a streamed one asks for its usage. Raises: Unprocessable."""
    told = {
        "model": asked.model,
        "messages": _messages(asked.instructions, items),
        "stream": stream,
        "stream_options": {"include_usage": True} if stream else None,
        "max_completion_tokens": asked.max_output_tokens,
        **_tools(asked),
        "response_format": _response_format(asked),
        "verbosity": asked.text.verbosity if asked.text else None,
        "reasoning_effort": asked.reasoning.effort if asked.reasoning else None,
        "logprobs": True if _LOGPROBS in (asked.include or ()) or asked.top_logprobs is not None else None,
        "top_logprobs": asked.top_logprobs,
        "metadata": _ours(asked),
        "prompt_cache_options": asked.prompt_cache_options,
        **{name: getattr(asked, name) for name in _AS_THEY_ARE},
    }
    return encode({name: value for name, value in told.items() if value is not None})


def new_response(response_id: str, created_at: int, asked: ResponseRequest) -> dict[str, Any]:
    """The response before anything was said. ``created_at`` is in seconds."""
    text, reasoning = asked.text or TextOptions(), asked.reasoning or Reasoning()
    metadata = {name: value for name, value in (asked.metadata or {}).items() if name != "tertulia"}
    return {
        "id": response_id,
        "object": "response",
        "created_at": created_at,
        "status": "queued" if asked.background else "in_progress",
        "background": bool(asked.background),
        "completed_at": None,
        "conversation": None if asked.conversation_id is None else {"id": asked.conversation_id},
        "error": None,
        "incomplete_details": None,
        "instructions": asked.instructions,
        "max_output_tokens": asked.max_output_tokens,
        "max_tool_calls": asked.max_tool_calls,
        "metadata": metadata,
        "model": asked.model or "",
        "output": [],
        "parallel_tool_calls": asked.parallel_tool_calls is not False,
        "previous_response_id": asked.previous_response_id,
        "reasoning": {"effort": reasoning.effort, "summary": reasoning.summary or reasoning.generate_summary},
        "store": asked.store is not False,
        "text": {
            "format": msgspec.to_builtins(text.format) if text.format else {"type": "text"},
            **({"verbosity": text.verbosity} if text.verbosity else {}),
        },
        "tool_choice": asked.tool_choice or "auto",
        "tools": msgspec.to_builtins(asked.tools or []),
        "top_logprobs": asked.top_logprobs or 0,
        "truncation": asked.truncation or "disabled",
        "usage": None,
        **{name: getattr(asked, name) for name in _AS_THEY_ARE},
    }


def _messages(instructions: str | None, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Calls that follow one another, or an assistant's words, are one message, as chat has it.

    A tool's message holds text alone there: pictures that functions gave come from the user, behind all the outputs.
    """
    messages: list[dict[str, Any]] = [{"role": "system", "content": instructions}] if instructions else []
    pictures: list[dict[str, Any]] = []
    for item in in_order(items):
        if item["type"] != OUTPUT and pictures:
            messages.append({"role": "user", "content": pictures})
            pictures = []
        if item["type"] == "message":
            role = "system" if item["role"] == "developer" else item["role"]
            messages.append({"role": role, "content": _content(item["content"])})
        elif item["type"] == CALL:
            function = {"name": item["name"], "arguments": item["arguments"]}
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": None})
            call = {"id": item["call_id"], "type": "function", "function": function}
            messages[-1].setdefault("tool_calls", []).append(call)
        elif item["type"] == OUTPUT:
            texts, shown = _given(item)
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": texts})
            pictures += shown
    return [*messages, {"role": "user", "content": pictures}] if pictures else messages


def _given(output: Item) -> tuple[str | list[dict[str, Any]], list[dict[str, Any]]]:
    """What a function gave: in words, and the pictures, told of by the call's id."""
    parts = parts_of(output)
    if not parts:
        return output["output"], []
    texts = [part for part in parts if part["type"] != "input_image"]
    told = _content(texts) if texts else _SHOWN_BELOW
    if len(texts) == len(parts):
        return told, []
    shown = _content([part for part in parts if part["type"] == "input_image"])
    return told, [{"type": "text", "text": f"From the output of `{output['call_id']}`:"}, *shown]


def _content(parts: Sequence[dict[str, Any]]) -> str | list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for part in parts:
        if part["type"] == "input_image":
            told.append({"type": "image_url", "image_url": {"url": part["image_url"], "detail": part["detail"]}})
        elif part["type"] == "input_audio":
            told.append({"type": "input_audio", "input_audio": part["input_audio"]})
        elif part["type"] == "input_file":
            told.append({"type": "file", "file": {name: one for name, one in part.items() if name != "type"}})
        else:
            told.append({"type": "text", "text": part.get("text") or part.get("refusal") or ""})
    return told[0]["text"] if len(told) == 1 and told[0]["type"] == "text" else told


def _tools(asked: ResponseRequest) -> dict[str, Any]:
    """``tools`` and ``tool_choice``; of a choice among some, only these are told of. Raises: Unprocessable."""
    tools = asked.tools or []
    choice: Any = asked.tool_choice
    match choice:
        case None | "auto" | "none":
            pass
        case "required":
            if not tools:
                raise wrong("tool_choice", "is `required`, and there are no `tools`")
        case {"type": "function", "name": str(name)}:
            _named(tools, [choice])
            choice = {"type": "function", "function": {"name": name}}
        case {"type": "allowed_tools", "mode": "auto" | "required" as mode, "tools": [*allowed]}:
            tools, choice = _named(tools, allowed), mode
        case _:
            raise wrong("tool_choice", "is `auto`, `none`, `required`, a function by its name, or `allowed_tools`")
    if not tools:
        return {}
    told = [msgspec.to_builtins(tool) for tool in tools]
    made = {"tools": [{"type": tool.pop("type"), "function": tool} for tool in told], "tool_choice": choice}
    return {**made, "parallel_tool_calls": asked.parallel_tool_calls}


def _named(tools: list[FunctionTool], names: Sequence[Any]) -> list[FunctionTool]:
    """Those tools. Raises: Unprocessable for one that is not there."""
    wanted = [one.get("name") if isinstance(one, dict) else None for one in names]
    found = [tool for tool in tools if tool.name in wanted]
    if not wanted or len(found) < len(wanted):
        raise wrong("tool_choice", "names a function that is not among `tools`")
    return found


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
