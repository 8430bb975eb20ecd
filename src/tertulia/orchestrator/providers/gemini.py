"""Google's Gemini API: a chat request as its body, its answers and events as OpenAI's."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import msgspec

from tertulia.orchestrator.providers import failures
from tertulia.orchestrator.providers.asked import (
    Asked,
    Function,
    Message,
    Part,
    ToolCall,
    arguments,
    cannot,
    image,
    instructions,
    read,
    turns,
)
from tertulia.orchestrator.providers.failures import ProviderFailed, ProviderFailure
from tertulia.orchestrator.providers.translated import delta, usage

_EFFORTS = {"minimal", "low", "medium", "high"}
_REASONS = {"STOP": "stop", "MAX_TOKENS": "length"}
_BROKEN = {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER"}
_MODES = {None: "AUTO", "auto": "AUTO", "required": "ANY", "none": "NONE"}


class _Asked(Asked):
    n: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None


class Gemini:
    """The ``Dialect`` of ``kind = "gemini"``."""

    list_path = "/models?pageSize=1000"

    def headers(self, key: str | None) -> dict[str, str]:
        return {"x-goog-api-key": key} if key else {}

    def request(self, body: bytes) -> tuple[str, dict[str, Any]]:
        asked = read(body, _Asked)
        if asked.parallel_tool_calls is False:
            raise cannot("parallel_tool_calls")
        system = [_part(part, field) for part, field in instructions(asked.messages)]
        made = {
            "contents": list(_contents(asked.messages)),
            "systemInstruction": {"parts": system} if system else None,
            "generationConfig": _config(asked),
            "tools": [{"functionDeclarations": [_tool(tool.function) for tool in asked.tools]}]
            if asked.tools
            else None,
            "toolConfig": {"functionCallingConfig": _calling(asked)} if asked.tools else None,
        }
        how = "streamGenerateContent?alt=sse" if asked.stream else "generateContent"
        return f"/models/{quote(asked.model, safe='')}:{how}", {name: value for name, value in made.items() if value}

    def answer(self, told: Any) -> dict[str, Any]:
        _require_unblocked(told)
        choices = []
        for candidate in told["candidates"]:
            said = _said(candidate)
            calls = said.pop("tool_calls", [])
            for call in calls:
                del call["index"]  # which only a stream has
            message = {"role": "assistant", "content": None, **said, **({"tool_calls": calls} if calls else {})}
            reason = _reason(candidate["finishReason"], called=bool(calls))
            choices.append({"index": candidate.get("index", 0), "message": message, "finish_reason": reason})
        return {"id": _id(told), "model": told.get("modelVersion", ""), "choices": choices, "usage": _usage(told)}

    def translator(self) -> "_Translator":
        return _Translator()

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure:
        error = _error(body)
        kind, message = error.get("status"), str(error.get("message"))
        told = str(error.get("details"))
        if kind == "RESOURCE_EXHAUSTED" and "PerDay" in told:
            return failures.out_of_quota()
        if kind in {"NOT_FOUND", "FAILED_PRECONDITION"} or "API_KEY_INVALID" in told:
            return failures.misconfigured()
        if "exceeds the maximum number of tokens" in message:
            return failures.too_long()
        return failures.refusal(status, {**_asked_wait(error), **headers}, body)

    def listed(self, told: Any) -> list[str]:
        return [
            model["name"].removeprefix("models/")
            for model in told["models"]
            if "generateContent" in model.get("supportedGenerationMethods", ())
        ]


class _Translator:
    """Each event is a part of an answer, in its whole shape; nothing but the reason to finish tells the end."""

    done = False

    def __init__(self) -> None:
        self.id = self.model = ""
        self._calls: dict[int, int] = {}
        self._ended: set[int] = set()

    @property
    def ended(self) -> bool:
        """Every candidate that has begun has."""
        return bool(self._ended) and self._calls.keys() <= self._ended

    def chunks(self, event: Any) -> Iterator[dict[str, Any]]:
        if "error" in event:
            raise failures.refusal_within(event["error"])
        _require_unblocked(event)
        self.id = self.id or _id(event)
        self.model = event.get("modelVersion") or self.model
        for candidate in event.get("candidates", ()):
            yield from self._of_candidate(candidate)
        if self.ended and "usageMetadata" in event:
            yield {"choices": [], "usage": _usage(event)}

    def _of_candidate(self, candidate: dict[str, Any]) -> Iterator[dict[str, Any]]:
        index = candidate.get("index", 0)
        begun = self._calls.setdefault(index, 0)
        said = _said(candidate, begun)
        self._calls[index] += len(said.get("tool_calls", ()))
        if said:
            yield delta(index, role="assistant", **said)
        if reason := candidate.get("finishReason"):
            self._ended.add(index)
            yield delta(index, finish=_reason(reason, called=self._calls[index] > 0))


def _said(candidate: dict[str, Any], calls_before: int = 0) -> dict[str, Any]:
    """The texts, thoughts and calls in a candidate's parts."""
    said: dict[str, Any] = {}
    for part in (candidate.get("content") or {}).get("parts", ()):
        if text := part.get("text"):
            name = "reasoning_content" if part.get("thought") else "content"
            said[name] = said.get(name, "") + text
        if called := part.get("functionCall"):
            calls = said.setdefault("tool_calls", [])
            calls.append({"index": calls_before + len(calls), **_call(called, part.get("thoughtSignature"))})
    return said


def _call(called: dict[str, Any], signature: str | None) -> dict[str, Any]:
    """Its newer models want a call's signature to come back with it; clients keep ``extra_content`` for that."""
    given = msgspec.json.encode(called.get("args") or {}).decode()
    made = {
        "id": called.get("id") or f"call_{uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": called["name"], "arguments": given},
    }
    return {**made, "extra_content": {"google": {"thought_signature": signature}}} if signature else made


def _reason(told: str, *, called: bool) -> str:
    """All that is not an end of its own is one of its filters. Raises: ProviderFailed."""
    if told in _BROKEN:
        raise ProviderFailed("The model's provider could not finish the answer. Ask again.")
    if told == "STOP" and called:
        return "tool_calls"
    return _REASONS.get(told, "content_filter")


def _require_unblocked(told: Any) -> None:
    if (told.get("promptFeedback") or {}).get("blockReason"):
        raise failures.blocked()


def _usage(told: Any) -> dict[str, Any] | None:
    """Thinking is output, and what tools gave is input."""
    counts = told.get("usageMetadata")
    if not isinstance(counts, dict) or "promptTokenCount" not in counts:
        return None
    prompt, tools, answer, thoughts, cached = (
        counts.get(f"{name}TokenCount") or 0
        for name in ("prompt", "toolUsePrompt", "candidates", "thoughts", "cachedContent")
    )
    return usage([prompt, tools], [answer, thoughts], cached=cached)


def _id(told: Any) -> str:
    return str(told.get("responseId") or f"chatcmpl-{uuid4().hex}")


def _error(body: bytes) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(body)
    except failures.UNREADABLE_JSON:
        return {}
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def _asked_wait(error: dict[str, Any]) -> dict[str, str]:
    """A wait that is told in the body, as the header that would tell it."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and isinstance(delay := detail.get("retryDelay"), str):
            return {"retry-after": delay.removesuffix("s")}
    return {}


def _contents(messages: list[Message]) -> Iterator[dict[str, Any]]:
    names: dict[str, str] = {}
    for answered, said in turns(messages):
        parts: list[dict[str, Any]] = []
        for message, field in said:
            names |= {call.id: call.function.name for call in message.tool_calls or ()}
            parts += _parts(message, names, field)
        yield {"role": "model" if answered else "user", "parts": parts}


def _parts(message: Message, names: dict[str, str], field: str) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        name = names.get(message.tool_call_id or "")
        if name is None:
            raise cannot(f"{field}.tool_call_id", "name a call that came before")
        if any(part.type != "text" for part in message.parts()):
            raise cannot(f"{field}.content", "a tool's result must be text")
        result = "".join(part.text for part in message.parts())
        yield {"functionResponse": {"name": name, "response": {"result": result}}}
        return
    if message.role not in {"user", "assistant"}:
        raise cannot(f"{field}.role")
    for place, part in enumerate(message.parts()):
        yield _part(part, f"{field}.content.{place}")
    for place, call in enumerate(message.tool_calls or ()):
        given = arguments(call, f"{field}.tool_calls.{place}")
        yield {"functionCall": {"name": call.function.name, "args": given}, **_signature(call)}


def _signature(call: ToolCall) -> dict[str, str]:
    match call.extra_content:
        case {"google": {"thought_signature": str(signature)}}:
            return {"thoughtSignature": signature}
    return {}


def _part(part: Part, field: str) -> dict[str, Any]:
    if part.type == "text":
        return {"text": part.text}
    media, data = image(part, field)
    if not media:
        raise cannot(f"{field}.image_url.url", "give the image itself, as a data: URL")
    return {"inlineData": {"mimeType": media, "data": data}}


def _tool(function: Function) -> dict[str, Any]:
    made = {
        "name": function.name,
        "description": function.description,
        "parametersJsonSchema": function.parameters,
    }
    return {name: value for name, value in made.items() if value}


def _calling(asked: Asked) -> dict[str, Any]:
    if name := asked.chosen_tool():
        return {"mode": "ANY", "allowedFunctionNames": [name]}
    mode = _MODES[asked.tool_choice]  # type: ignore[index]  # chosen_tool has refused all else
    strict = any(tool.function.strict for tool in asked.tools)
    return {"mode": "VALIDATED" if strict and mode == "AUTO" else mode}


def _config(asked: _Asked) -> dict[str, Any]:
    if asked.reasoning_effort not in {None, *_EFFORTS}:
        raise cannot("reasoning_effort", "it must be minimal, low, medium or high")
    wants_json = asked.response_format is not None and asked.response_format.type != "text"
    made = {
        "maxOutputTokens": asked.most_tokens,
        "stopSequences": asked.stops or None,
        "temperature": asked.temperature,
        "topP": asked.top_p,
        "candidateCount": asked.n,
        "seed": asked.seed,
        "presencePenalty": asked.presence_penalty,
        "frequencyPenalty": asked.frequency_penalty,
        "responseMimeType": "application/json" if wants_json else None,
        "responseJsonSchema": asked.schema(),
        "thinkingConfig": {"thinkingLevel": asked.reasoning_effort} if asked.reasoning_effort else None,
    }
    return {name: value for name, value in made.items() if value is not None}
