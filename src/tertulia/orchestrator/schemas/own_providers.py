"""A workspace's own providers as its API shows them: never with their keys."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr, StringConstraints

from tertulia.platform.wire import Wire

OwnKind = Literal["openai", "anthropic", "gemini"]
MOST_MODELS = 500
_Model = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Url = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://", max_length=500)]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class OwnProviderChange(Wire):
    model_config = ConfigDict(extra="forbid")
    kind: OwnKind = "openai"
    """The protocol that it speaks."""
    base_url: _Url
    """The address before `/chat/completions`, `/messages` or `/models/…`."""
    api_key: Annotated[SecretStr, Field(min_length=1, max_length=1000)] | None = None
    """The workspace's key there; left out, the known one stays."""
    models: Annotated[list[_Model], Field(min_length=1, max_length=MOST_MODELS)] | None = None
    """Names of its models; left out, it is asked for its list."""


class OwnProviderView(Wire):
    name: str
    """Its models are called `own/NAME/MODEL`."""
    kind: OwnKind
    """The protocol that it speaks."""
    base_url: str
    """Where it is."""
    key_end: str
    """The key's last characters."""
    models: list[str]


class OwnProviderViews(Wire):
    data: list[OwnProviderView]
    """The workspace's providers."""
