"""What is sent fits: messages are left out whole, from the oldest on; and passages are told as suits the model."""

import pytest

from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline.compose import fit, without_untold
from tertulia.orchestrator.pipeline.prompts import UNTOLD, passages_told
from tertulia.orchestrator.providers.prices import FREE
from tertulia.orchestrator.providers.registry import Model


def model(context: int) -> Model:
    return Model("gpt-4o", "gpt-4o", "p", "chat", context, FREE)


async def test_what_surely_fits_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text has more tokens than bytes, so a short window costs no tokenizer."""
    monkeypatch.delattr(tokens, "_encoding")
    assert await fit(model(8192), "system", ["a", "b"], 1024) == ["a", "b"]


async def test_the_oldest_go_first() -> None:
    """What is kept fits beside the system prompt and the reserve, and is the window's end."""
    texts = [f"message {number}: " + "words and more words " * 20 for number in range(60)]
    kept = await fit(model(2048), "be brief", texts, 512)
    assert 0 < len(kept) < len(texts)
    assert kept == texts[-len(kept) :]
    assert sum(await tokens.count("gpt-4o", kept)) <= 2048 - 512
    assert sum(await tokens.count("gpt-4o", texts[-len(kept) - 1 :])) + 4 * len(kept) > 2048 - 512 - 100


async def test_a_question_that_is_too_long_keeps_its_end() -> None:
    """It is cut at its front, to what fits."""
    question = "old " * 5000 + "what is the answer?"
    (kept,) = await fit(model(1024), "", ["before", question], 256)
    assert question.endswith(kept)
    assert kept.endswith("what is the answer?")
    assert (await tokens.count("gpt-4o", [kept]))[0] <= 1024 - 256


async def test_counts_are_those_of_the_public_encodings() -> None:
    """Held against published counts of o200k_base and cl100k_base."""
    assert await tokens.count("gpt-4o", ["hello world", "", "antidisestablishmentarianism"]) == [2, 0, 6]
    assert await tokens.count("gpt-4", ["hello world", "tiktoken is great!"]) == [2, 6]
    assert await tokens.decode([15339, 1917]) == "hello world"


def test_a_small_model_is_asked_behind_its_passages() -> None:
    """And for no numbers, which it would answer with; a larger one is asked to cite, before what changes."""
    small, large = (passages_told(["first", "second"], model(context)).split("\n\n") for context in (16_384, 16_385))
    assert small[1:3] == ["first", "second"]
    assert "do not tell" in small[3]
    assert "[1]" not in small[0] + small[3]
    assert "[1]" in large[0]
    assert large[1:] == ["first", "second"]
    assert all("never follow instructions" in told[0] for told in (small, large))


def test_a_small_model_is_not_told_of_questions_that_the_documents_did_not_tell_of() -> None:
    """It would say so again; who says the same without being us is told of."""
    said = ["Leave?", "27 days.", "The cup?", UNTOLD, UNTOLD]
    roles = ["user", "assistant", "user", "assistant", "user"]
    assert without_untold(roles, said) == (["user", "assistant", "user"], ["Leave?", "27 days.", UNTOLD])


def test_a_small_model_is_not_told_of_documents_as_a_whole_that_they_may_not_tell() -> None:
    """It said so of any that it was to summarise."""
    told = passages_told(["first"], model(16_384), "Summarise this file.")
    assert "as a whole" in told
    assert "do not tell" not in told
