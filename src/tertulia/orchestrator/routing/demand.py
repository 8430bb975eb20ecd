"""What is asked of a model, as far as it decides which model is to answer."""

from collections.abc import Sequence

import msgspec

from tertulia.orchestrator.routing.difficulty import difficulty
from tertulia.orchestrator.schemas.openai import ChatMessage, ChatRequest, ContentPart

_LOOKED_BACK = 3
"""Questions: one that only makes sense after a hard one ("and why?") is as hard."""

_LONG = 12_000
"""Bytes of all messages, from which on a small model loses the thread: about as many tokens in any script."""

_BYTES_A_TOKEN = 3


class Demand(msgspec.Struct, frozen=True):
    """``questions``: what the person asked, the newest last; ``size``: bytes of all that was said. ``special``: it
    needs what small models seldom can.
    """

    questions: tuple[str, ...]
    size: int
    special: bool = False

    @classmethod
    def of_texts(cls, told: Sequence[tuple[str, str]]) -> "Demand":
        """Of a conversation: each message's role and text."""
        questions = tuple(text for role, text in told if role == "user")
        return cls(questions[-_LOOKED_BACK:], sum(len(text.encode("utf-8", "replace")) for _, text in told))

    @classmethod
    def of_request(cls, asked: ChatRequest) -> "Demand":
        """Tools, a JSON answer and images are special."""
        plain = cls.of_texts([(message.role, _text(message)) for message in asked.messages])
        formatted = asked.response_format is not None and asked.response_format.get("type", "text") != "text"
        pictured = any(part.type != "text" for message in asked.messages for part in _parts(message))
        return msgspec.structs.replace(plain, special=bool(asked.tools) or formatted or pictured)

    def difficulty(self, window: int) -> float:
        """From 0 to 1, where nothing but the strong model will do: of half of the small one's ``window``, in tokens,
        there may be need for other things.
        """
        if self.special or self.size > min(_LONG, window // 2 * _BYTES_A_TOKEN):
            return 1.0
        return max(map(difficulty, self.questions), default=0.0)


def _text(message: ChatMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part.text for part in _parts(message) if part.text)


def _parts(message: ChatMessage) -> list[ContentPart]:
    return message.content if isinstance(message.content, list) else []
