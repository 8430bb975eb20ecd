"""A workspace's own providers as its API shows them: never with their keys."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

OwnKind = Literal["openai", "anthropic", "gemini"]
MOST_MODELS = 500
_Model = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Url = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://", max_length=500)]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class OwnProviderChange(BaseModel):
    """Without ``api_key`` the known one stays; without ``models`` the provider is asked for its list."""

    model_config = ConfigDict(extra="forbid")
    kind: OwnKind = "openai"
    base_url: _Url
    api_key: Annotated[SecretStr, Field(min_length=1, max_length=1000)] | None = None
    models: Annotated[list[_Model], Field(min_length=1, max_length=MOST_MODELS)] | None = None


class OwnProviderView(BaseModel):
    """``key_end``: the key's last characters. Its models are called ``own/NAME/MODEL``."""

    name: str
    kind: OwnKind
    base_url: str
    key_end: str
    models: list[str]


class OwnProviderViews(BaseModel):
    data: list[OwnProviderView]
