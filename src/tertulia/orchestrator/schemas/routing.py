"""How a workspace's questions to the model ``auto`` find their model."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_ModelId = Annotated[str, Field(min_length=1, max_length=200)]


class RoutingSettings(BaseModel):
    """``small`` and ``strong`` are ids of models that chat; null leaves the choice to us: the cheapest one, and the
    default. The strong one answers from the difficulty ``threshold`` on, and everything at 0. What is left out is as
    for a new workspace.
    """

    model_config = ConfigDict(extra="forbid")
    small: _ModelId | None = None
    strong: _ModelId | None = None
    threshold: Annotated[float | None, Field(ge=0, le=1, description="null: the one that was measured")] = None


class RoutedBetween(BaseModel):
    small: str
    strong: str


class RoutingView(RoutingSettings):
    """``in_use``: the two models at the moment, null where there are no two to choose from."""

    threshold: float
    in_use: RoutedBetween | None
