"""How a workspace's questions to the model ``auto`` find their model."""

from typing import Annotated

from pydantic import ConfigDict, Field

from tertulia.platform.wire import Wire

_ModelId = Annotated[str, Field(min_length=1, max_length=200)]


class RoutingSettings(Wire):
    model_config = ConfigDict(extra="forbid")
    small: _ModelId | None = None
    """The model for simple questions; null: the cheapest."""
    strong: _ModelId | None = None
    """The model for all others; null: the default model."""
    threshold: Annotated[float | None, Field(ge=0, le=1)] = None
    """From this difficulty on the strong model answers, at 0 everything; null: the one that was measured."""


class RoutedBetween(Wire):
    small: str
    """The model for simple questions."""
    strong: str
    """The model for all others."""


class RoutingView(RoutingSettings):
    threshold: float
    """From this difficulty on the strong model answers; at 0 everything."""
    in_use: RoutedBetween | None
    """The two models at the moment; null where there are no two to choose from."""
