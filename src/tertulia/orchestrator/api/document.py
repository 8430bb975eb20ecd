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
        chat = _operation("create_chat_completion", "Answer a conversation", chats)
        chat["responses"]["200"]["content"]["text/event-stream"] = _EVENTS
        paths["/v1/chat/completions"] = {"post": chat}
        respond = _operation("create_response", "Answer, and keep the answer", responds)
        respond["responses"]["200"]["content"]["text/event-stream"] = _EVENTS
        paths.setdefault("/v1/responses", {})["post"] = respond
        counted = _operation("count_input_tokens", "How many tokens a response's input has", responds)
        paths["/v1/responses/input_tokens"] = {"post": counted}
        paths["/v1/embeddings"] = {"post": _operation("create_embedding", "Embed texts", embeds)}
        paths["/v1/models"] = {"get": _operation("list_openai_models", "The models that there are")}
        one = _operation("show_openai_model", "One model")
        one["parameters"] = [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}]
        paths["/v1/models/{model}"] = {"get": one}
        return document

    return described


def _without_errors(responses: dict[str, Any]) -> dict[str, Any]:
    return {status: response for status, response in responses.items() if status.startswith("2")}


def _operation(name: str, summary: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "As OpenAI's", "content": {"application/json": {"schema": _OBJECT}}},
            "default": _FAILED,
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation
