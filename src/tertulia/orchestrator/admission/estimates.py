"""What a call will probably use, learnt from what calls of the same model have used.

The prompt's tokens follow from its length by the model's own mean of tokens a character; the answer's are what the
request allows at most or, where it names no bound, the mean of the model's answers.
"""

from tertulia.contracts.orchestrator import Usage

_SHARE_OF_NEW = 0.1
_TOKENS_A_CHARACTER = 0.3
_ANSWER = 300.0


class _Means:
    __slots__ = ("answer", "tokens_a_character")

    def __init__(self) -> None:
        self.tokens_a_character = _TOKENS_A_CHARACTER
        self.answer = _ANSWER


class Estimates:
    """One for a process; it holds two numbers a model."""

    def __init__(self) -> None:
        self._models: dict[str, _Means] = {}

    def tokens(self, model: str, characters: int, most: int | None) -> int:
        """``most`` is the request's own bound of the answer."""
        means = self._models.get(model) or _Means()
        return max(1, round(characters * means.tokens_a_character + (means.answer if most is None else most)))

    def learn(self, model: str, characters: int, usage: Usage) -> None:
        means = self._models.setdefault(model, _Means())
        means.answer += _SHARE_OF_NEW * (usage.completion_tokens - means.answer)
        if characters:
            seen = usage.prompt_tokens / characters
            means.tokens_a_character += _SHARE_OF_NEW * (seen - means.tokens_a_character)
