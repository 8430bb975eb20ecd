"""What a workspace asks of its assistant."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from tertulia.orchestrator.pipeline.assistant import MOST_INSTRUCTIONS
from tertulia.platform.wire import Wire


def _keepable(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a NUL character or half of a surrogate pair")
    return text


class AssistantSettings(Wire):
    model_config = ConfigDict(extra="forbid")
    instructions: Annotated[str, Field(max_length=MOST_INSTRUCTIONS), AfterValidator(_keepable)] = ""
    """They come before every conversation; empty, there are none."""
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    """It goes with every question; null leaves it to the model, and some models take no other."""
    rewrite_questions: bool = False
    """A model writes a vague question anew before documents are searched."""
