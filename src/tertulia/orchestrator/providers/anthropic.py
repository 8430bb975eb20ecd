"""Anthropic's Messages API: a chat request as its body, its answers and events as OpenAI's."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tertulia.orchestrator.providers import failures
from tertulia.orchestrator.providers.asked import (
    Asked,
    Function,
    Message,
    Part,
    arguments,
    cannot,
    image,
    instructions,
    read,
    turns,
)
from tertulia.orchestrator.providers.failures import ProviderFailure
from tertulia.orchestrator.providers.translated import delta, usage

_VERSION = "2023-06-01"
_MOST_TOKENS = 8192
"""Its API wants a bound; this one is every current model's to give."""

_EFFORTS = {"low", "medium", "high"}
_REASONS = {
    "end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "max_tokens": "length",
    "model_context_window_exceeded": "length", "tool_use": "tool_calls", "refusal": "content_filter",
}  # fmt: skip


class _Asked(Asked):
    user: str | None = None


class Anthropic:
    """The ``Dialect`` of ``kind = "anthropic"``."""

    list_path = "/models?limit=1000"

    def headers(self, key: str | None) -> dict[str, str]:
        return {"anthropic-version": _VERSION, **({"x-api-key": key} if key else {})}

    def request(self, body: bytes) -> tuple[str, dict[str, Any]]:
        asked = read(body, _Asked)
        made: dict[str, Any] = {
            "model": asked.model,
            "max_tokens": asked.most_tokens or _MOST_TOKENS,
            "messages": list(_messages(asked.messages)),
            "stream": asked.stream,
        }
        optional = {
            "system": list(_system(asked.messages)),
            "stop_sequences": asked.stops,
            "temperature": asked.temperature,
            "top_p": asked.top_p,
            "tools": [_tool(tool.function) for tool in asked.tools],
            "tool_choice": _tool_choice(asked),
            "output_config": _output(asked),
            "metadata": {"user_id": asked.user} if asked.user else None,
        }
        if asked.temperature is not None and asked.temperature > 1:
            raise cannot("temperature", "it must be 1 or less")
        return "/messages", made | {name: value for name, value in optional.items() if value not in (None, [], {})}

    def answer(self, told: Any) -> dict[str, Any]:
        blocks = told["content"]
        calls = [
            _call(block["id"], block["name"], msgspec.json.encode(block["input"]).decode())
            for block in blocks
            if block["type"] == "tool_use"
        ]
        message: dict[str, Any] = {"role": "assistant", "content": _joined(blocks, "text") or None}
        if thought := _joined(blocks, "thinking"):
            message["reasoning_content"] = thought
        if calls:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": _REASONS.get(told["stop_reason"], "stop")}
        return {"id": told["id"], "model": told["model"], "choices": [choice], "usage": _usage(told.get("usage"))}

    def translator(self) -> "_Translator":
        return _Translator()

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
        told = failures.told_in(body)
        message = told.message or ""
        if told.type == "billing_error" or "credit balance is too low" in message:
            return failures.out_of_quota()
        if told.type == "request_too_large" or message.startswith("prompt is too long"):
            return failures.too_long()
        if told.type == "not_found_error":
            return failures.misconfigured()
        return failures.refusal(status, headers, body)

    def listed(self, told: Any) -> list[str]:
        return [model["id"] for model in told["data"]]


class _Translator:
    """Blocks are numbered through; tool calls are numbered among themselves."""

    def __init__(self) -> None:
        self.id = self.model = ""
        self.ended = False
        self.done = False
        self._used: dict[str, Any] = {}
        self._calls: dict[int, int] = {}
        self._argued: set[int] = set()

    def chunks(self, event: Any) -> Iterator[dict[str, Any]]:
        """Kinds of events that are not known are passed over, as its versioning asks."""
        match event["type"]:
            case "message_start":
                message = event["message"]
                self.id, self.model = message["id"], message["model"]
                self._used.update(message.get("usage") or {})
                yield delta(0, role="assistant", content="")
            case "content_block_start" if event["content_block"]["type"] == "tool_use":
                block = event["content_block"]
                number = self._calls[event["index"]] = len(self._calls)
                yield delta(0, tool_calls=[{"index": number, **_call(block["id"], block["name"], "")}])
            case "content_block_delta":
                yield from self._said(event["index"], event["delta"])
            case "content_block_stop" if event["index"] in self._calls and event["index"] not in self._argued:
                yield self._arguments(event["index"], "{}")
            case "message_delta":
                self._used.update(event.get("usage") or {})
                if reason := event["delta"].get("stop_reason"):
                    self.ended = True
                    yield delta(0, finish=_REASONS.get(reason, "stop"))
            case "message_stop":
                self.done = True
                yield {"choices": [], "usage": _usage(self._used)}
            case "error":
                raise failures.refusal_within(event["error"])

    def _said(self, block: int, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
        match said["type"]:
            case "text_delta":
                yield delta(0, content=said["text"])
            case "thinking_delta":
                yield delta(0, reasoning_content=said["thinking"])
            case "input_json_delta" if said["partial_json"]:
                self._argued.add(block)
                yield self._arguments(block, said["partial_json"])

    def _arguments(self, block: int, piece: str) -> dict[str, Any]:
        return delta(0, tool_calls=[{"index": self._calls[block], "function": {"arguments": piece}}])


def _usage(told: Any) -> dict[str, Any] | None:
    """Input that was read from its cache, or written to it, is told beside the rest of the input."""
    if not isinstance(told, dict):
        return None
    read_, written = (told.get(f"cache_{what}_input_tokens") or 0 for what in ("read", "creation"))
    prompt = [told.get("input_tokens"), written, read_]
    return usage(prompt, [told.get("output_tokens")], cached=read_, written=written)


def _system(messages: list[Message]) -> Iterator[dict[str, Any]]:
    for part, field in instructions(messages):
        if part.type != "text":
            raise cannot(field)
        yield {"type": "text", "text": part.text}


def _messages(messages: list[Message]) -> Iterator[dict[str, Any]]:
    for answered, said in turns(messages):
        blocks = [block for message, field in said for block in _blocks(message, field)]
        yield {"role": "assistant" if answered else "user", "content": blocks}


def _blocks(message: Message, field: str) -> Iterator[dict[str, Any]]:
    blocks = [_block(part, f"{field}.content.{place}") for place, part in enumerate(message.parts())]
    if message.role == "tool":
        if not message.tool_call_id:
            raise cannot(f"{field}.tool_call_id", "name the call that this is the result of")
        yield {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": blocks}
        return
    if message.role not in {"user", "assistant"}:
        raise cannot(f"{field}.role")
    yield from blocks
    for place, call in enumerate(message.tool_calls or ()):
        given = arguments(call, f"{field}.tool_calls.{place}")
        yield {"type": "tool_use", "id": call.id, "name": call.function.name, "input": given}


def _block(part: Part, field: str) -> dict[str, Any]:
    if part.type == "text":
        return {"type": "text", "text": part.text}
    media, data = image(part, field)
    source = {"type": "base64", "media_type": media, "data": data} if media else {"type": "url", "url": data}
    return {"type": "image", "source": source}


def _tool(function: Function) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": function.name,
        "input_schema": function.parameters or {"type": "object", "properties": {}},
    }
    if function.description:
        made["description"] = function.description
    return {**made, "strict": True} if function.strict else made


def _tool_choice(asked: Asked) -> dict[str, Any] | None:
    if not asked.tools:
        return None
    if name := asked.chosen_tool():
        choice: dict[str, Any] = {"type": "tool", "name": name}
    else:
        kinds = {None: "auto", "auto": "auto", "required": "any", "none": "none"}
        choice = {"type": kinds[asked.tool_choice]}  # type: ignore[index]  # chosen_tool has refused all else
    if asked.parallel_tool_calls is False and choice["type"] != "none":
        choice["disable_parallel_tool_use"] = True
    return choice


def _output(asked: Asked) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if asked.response_format is not None and asked.response_format.type == "json_object":
        raise cannot("response_format", "give a json_schema")
    if (schema := asked.schema()) is not None:
        made["format"] = {"type": "json_schema", "schema": schema}
    if asked.reasoning_effort is not None:
        if asked.reasoning_effort not in _EFFORTS:
            raise cannot("reasoning_effort", "it must be low, medium or high")
        made["effort"] = asked.reasoning_effort
    return made


def _call(identifier: str, name: str, given: str) -> dict[str, Any]:
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": given}}


def _joined(blocks: list[dict[str, Any]], kind: str) -> str:
    return "".join(block[kind] for block in blocks if block["type"] == kind)
