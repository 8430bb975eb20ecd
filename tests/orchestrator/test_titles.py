"""Titles, and who may ask for them and for records."""

from uuid import uuid4

import pytest

from tertulia.contracts.orchestrator import GenerationRecord, Title, WriteTitle
from tertulia.orchestrator.service.titles import MOST_CHARACTERS, cleaned, is_echo
from tertulia.platform.errors import NotFound
from tertulia.platform.http import CallRefused
from tests.orchestrator.conftest import Running


async def write(running: Running, question: str, model: str | None = "sim-fast") -> str:
    wanted = WriteTitle(uuid4(), uuid4(), question, "the answer", model)
    return (await running.signed["chat"].call("POST", "orchestrator", "/titles", wanted, Title)).title


async def test_a_title_is_the_models_few_words(running: Running) -> None:
    """Cleaned of quotes and decoration, with values restored; its use is in the books without text."""
    running.simulated.script(text='Title: "**Writing to [EMAIL_1]**."\nMore that nobody asked for')
    assert await write(running, "How do I write to ana@example.org?") == "Writing to ana@example.org"
    end = await running.chat.end_of(lambda end: end.kind == "title")
    assert end.usage.prompt_tokens > 0


async def test_a_title_is_the_questions_beginning_when_no_model_can(running: Running) -> None:
    """Chat never goes without one."""
    question = "What is the name of the river that runs through the town where nobody asks why?\nAnd more."
    running.simulated.script(fail=400)
    title = await write(running, question)
    assert question.startswith(title.removesuffix("…"))
    assert len(title) <= MOST_CHARACTERS
    assert await write(running, "Short?", model="no-such-model") == "Short?"


def test_cleaning() -> None:
    """One line of plain words."""
    assert cleaned("  «Rivers,   and more»\nrest") == "Rivers, and more"
    assert cleaned("") == cleaned(' "" ') == ""
    assert len(cleaned("a" * 500)) == MOST_CHARACTERS


def test_an_echo_of_what_was_asked_is_no_title() -> None:
    """A small model's favourite; real titles share a word with it at most."""
    assert is_echo("No quotes, full stop, explanation")
    assert is_echo("Title of at most six words")
    assert not is_echo("Conversation about the spare key")
    assert not is_echo("Words")


async def test_only_chat_may_ask(running: Running) -> None:
    """Another service is refused, an unsigned call too, and an unknown generation is not there."""
    path = f"/generations/{uuid4()}"
    with pytest.raises(CallRefused) as refused:
        await running.signed["auth"].call("GET", "orchestrator", path, None, GenerationRecord)
    assert refused.value.remote_status == 403
    with pytest.raises(NotFound):
        await running.signed["chat"].call("GET", "orchestrator", path, None, GenerationRecord)
