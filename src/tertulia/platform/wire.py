"""The base of types that go over the wire: the sentence under a field is its description in the OpenAPI document."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """What a field is for stands under it; ``gateway.words`` has what its name alone says everywhere."""

    model_config = ConfigDict(use_attribute_docstrings=True)
