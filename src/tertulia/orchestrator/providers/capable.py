"""What a request needs of its model, held against what the operator has told of it."""

from collections.abc import Iterator
from typing import ClassVar

from tertulia.orchestrator.providers.file import Capability
from tertulia.orchestrator.providers.registry import Catalogue, Model
from tertulia.orchestrator.schemas.openai import ChatRequest, ContentPart
from tertulia.platform.errors import BadRequest

_MOST_NAMED = 5
_SAID: dict[Capability, tuple[str, str]] = {
    "tools": ("tools", "calls no tools"),
    "json_schema": ("response_format", "does not keep to a JSON schema"),
    "vision": ("messages", "sees no images"),
}
"""The field that asks for it, and what a model without it does."""


class ModelCannot(BadRequest):
    code, title = "model_cannot", "The model cannot do this"
    openai_type: ClassVar[str] = "invalid_request_error"


async def require_capable(model: Model, asked: ChatRequest, catalogue: Catalogue) -> None:
    """Raises: ModelCannot, which names models that can; nothing for a model of which nobody has told."""
    if model.capabilities is None:
        return
    for needed in _needs(asked):
        if needed not in model.capabilities:
            able = [one.id for one in await catalogue.models() if needed in (one.capabilities or ())][:_MOST_NAMED]
            others = f" Ask for one that does: {', '.join(able)}." if able else ""
            field, lacks = _SAID[needed]
            raise ModelCannot(f"The model `{model.id}` {lacks}.{others}", param=field)


def _needs(asked: ChatRequest) -> Iterator[Capability]:
    if asked.tools:
        yield "tools"
    if asked.response_format is not None and asked.response_format.get("type") == "json_schema":
        yield "json_schema"
    if any(part.type == "image_url" for message in asked.messages for part in _parts(message.content)):
        yield "vision"


def _parts(content: str | list[ContentPart] | None) -> list[ContentPart]:
    return content if isinstance(content, list) else []
