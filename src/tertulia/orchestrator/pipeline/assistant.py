"""What a workspace asks of every answer, and how its questions are put to its documents."""

from collections.abc import Awaitable, Callable
from typing import ClassVar
from uuid import UUID

import msgspec

MOST_INSTRUCTIONS = 8000
"""Characters."""


class Assistant(msgspec.Struct, frozen=True):
    """``rewrite_questions``: a vague follow-up question is first made one that can be searched for."""

    setting: ClassVar[str] = "assistant"
    instructions: str = ""
    rewrite_questions: bool = False


Chosen = Callable[[UUID], Awaitable[Assistant]]
"""What a workspace has chosen. Raises: Unavailable when that cannot be known."""
