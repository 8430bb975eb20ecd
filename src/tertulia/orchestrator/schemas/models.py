"""The models that the chat's page offers."""

from tertulia.orchestrator.providers.file import Capability
from tertulia.platform.wire import Wire


class ModelShown(Wire):
    """A model as the chat's page lists it; prices are decimal money per million tokens, null where none is known."""

    id: str
    """What a question names as its `model`."""
    name: str
    provider: str
    """Who serves it."""
    context: int
    """Its window, in tokens."""
    default: bool
    """Whether it answers where a question names none."""
    input_price: str | None
    """Of what is sent."""
    output_price: str | None
    """Of what is answered."""
    currency: str
    free: bool
    """Whether it costs nothing."""
    capabilities: list[Capability] | None
    """What it can beside words; null where nobody has told."""
    chooses_from: list[str] | None
    """Of `auto` the small and the strong model's id; of all others null."""


class ModelsShown(Wire):
    data: list[ModelShown]
    """The models that chat."""
