"""What a workspace asks of every answer in its conversations."""

from collections.abc import Awaitable, Callable
from typing import ClassVar
from uuid import UUID

import msgspec

MOST_INSTRUCTIONS = 8000
"""Characters."""


class Assistant(msgspec.Struct, frozen=True):
    setting: ClassVar[str] = "assistant"
    instructions: str = ""
    temperature: float | None = None
    """None leaves it to the model."""

    rewrite_questions: bool = False
    """Whether a model writes vague questions anew before documents are searched."""


Chosen = Callable[[UUID], Awaitable[Assistant]]
"""What a workspace has chosen. Raises: Unavailable when that cannot be known."""
