"""A chat turn, from the job to its one end: what readers see is what is stored."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from bench.provider.text import text
from tertulia.contracts.chat import StopRequested
from tertulia.contracts.stream import DataUsage, Error, Finish
from tests.orchestrator.conftest import Running, tags, text_of


async def test_an_answer_is_streamed_and_stored_alike(running: Running) -> None:
    """The log has the stream's parts in their order, and its text is the provider's and the record's."""
    asked = await running.ask("[[sim: seed=7 tokens=40 gap=2]]")
    parts = await asked.parts()
    end = await running.ended(asked)
    record = await running.record(asked)
    assert text_of(parts) == text(7, 40) == record.text
    shown = [tag for tag in tags(parts) if tag not in {"text-delta", "data-step"}]
    assert shown == ["start", "start-step", "text-start", "text-end", "finish-step", "data-usage", "finish"]
    assert isinstance(parts[-1], Finish)
    assert end.status == record.status == "finished"
    assert end.usage.completion_tokens == 40
    assert not end.usage.estimated
    assert {step.name: step.status for step in end.steps} == dict.fromkeys(
        ("window", "redact", "compose", "admit", "respond"), "ok"
    )
    assert end.first_token_milliseconds is not None


async def test_what_no_database_keeps_is_told_as_it_is_stored(running: Running) -> None:
    """A NUL in an answer: the reader has the same text as the record."""
    running.simulated.script(text="one\0 two", pieces="char")
    asked = await running.ask("hello")
    said = text_of(await asked.parts())
    await running.ended(asked)
    assert said == (await running.record(asked)).text == "one\N{REPLACEMENT CHARACTER} two"


async def test_personal_data_stays_here(running: Running) -> None:
    """The provider sees placeholders in every message of the window, the reader the values."""
    asked = await running.ask(
        "repeat: ana@example.org and 4111 1111 1111 1111 [[sim: echo pieces=char]]", "I am ana@example.org", "Hello"
    )
    said = text_of(await asked.parts())
    assert said == "repeat: ana@example.org and 4111 1111 1111 1111"
    (request,) = running.simulated.of("[EMAIL_1] and [CARD_1]")
    assert request["emitted"] == "repeat: [EMAIL_1] and [CARD_1]"
    assert not running.simulated.of("ana@example.org")


async def test_a_placeholder_is_restored_however_it_is_written(running: Running) -> None:
    """The model may change case, spacing and escape it."""
    running.simulated.script(text=r"[email_1], [ EMAIL 1 ], **[Email\_1]**, [EMAIL_2]", pieces="random")
    asked = await running.ask("I am ana@example.org")
    assert text_of(await asked.parts()) == "ana@example.org, ana@example.org, **ana@example.org**, [EMAIL_2]"


STREAM_FAILURES = {
    "fail=400": "provider_rejected",
    "fail=401": "provider_misconfigured",
    "fail=500": "provider_failed",
    "fail=503": "provider_failed",
    "reset=-1": "provider_broke_off",
    "reset=0": "provider_broke_off",
    "reset=5 gap=2": "provider_broke_off",
    "cut=0": "provider_broke_off",
    "cut=5": "provider_broke_off",
    "truncate=5": "provider_broke_off",
    "malformed=0": "provider_malformed",
    "malformed=5": "provider_malformed",
    "error_at=3": "provider_failed",
    "silent=0": "provider_silent",
    "silent=5": "provider_silent",
    "ttft=60000": "provider_silent",
    "gap=60000": "provider_silent",
    "empty": "provider_broke_off",
    "empty content_type=text/html": "provider_malformed",
    "content_type=text/html": "provider_malformed",
    "long_line=3000000": "provider_malformed",
    "tokens=0": "provider_malformed",
}


async def test_a_provider_that_fails_gives_one_typed_end(running: Running) -> None:
    """Failed, with a code and a sentence; what was said before is kept, and stored is what was streamed."""

    async def fail(behaviour: str) -> str | None:
        marker = str(uuid4())
        asked = await running.ask(f"{marker} [[sim: {behaviour}]]")
        parts = await asked.parts()
        end = await running.ended(asked)
        record = await running.record(asked)
        last = parts[-1]
        assert isinstance(last, Error), behaviour
        assert (end.status, end.error_code, record.error_detail) == ("failed", last.code, last.error_text), behaviour
        assert tags(parts).count("error") == 1, behaviour
        *_, seen = running.simulated.of(marker) or [{"emitted": ""}]
        assert record.text == text_of(parts), behaviour
        assert seen["emitted"].startswith(record.text), behaviour
        return last.code

    codes = await asyncio.gather(*map(fail, STREAM_FAILURES))
    assert dict(zip(STREAM_FAILURES, codes, strict=True)) == STREAM_FAILURES
    assert await fail("fail=429 retry_after=3") == "rate_limit_exceeded"


ODD_BUT_RIGHT = [
    "slice=1",
    "slice=7",
    "crlf",
    "crlf slice=1",
    "comments",
    "comments crlf slice=3",
    "long_line=500000",
    "two_ends",
    "early_end",
    "no_done",
]


async def test_any_bytes_of_a_right_stream_are_understood(running: Running) -> None:
    """Split characters, single bytes, other line ends, comments, long lines and ends early or twice change nothing."""
    every = [await running.ask(f"[[sim: seed=11 tokens=30 {behaviour}]]") for behaviour in ODD_BUT_RIGHT]
    texts = [text_of(await asked.parts()) for asked in every]
    assert texts == [text(11, 30)] * len(every)
    assert {(await running.ended(asked)).status for asked in every} == {"finished"}


async def test_a_refusal_is_read_as_the_answer(running: Running) -> None:
    """A model that will not answer says so in another place; the person sees and keeps what it says."""
    asked = await running.ask('[[sim: refuses text="I cannot help with that."]]')
    assert text_of(await asked.parts()) == "I cannot help with that."
    await running.ended(asked)
    assert (await running.record(asked)).text == "I cannot help with that."


async def test_usage_that_cannot_be_is_counted_by_us(running: Running) -> None:
    """Then it is marked as estimated."""
    for usage in ("none", "negative", "huge", "text"):
        asked = await running.ask(f"[[sim: tokens=30 usage={usage}]]")
        await asked.parts()
        end = await running.ended(asked)
        assert end.status == "finished", usage
        assert end.usage.estimated, usage
        assert end.usage.completion_tokens > 10, usage
        assert end.usage.prompt_tokens > 10, usage


async def test_stopping_keeps_what_was_said(running: Running) -> None:
    """The provider is cancelled at once, the text stays, and the end says stopped."""
    asked = await running.ask("[[sim: tokens=5000 gap=5 seed=3]]")
    before = await asked.until(lambda text: len(text) > 50)
    workspace = asked.job.workspace_id
    stop = StopRequested(workspace_id=workspace, generation_id=asked.job.generation_id, occurred_at=datetime.now(UTC))
    await running.send(stop)
    parts = await asked.parts()
    end = await running.ended(asked)
    record = await running.record(asked)
    assert tags(parts)[-1] == "abort"
    assert end.status == "stopped"
    assert record.text == text_of(parts)
    assert record.text.startswith(before)
    assert text(3, 5000).startswith(record.text)
    assert end.usage.estimated
    assert next(part for part in parts if isinstance(part, DataUsage)).data["usage"]["estimated"] is True


async def test_an_answer_stopped_before_it_began_says_nothing(running: Running) -> None:
    """The window tells of the wish, and no provider is asked."""
    marker = str(uuid4())
    asked = await running.ask(marker, stop_requested=True)
    parts = await asked.parts()
    end = await running.ended(asked)
    assert tags(parts)[-1] == "abort"
    assert (end.status, end.usage.prompt_tokens) == ("stopped", 0)
    assert not running.simulated.of(marker)


async def test_a_window_that_cannot_be_had_is_a_typed_end(running: Running) -> None:
    """Chat has forgotten the conversation: there is nothing to answer, and the reader is told."""
    asked = await running.ask("hello", forget_window=True)
    end = await running.ended(asked)
    assert (end.status, end.error_code) == ("failed", "not_found")


async def test_an_unknown_model_is_an_end_that_says_what_to_do(running: Running) -> None:
    """A model may go away between the question and the answer."""
    asked = await running.ask("hello", model="no-such-model")
    parts = await asked.parts()
    assert isinstance(parts[-1], Error)
    assert parts[-1].code == "model_not_found"
