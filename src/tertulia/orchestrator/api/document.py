"""What the OpenAPI document says of the compatible paths: what we read; the rest is OpenAI's to describe."""

from collections.abc import Callable
from typing import Any

import msgspec

from tertulia.orchestrator.schemas.openai import ChatRequest, EmbeddingRequest
from tertulia.orchestrator.schemas.responses import ResponseRequest

_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_OBJECT = {"type": "object", "additionalProperties": True}
_EVENTS = {"schema": {"description": "Server-sent events, each with its JSON as OpenAI's"}}
_CHAT = ("Answer a conversation", "As OpenAI's; with ``stream`` as server-sent events. The model ``auto`` chooses one.")
_RESPOND = (
    "Answer, and keep the answer",
    "As OpenAI's: the next request may go on from it by ``previous_response_id``.",
)
_COUNT = ("Count a response's input", "How many tokens such a request would send, without asking the model.")
_EMBED = ("Embed texts", "As OpenAI's. A text, or up to 2,048 of them.")
_LIST = ("List models", "Those that the key may ask, of the installation and of the workspace's own providers.")
_SHOW = ("Show a model", "404 where there is none of that id.")
_FAILED = {"description": "OpenAI's error", "content": {"application/json": {"schema": _ERROR}}}


def describe(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The application's document with the paths that bare ASGI answers."""

    def described() -> dict[str, Any]:
        document = openapi()
        paths = document["paths"]
        for path, operations in paths.items():
            if path.startswith("/v1/"):
                for operation in operations.values():
                    operation["responses"] = {**_without_errors(operation["responses"]), "default": _FAILED}
        (chats, embeds, responds), schemas = msgspec.json.schema_components(
            [ChatRequest, EmbeddingRequest, ResponseRequest], ref_template="#/components/schemas/{name}"
        )
        document.setdefault("components", {}).setdefault("schemas", {}).update(schemas)
        chat = _operation("create_chat_completion", _CHAT, chats)
        chat["responses"]["200"]["content"]["text/event-stream"] = _EVENTS
        paths["/v1/chat/completions"] = {"post": chat}
        respond = _operation("create_response", _RESPOND, responds)
        respond["responses"]["200"]["content"]["text/event-stream"] = _EVENTS
        paths.setdefault("/v1/responses", {})["post"] = respond
        counted = _operation("count_input_tokens", _COUNT, responds)
        paths["/v1/responses/input_tokens"] = {"post": counted}
        paths["/v1/embeddings"] = {"post": _operation("create_embedding", _EMBED, embeds)}
        paths["/v1/models"] = {"get": _operation("list_openai_models", _LIST)}
        one = _operation("show_openai_model", _SHOW)
        one["parameters"] = [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}]
        paths["/v1/models/{model}"] = {"get": one}
        return document

    return described


def _without_errors(responses: dict[str, Any]) -> dict[str, Any]:
    return {status: response for status, response in responses.items() if status.startswith("2")}


def _operation(name: str, told: tuple[str, str], body: dict[str, Any] | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": told[0],
        "description": told[1],
        "responses": {
            "200": {"description": "As OpenAI's", "content": {"application/json": {"schema": _OBJECT}}},
            "default": _FAILED,
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation
