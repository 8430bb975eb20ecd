"""What a request needs is held against what the operator told of its model, and the refusal names models that can."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tertulia.orchestrator.providers.capable import ModelCannot, require_capable
from tertulia.orchestrator.providers.file import read
from tertulia.orchestrator.providers.openai import OpenAiProvider
from tertulia.orchestrator.providers.port import Deadlines
from tertulia.orchestrator.providers.registry import Registry
from tertulia.orchestrator.schemas.openai import ChatRequest
from tertulia.orchestrator.service.request import convert
from tertulia.platform.http import HttpClient

FILE = """
[[provider]]
name = "mixed"
base_url = "http://127.0.0.1:1/v1"
[[provider.model]]
name = "plain"
free = true
capabilities = []
[[provider.model]]
name = "able"
free = true
capabilities = ["vision", "tools", "json_schema"]
[[provider.model]]
name = "untold"
free = true
"""
SOON = timedelta(seconds=1)
IMAGE = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("tools", {"tools": [{"type": "function", "function": {"name": "f"}}]}),
    ("response_format", {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}}),
    ("messages", {"messages": [{"role": "user", "content": IMAGE}]}),
]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    path = tmp_path / "providers.toml"
    path.write_text(FILE)
    deadlines = Deadlines(SOON, SOON, SOON, SOON)
    return Registry([OpenAiProvider(spec, HttpClient(), deadlines) for spec in read(path, {})])


def asked(more: dict[str, Any]) -> Any:
    return convert({"messages": [{"role": "user", "content": "hello"}]} | more, ChatRequest)


@pytest.mark.parametrize(("field", "more"), ASKED)
async def test_a_model_that_cannot_is_not_asked(registry: Registry, field: str, more: dict[str, Any]) -> None:
    """The refusal names the field that asks for it, and who can; one that can, or of which nobody told, is asked."""
    with pytest.raises(ModelCannot) as refused:
        await require_capable(await registry.find("plain"), asked(more), registry)
    assert refused.value.param == field
    assert refused.value.detail.endswith("Ask for one that does: able.")
    for name in ("able", "untold"):
        await require_capable(await registry.find(name), asked(more), registry)


async def test_what_every_model_can_is_asked_of_any(registry: Registry) -> None:
    """Words, no tools in an empty list, an object without a schema."""
    every: list[dict[str, Any]] = [{}, {"tools": []}, {"response_format": {"type": "json_object"}}]
    for more in every:
        await require_capable(await registry.find("plain"), asked(more), registry)
