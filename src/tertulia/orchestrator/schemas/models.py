"""The models that the chat's page offers."""

from pydantic import BaseModel


class ModelShown(BaseModel):
    """A model as the chat's page lists it; prices are decimal money per million tokens, null where none is known."""

    id: str
    name: str
    provider: str
    context: int
    default: bool
    input_price: str | None
    output_price: str | None
    currency: str
    free: bool


class ModelsShown(BaseModel):
    data: list[ModelShown]
