"""Conversations that outgrow their model's window, over real stores: what falls out of it is still known."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from tertulia.contracts.chat import ConversationDeleted, GenerateAnswer, Window, WindowMessage
from tertulia.contracts.orchestrator import WARNINGS
from tertulia.contracts.stream import DataStep
from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline.prompts import NOTE_DOWN, NOTE_TAKER, SUMMARISE
from tertulia.platform.bus.envelope import seal
from tests.orchestrator.conftest import PATIENCE, Asked, Running, text_of
from tests.simulated import Simulated

CONTEXT = 8192
AGREED = 'Write to ana@example.org about teal. [[sim: text="Decisions:\\n- Teal it is; write to ana@example.org"]]'

PROVIDERS = """
[[provider]]
name = "simulated"
base_url = "{url}"
api_key_env = "OPENAI_API_KEY"
[[provider.model]]
name = "sim-fast"
context = 8192
free = true
[[provider.model]]
name = "sim-wide"
context = 32768
free = true
"""


@pytest.fixture
def settings_of_test(tmp_path: Path, simulated: Simulated) -> dict[str, str]:
    """The provider's model has a window of a usual size, and no other answers."""
    file = tmp_path / "providers.toml"
    file.write_text(PROVIDERS.format(url=simulated.base_url))
    return {"TERTULIA_PROVIDERS": str(file), "TERTULIA_ORCHESTRATOR_DEFAULT_MODEL": "simulated/sim-fast"}


class Talk:
    """A conversation between a person and an assistant, as chat keeps it."""

    def __init__(self, running: Running, *, turns: int, third: str = AGREED, model: str = "simulated/sim-fast") -> None:
        self.running = running
        self.model = model
        self.workspace, self.person, self.id = uuid4(), uuid4(), uuid4()
        self.messages: list[WindowMessage] = []
        for number in range(turns):
            question = third if number == 2 else f"What about point {number}, and the river that keeps its own time?"
            self.add("user", question)
            self.add("assistant", f"Point {number} is as good as the one before it, and the next will be no worse.")

    def add(self, role: str, text: str) -> UUID:
        message_id = uuid4()
        self.messages.append(WindowMessage(message_id, role, text))  # type: ignore[arg-type]  # one of the two
        return message_id

    async def ask(self, question: str) -> Asked:
        question_id, answer_id = self.add("user", question), uuid4()
        job = GenerateAnswer(
            workspace_id=self.workspace,
            user_id=self.person,
            generation_id=uuid4(),
            conversation_id=self.id,
            question_id=question_id,
            answer_id=answer_id,
            plan="unlimited",
            model=self.model,
            requested_at=datetime.now(UTC),
        )
        self.running.chat.windows[answer_id] = Window(tuple(self.messages))
        await self.running.send(job)
        asked = Asked(job, self.running.reader)
        self.messages.append(WindowMessage(answer_id, "assistant", text_of(await asked.parts())))
        return asked

    async def ask_until_recalled(self) -> str:
        """On a slow machine the summary may come too late for the first question; it is there for a later one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                marker = uuid4().hex
                asked = await self.ask(f"{marker} What did we agree on? [[sim: text=Teal]]")
                if not (await self.running.ended(asked)).warnings:
                    return marker

    def sent(self, marker: str) -> list[dict[str, str]]:
        """The messages that the provider was sent to answer a question."""
        (seen,) = [
            entry
            for entry in self.running.simulated.of(marker)
            if marker in str(entry["request"]["messages"][-1]["content"]) and entry["request"].get("stream")
        ]
        return list(seen["request"]["messages"])


def summaries(running: Running, talk: Talk) -> Sequence[tuple[bytes]]:
    return running.database.rows("SELECT sealed FROM conversation_summary WHERE conversation_id = %s", talk.id)


async def summarised(running: Running, talk: Talk, more_than: int = 0) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(summaries(running, talk)) <= more_than:
            await asyncio.sleep(0.05)


async def test_after_500_turns_the_third_is_still_known(running: Running) -> None:
    """In a window that holds a quarter of them; the summary's personal data stays back as the conversation's does."""
    talk = Talk(running, turns=500)
    assert sum(await tokens.count("sim-fast", [message.text for message in talk.messages])) > 2 * CONTEXT
    marker = await talk.ask_until_recalled()
    sent = talk.sent(marker)
    told = [message["content"] for message in sent]
    assert sum(await tokens.count("sim-fast", told)) < CONTEXT - 1024
    assert "Teal it is; write to [EMAIL_" in told[0]
    assert sent[1]["role"] == "user"
    assert "What about point 2," not in "".join(told)
    assert "ana@example.org" not in "".join(told)
    assert all(b"eal it is" not in sealed and b"ana@" not in sealed for (sealed,) in summaries(running, talk))


def notes_asked(running: Running, marker: str) -> list[list[str]]:
    """The texts of each request for notes whose messages hold this."""
    entries = [entry["request"] for entry in running.simulated.of(marker)]
    return [[str(one["content"]) for one in asked["messages"]] for asked in entries if not asked.get("stream")]


async def test_a_small_model_notes_little_pieces_and_is_asked_behind_them(running: Running) -> None:
    """It forgets what stands before them, and copies notes that it is shown."""
    marker = uuid4().hex
    talk = Talk(running, turns=500, third=f"{marker} {AGREED}")
    await talk.ask_until_recalled()
    (system, text), *_ = notes_asked(running, marker)
    assert system == NOTE_TAKER
    assert text.endswith(NOTE_DOWN)
    assert "<notes>" not in text
    assert len(text) < 6000


async def test_a_large_model_is_shown_the_notes_so_far(running: Running) -> None:
    """And reads as much at once as its window holds."""
    marker = uuid4().hex
    talk = Talk(running, turns=1300, third=f"{marker} {AGREED}", model="simulated/sim-wide")
    await talk.ask_until_recalled()
    (system, text), *_ = notes_asked(running, marker)
    assert system == SUMMARISE
    assert text.startswith("<notes>")
    assert len(text) > 20_000


async def test_the_next_prompt_begins_as_the_one_before(running: Running) -> None:
    """Between two summaries a prompt grows at its end alone, which a provider's prompt cache knows."""
    talk = Talk(running, turns=500)
    first = await talk.ask_until_recalled()
    second = await talk.ask_until_recalled()
    before, after = talk.sent(first), talk.sent(second)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2


async def test_it_is_made_ahead_of_need(running: Running) -> None:
    """Nobody waits: the answer that brings the conversation near its window's end is followed by the summary."""
    talk = Talk(running, turns=100)
    asked = await talk.ask("And now? [[sim: text=yes]]")
    names = [part.data["name"] for part in await asked.parts() if isinstance(part, DataStep)]
    assert "summarise" in names
    assert not (await running.ended(asked)).warnings
    await summarised(running, talk)
    end = await running.chat.end_of(lambda end: end.kind == "summary" and end.workspace_id == talk.workspace)
    assert (end.status, end.source) == ("finished", "chat")
    assert end.usage.prompt_tokens > 0


async def test_a_short_conversation_has_none(running: Running) -> None:
    """What surely fits is neither counted nor looked up."""
    talk = Talk(running, turns=3)
    parts = await (await talk.ask("And now?")).parts()
    assert "summarise" not in [part.data["name"] for part in parts if isinstance(part, DataStep)]
    assert summaries(running, talk) == []


@pytest.mark.parametrize("broken", ["fail=500", "silent=0", "empty"])
async def test_without_a_summary_the_answer_says_what_it_lacks(running: Running, broken: str) -> None:
    """A summariser that fails or hangs costs the turn no more than the step's time: the newest messages go on alone."""
    talk = Talk(running, turns=500, third=f"Teal it is. [[sim: {broken}]]")
    marker = uuid4().hex
    asked = await talk.ask(f"{marker} What did we agree on? [[sim: text=nothing]]")
    parts = await asked.parts()
    told = [part.data for part in parts if isinstance(part, DataStep) and part.data.get("code")]
    assert [(one["name"], one["code"], one["detail"]) for one in told] == [
        ("summarise", "conversation_not_recalled", WARNINGS["conversation_not_recalled"])
    ]
    end = await running.ended(asked)
    assert (end.status, end.warnings) == ("finished", ("conversation_not_recalled",))
    assert (await running.record(asked)).warnings == end.warnings
    assert "could not be recalled" in talk.sent(marker)[0]["content"]
    assert text_of(parts) == "nothing"


async def test_another_workspace_and_another_text_have_no_part_in_it(running: Running) -> None:
    """A summary is the branch's that it was made of: an edited message, or another workspace's key, knows none."""
    talk = Talk(running, turns=500)
    await talk.ask_until_recalled()
    stranger = Talk(running, turns=0)
    stranger.id, stranger.messages = talk.id, list(talk.messages)
    edited = msgspec.structs.replace(talk.messages[4], text="Then red it is.")
    stranger.messages[4] = edited
    marker = await stranger.ask_until_recalled()
    assert "Teal it is" not in stranger.sent(marker)[0]["content"]


async def test_it_goes_with_its_conversation(running: Running) -> None:
    """What is deleted is not known any more."""
    talk = Talk(running, turns=500)
    await talk.ask_until_recalled()
    assert summaries(running, talk)
    gone = ConversationDeleted(workspace_id=talk.workspace, conversation_id=talk.id, occurred_at=datetime.now(UTC))
    await running.bus.publish(seal(gone))
    async with asyncio.timeout(PATIENCE):
        while summaries(running, talk):
            await asyncio.sleep(0.05)
