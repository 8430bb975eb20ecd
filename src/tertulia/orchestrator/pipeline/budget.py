"""How a model's window is shared out among the parts of a prompt, so that no part can push out another.

Each part has its most; what one leaves free is the conversation's.
"""

import msgspec

from tertulia.orchestrator.providers.registry import Model

ROOM = 16
"""Tokens kept for what a chat format adds at its ends."""

_CHARACTERS_A_TOKEN = 3
_LONGEST_SUMMARY = 1500


class Budget(msgspec.Struct, frozen=True):
    """In tokens. ``prompt`` is all that may be sent, ``answer`` what is kept for the answer."""

    prompt: int
    answer: int
    instructions: int
    summary: int
    passages: int

    @classmethod
    def of(cls, model: Model, reserve: int) -> "Budget":
        """``reserve``: tokens for the answer, of a small window at most half."""
        answer = min(reserve, model.context // 2)
        prompt = model.context - answer - ROOM
        return cls(
            prompt=prompt,
            answer=answer,
            instructions=prompt // 8,
            summary=min(prompt // 8, _LONGEST_SUMMARY),
            passages=prompt // 2,
        )

    def conversation(self, system: int, *, documents: bool) -> int:
        """What is surely left for the conversation beside ``system`` tokens, however much the other parts hold."""
        others = system + self.instructions + self.summary + (self.passages if documents else 0)
        return max(0, self.prompt - others)


def characters(tokens: int) -> int:
    """About so many hold so many tokens: for parts that are cut before they are counted."""
    return tokens * _CHARACTERS_A_TOKEN
