"""The models that the chat's page offers."""

from pydantic import BaseModel

from tertulia.orchestrator.providers.file import Capability


class ModelShown(BaseModel):
    """A model as the chat's page lists it; prices are decimal money per million tokens, null where none is known.

    ``capabilities`` is null where nobody has told what the model can. ``chooses_from``: of ``auto`` the
    small and the strong model's id, of all others null.
    """

    id: str
    name: str
    provider: str
    context: int
    default: bool
    input_price: str | None
    output_price: str | None
    currency: str
    free: bool
    capabilities: list[Capability] | None
    chooses_from: list[str] | None


class ModelsShown(BaseModel):
    data: list[ModelShown]
