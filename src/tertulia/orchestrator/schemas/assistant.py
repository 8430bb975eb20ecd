"""What a workspace asks of its assistant."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tertulia.orchestrator.pipeline.assistant import MOST_INSTRUCTIONS


def _keepable(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a NUL character or half of a surrogate pair")
    return text


class AssistantSettings(BaseModel):
    """``instructions`` come before every conversation; empty, there are none."""

    model_config = ConfigDict(extra="forbid")
    instructions: Annotated[str, Field(max_length=MOST_INSTRUCTIONS), AfterValidator(_keepable)] = ""
