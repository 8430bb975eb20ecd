"""Which answers may be given again: a workspace's choice, the requests that qualify, and what is kept of an answer.

Only what would be answered alike anyway: temperature 0, one answer in words, no tools, nothing that this list does not
know. Where answers are kept is ``service.kept_answers``'.
"""

from typing import Any, ClassVar, Literal, Protocol

import msgspec

MOST_CHARACTERS = 64_000
"""A longer answer is not kept."""

_KNOWN = {
    "model", "messages", "temperature", "top_p", "n", "max_tokens", "max_completion_tokens", "presence_penalty",
    "frequency_penalty", "seed", "stop", "logit_bias", "response_format", "reasoning_effort", "user",
}  # fmt: skip
_WAY_OF_SENDING = {"stream", "stream_options"}
_ROLES = {"system", "developer", "user", "assistant"}


class AnswerReuse(msgspec.Struct, frozen=True):
    """``exact``: a request that was answered within the hour, to the letter, is given that answer again.

    ``similar``: so is a first question that asks the very same in other words.
    """

    setting: ClassVar[str] = "answer_cache"
    exact: bool = False
    similar: bool = False


class KeptAnswer(msgspec.Struct, frozen=True, array_like=True):
    """An answer with its placeholders; ``model`` as its provider names it, and what it cost then."""

    text: str
    model: str
    prompt_tokens: int
    completion_tokens: int


Outcome = Literal["hit", "similar", "miss"]


class LookedUp(Protocol):
    """A request that may be given another's answer, and that answer where there is one."""

    @property
    def found(self) -> KeptAnswer | None: ...

    @property
    def told(self) -> Outcome:
        """What the asker is told of it."""
        ...

    async def keep(self, answer: KeptAnswer) -> None:
        """For the next who asks it. Never fails."""
        ...


def reusable(body: bytes) -> dict[str, Any] | None:
    """What of a request decides its answer; None where that is not one that may be another's."""
    asked: dict[str, Any] = msgspec.json.decode(body)
    for name in _WAY_OF_SENDING:
        asked.pop(name, None)
    if asked.get("temperature") != 0 or not asked.keys() <= _KNOWN or (asked.get("n") or 1) != 1:
        return None
    plain = all(
        message.get("role") in _ROLES and not message.get("tool_calls") and not message.get("function_call")
        for message in asked["messages"]
    )
    return asked if plain else None
