"""The simulated provider: routes, keys, the scripted queue, and the log of what each request got.

The log is the provider's own book: a checker compares it with what clients received and what the platform stored.
"""

import itertools
import json
import time
import zlib
from collections import deque
from collections.abc import Awaitable, Sequence
from typing import Any

import msgspec

from bench.provider import anthropic, behaviour, gemini, wire
from bench.provider.behaviour import Behaviour
from bench.provider.completion import Exchange
from bench.provider.server import Connection, Request

MAX_DIMENSIONS = 1536
MODELS = ("sim-fast", "sim-echo", "sim-ttft200-gap20-tokens64")


class LogEntry(msgspec.Struct):
    """One request as the provider saw it, and exactly what it emitted in reply."""

    number: int
    at: float
    path: str
    model: str
    request: msgspec.Raw
    authorization: str
    behaviour: Behaviour
    status: int = 0
    emitted: str = ""
    pieces: int = 0
    end: str = "open"
    """``finished``, ``client_left``, ``reset``, ``cut``, ``truncated``, ``refused`` or ``open``."""
    ended_at: float = 0


class Provider:
    def __init__(self, keys: Sequence[str] = (), models: Sequence[str] = MODELS, log_size: int = 100_000) -> None:
        self._keys = frozenset(keys)
        self._models = tuple(models)
        self._log: deque[LogEntry] = deque(maxlen=log_size)
        self._script: deque[dict[str, Any]] = deque()
        self._default: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._requests = 0
        self._in_flight = 0
        self._peak = 0

    def handle(self, request: Request, connection: Connection) -> Awaitable[None] | None:
        path = request.path.partition("?")[0]
        if path.startswith("/_sim/"):
            self._control(request, path, connection)
            return None
        if path.startswith("/v1beta/"):
            return self._as_gemini(request, path.removeprefix("/v1beta"), connection)
        if "anthropic-version" in request.headers or path == "/v1/messages":
            return self._as_anthropic(request, path, connection)
        if not self._knows(request.headers.get("authorization", "").removeprefix("Bearer ")):
            told = "Incorrect API key provided. You can find your API key at the provider's page."
            connection.write_response(401, wire.error(told, code="invalid_api_key"))
            return None
        if path == "/v1/chat/completions" and request.method == "POST":
            return self._chat(request, path, connection)
        if path == "/v1/embeddings" and request.method == "POST":
            self._embeddings(request, connection)
        elif path.startswith("/v1/models") and request.method == "GET":
            self._list_models(path, connection)
        else:
            connection.write_response(404, wire.error(f"Invalid URL ({request.method} {path})"))
        return None

    def _knows(self, key: str | None) -> bool:
        return not self._keys or key in self._keys

    def _as_anthropic(self, request: Request, path: str, connection: Connection) -> Awaitable[None] | None:
        if not self._knows(request.headers.get("x-api-key")):
            connection.write_response(401, anthropic.error(401, "invalid x-api-key"))
        elif path == "/v1/models":
            connection.write_response(200, anthropic.models(self._models))
        else:
            body = msgspec.json.decode(request.body)
            if problem := anthropic.wrong(request, body):
                connection.write_response(400, anthropic.error(400, problem))
            elif not self._known(body["model"]):
                connection.write_response(404, anthropic.error(404, f"model: {body['model']}"))
            else:
                return self._run(anthropic.AnthropicExchange, request, path, body, connection)
        return None

    def _as_gemini(self, request: Request, path: str, connection: Connection) -> Awaitable[None] | None:
        model, _, how = path.removeprefix("/models/").partition(":")
        if not self._knows(request.headers.get("x-goog-api-key")):
            connection.write_response(403, gemini.error(403, "API key not valid. Please pass a valid API key."))
        elif path == "/models":
            connection.write_response(200, gemini.models(self._models))
        elif not self._known(model):
            connection.write_response(404, gemini.error(404, f"models/{model} is not found for API version v1beta"))
        elif problem := gemini.wrong(msgspec.json.decode(request.body)):
            connection.write_response(400, gemini.error(400, problem))
        else:
            body = gemini.as_chat(model, how, msgspec.json.decode(request.body))
            return self._run(gemini.GeminiExchange, request, path, body, connection)
        return None

    def _list_models(self, path: str, connection: Connection) -> None:
        name = path.removeprefix("/v1/models").strip("/")
        if not name:
            connection.write_response(200, wire.models(self._models))
        elif self._known(name):
            connection.write_response(200, wire.model(name))
        else:
            connection.write_response(404, _no_such_model(name))

    def _known(self, model: str) -> bool:
        return model in self._models or model.startswith("sim-")

    def _chat(self, request: Request, path: str, connection: Connection) -> Awaitable[None] | None:
        try:
            body = msgspec.json.decode(request.body)
            model, messages = body["model"], body["messages"]
            _last_user_message(messages)
        except (msgspec.DecodeError, UnicodeDecodeError):
            connection.write_response(400, wire.error("We could not parse the JSON body of your request."))
            return None
        except (KeyError, TypeError, AttributeError) as missing:
            told = f"Missing or wrong parameter: {missing}."
            connection.write_response(400, wire.error(told, param=str(missing).strip("'")))
            return None
        if not self._known(model):
            connection.write_response(404, _no_such_model(model))
            return None
        if not messages:
            told = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array."
            connection.write_response(400, wire.error(told, param="messages", code="empty_array"))
            return None
        return self._run(Exchange, request, path, body, connection)

    def _run(
        self, face: type[Exchange], request: Request, path: str, body: dict[str, Any], connection: Connection
    ) -> Awaitable[None] | None:
        model, spoken = body["model"], _last_user_message(body["messages"])
        try:
            chosen = self._choose(model, spoken)
        except (msgspec.ValidationError, json.JSONDecodeError) as unknown:
            connection.write_response(400, wire.error(f"No such behaviour: {unknown}", param="messages"))
            return None
        entry = LogEntry(
            number=next(self._numbers),
            at=time.time(),
            path=path,
            model=model,
            request=msgspec.Raw(request.body),
            authorization=request.headers.get("authorization", ""),
            behaviour=chosen,
        )
        self._begin(entry)
        seed = chosen.seed if chosen.seed is not None else zlib.crc32(spoken.encode())
        exchange = face(body, spoken, chosen, seed=seed, entry=entry, connection=connection)
        return exchange.run(self._end)

    def _choose(self, model: str, spoken: str) -> Behaviour:
        if not (self._script or self._default or model != "sim-fast" or "[[sim:" in spoken):
            return _PLAIN
        scripted = self._script.popleft() if self._script else {}
        echo = {"echo": "last"} if model == "sim-echo" else {}
        asked = behaviour.from_message(spoken) if "[[sim:" in spoken else {}
        named = behaviour.from_model(model) if model.startswith("sim-") and not echo else {}
        return behaviour.of(self._default, echo, named, asked, scripted)

    def _begin(self, entry: LogEntry) -> None:
        self._log.append(entry)
        self._requests += 1
        self._in_flight += 1
        self._peak = max(self._peak, self._in_flight)

    def _end(self) -> None:
        self._in_flight -= 1

    def _embeddings(self, request: Request, connection: Connection) -> None:
        body = msgspec.json.decode(request.body)
        given = body["input"]
        inputs = [given] if isinstance(given, str) else [one if isinstance(one, str) else str(one) for one in given]
        dimensions = min(body.get("dimensions") or 384, MAX_DIMENSIONS)
        as_base64 = body.get("encoding_format") == "base64"
        answer = wire.embeddings(body.get("model", ""), inputs, dimensions, as_base64=as_base64)
        connection.write_response(200, answer)

    def _control(self, request: Request, path: str, connection: Connection) -> None:
        match (request.method, path):
            case ("GET", "/_sim/log"):
                answer = msgspec.json.encode({"entries": list(self._log), "requests": self._requests})
            case ("DELETE", "/_sim/log"):
                self._log.clear()
                self._requests = 0
                self._peak = self._in_flight
                answer = b"{}"
            case ("GET", "/_sim/state"):
                answer = wire.dump({"requests": self._requests, "in_flight": self._in_flight, "peak": self._peak})
            case ("POST", "/_sim/script"):
                answer = self._read_script(msgspec.json.decode(request.body))
            case ("DELETE", "/_sim/script"):
                self._script.clear()
                self._default = {}
                answer = b"{}"
            case _:
                connection.write_response(404, wire.error(f"No such control: {request.method} {path}"))
                return
        connection.write_response(200, answer)

    def _read_script(self, body: dict[str, Any]) -> bytes:
        """``{"next": [behaviour, …]}`` is used up, one a request; ``{"default": behaviour}`` stays."""
        for one in body.get("next", []):
            behaviour.of(one)
            self._script.append(one)
        if "default" in body:
            behaviour.of(body["default"])
            self._default = body["default"]
        return wire.dump({"waiting": len(self._script)})


_PLAIN = Behaviour()


def _no_such_model(name: str) -> bytes:
    told = f"The model `{name}` does not exist or you do not have access to it."
    return wire.error(told, code="model_not_found")


def _last_user_message(messages: list[dict[str, Any]]) -> str:
    for message in reversed(messages):
        if message["role"] == "user":
            content = message["content"]
            if isinstance(content, str):
                return content
            return "".join(part.get("text", "") for part in content)
    return ""
