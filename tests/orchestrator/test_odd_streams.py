"""Streams that no careful provider sends, byte by byte as they were met: each is an answer or a typed failure."""

import asyncio
import json
from datetime import timedelta

import pytest

from tertulia.orchestrator.providers.failures import (
    ProviderBlocked,
    ProviderBrokeOff,
    ProviderBusy,
    ProviderEndless,
    ProviderFailed,
    ProviderFailure,
    ProviderLied,
    ProviderOutOfQuota,
    ProviderRejected,
    ProviderSilent,
)
from tertulia.orchestrator.providers.file import Kind
from tertulia.orchestrator.providers.port import Chunk, Deadlines, StreamEvent
from tertulia.orchestrator.service.rewriting import StreamRewriter
from tests.orchestrator.odd_provider import DONE, END, heard, provider, raw, said

pytestmark = pytest.mark.integration

DEEP = b"[" * 100_000 + b"]" * 100_000


async def test_an_event_in_several_lines_is_passed_on_in_one() -> None:
    """As server-sent events allow: a client that is sent the bytes as they came would lose its place."""
    lines = b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "hello"}}]}\n\n'
    async with provider(lines, END, DONE) as asked:
        assert await heard(asked) == "hello"


@pytest.mark.parametrize(
    ("pieces", "failure"),
    [
        ([said("hello"), b'data: {"x": ' + DEEP + b"}\n\n"], ProviderLied),
        ([DONE], ProviderLied),
        ([b'data: {"choices": [{"index": 0, "delta": {"role": "assistant"}}]}\n\n', DONE], ProviderLied),
        ([said("one"), said("two", index=1), END], ProviderBrokeOff),
    ],
    ids=["nested too deeply", "nothing but the end", "nothing but a role", "one of two choices ends"],
)
async def test_what_is_no_answer_is_a_failure(pieces: list[bytes], failure: type[ProviderFailure]) -> None:
    """And never an empty or a half one that looks whole."""
    async with provider(*pieces) as asked:
        with pytest.raises(failure):
            await heard(asked)


def escaped(text: bytes, index: int = 0, end: bytes = b"null") -> bytes:
    return raw(b'{"index": %d, "delta": {"content": "%b"}, "finish_reason": %b}' % (index, text, end))


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([escaped(rb"a\ud83d"), escaped(rb"\ude00b")], "a\U0001f600b"),
        ([escaped(rb"a\uD83D"), escaped(b"z", 1, b'"stop"'), escaped(rb"\uDE00b")], "a\U0001f600b"),
        ([escaped(rb"a\ud83d"), said("b")], "a\ufffdb"),
        ([escaped(rb"\ude00b")], "\ufffdb"),
        ([escaped(rb"a\ud83d"), said(None, end=True)], "a\ufffd"),
        ([escaped(rb"a\ud83d", end=b'"stop"')], "a\ufffd"),
        ([escaped(rb"a\\ud83d \ud83d\ude00")], "a\\ud83d \U0001f600"),
        ([escaped(b"a\xffb")], "a\ufffdb"),
        ([raw(rb'{"delta": {"content": "a"}, "logprobs": {"content": [{"token": "\ud83d"}]}}')], "a"),
    ],
    ids=[
        "in two chunks", "another choice between", "no second", "no first", "the end in its place", "in the last chunk",
        "none", "no UTF-8", "in what is not read",
    ],
)  # fmt: skip
async def test_half_a_character_waits_for_its_other_half(pieces: list[bytes], text: str) -> None:
    """One that has none is replaced, as readers of text do: an answer does not fail for a character."""
    async with provider(*pieces, END, DONE) as asked:
        assert await heard(asked) == text


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
async def test_half_a_character_in_a_whole_answer_is_replaced(kind: Kind) -> None:
    """In what is read as in what is only passed on."""
    body = {
        "openai": rb'{"choices": [{"message": {"content": "a\ud83d"}, "logprobs": "\ude00"}]}',
        "anthropic": rb'{"id": "", "model": "", "stop_reason": "", "content": [{"type": "text", "text": "a\ud83d"}]}',
    }[kind]
    async with provider(body, kind=kind) as asked:
        answer = await asked.complete(b'{"model": "m", "messages": []}')
    assert answer.whole.choices[0].message.content == "a\ufffd"
    assert json.loads(answer.raw.decode())["choices"]


@pytest.mark.parametrize(
    "pieces",
    [
        [b'data: {"choices": null}\n\n', said("hello"), END, b'data: {"choices": null, "usage": {}}\n\n', DONE],
        [raw(b'{"index": 0, "delta": null}'), said("hello"), raw(b'{"delta": null, "finish_reason": "stop"}'), DONE],
        [raw(b'{"index": null, "delta": {"content": "hello"}}'), END, DONE],
        [raw(b'{"delta": {"content": "hello"}}'), raw(b'{"index": 0, "finish_reason": "stop"}'), DONE],
        [b"data:\n\n", said("hello"), b"data:  \n\n", END, DONE],
        [b"data: {}\n\n", said("hello"), END, b"data: [DONE] \n\n"],
    ],
    ids=["no choices", "no delta", "no index", "neither named", "no data", "no fields"],
)
async def test_nothing_in_the_place_of_something_is_passed_over(pieces: list[bytes]) -> None:
    """What clients get has a list where they look for one."""
    async with provider(*pieces) as asked:
        assert await heard(asked) == "hello"


@pytest.mark.parametrize("index", [b"-1", b"128", b"9" * 30])
async def test_a_place_that_nobody_can_ask_for_is_a_lie(index: bytes) -> None:
    """Each choice and each call costs a place of its own: their number is bounded."""
    choice = raw(b'{"index": %b, "delta": {"content": "hello"}}' % index)
    call = raw(b'{"index": 0, "delta": {"tool_calls": [{"index": %b0, "id": "x"}]}}' % index)
    for odd in (choice, call):
        async with provider(odd, END, DONE) as asked:
            with pytest.raises(ProviderLied):
                await heard(asked)


async def test_an_event_without_fields_stays_one() -> None:
    """Also where each is told that the usage comes later."""
    rewriter = StreamRewriter({}, include_usage=True, json_answer=False)
    told = rewriter.frames(StreamEvent(b"{ }", Chunk("", "", 0, "")))
    assert json.loads(told.removeprefix(b"data: ")) == {"usage": None}


async def test_chunks_without_a_name_get_one() -> None:
    """The same for all: OpenAI's client passes over what does not say that it is a chunk."""
    named = b'data: {"id": "one", "choices": [{"index": 0, "delta": {"content": "lo"}}]}\n\n'
    body = b'{"model": "m", "messages": []}'
    async with provider(said("hel"), named, END, DONE) as asked, asked.stream(body) as batches:
        chunks = [json.loads(event.raw) async for events in batches for event in events]
    first, second, last = chunks
    assert {(chunk["object"], chunk["created"], chunk["model"]) for chunk in chunks} == {
        ("chat.completion.chunk", first["created"], "m")
    }
    assert (second["id"], last["id"]) == ("one", first["id"])


async def test_a_type_is_known_in_capitals() -> None:
    """RFC 9110, 8.3.1."""
    async with provider(said("hello"), END, DONE, content_type=b"Text/Event-Stream; Charset=UTF-8") as asked:
        assert await heard(asked) == "hello"


async def test_one_of_two_candidates_that_ends_is_not_the_end() -> None:
    """Nor where each event is a part of the answer in its whole shape."""
    both = [{"index": index, "content": {"parts": [{"text": "hello"}]}} for index in (0, 1)]
    pieces = ({"candidates": both}, {"candidates": [{"index": 0, "finishReason": "STOP"}]})
    lines = [b"data: " + json.dumps(piece).encode() + b"\r\n\r\n" for piece in pieces]
    async with provider(*lines, kind="gemini") as asked:
        with pytest.raises(ProviderBrokeOff):
            await heard(asked, n=2)


async def test_comments_are_no_tokens() -> None:
    """A provider that only says that it is still there is as silent as one that says nothing."""
    async with provider(said("hello"), pings=True) as asked:
        with pytest.raises(ProviderSilent):
            await heard(asked)


@pytest.mark.parametrize("pings", [False, True], ids=["silent", "pinging"])
async def test_an_answer_that_has_ended_does_not_wait_for_last_words(pings: bool) -> None:
    """Its text is whole, though neither the usage nor the last line comes."""
    async with provider(said("hello"), END, stays=True, pings=pings) as asked:
        assert await heard(asked) == "hello"


@pytest.mark.parametrize("body", [b'{"choices": []}', b'{"choices": [{}], "x": ' + DEEP + b"}"], ids=["empty", "deep"])
async def test_a_whole_answer_that_is_none_is_a_lie(body: bytes) -> None:
    """A client would look for its first choice in vain."""
    async with provider(body) as asked:
        with pytest.raises(ProviderLied):
            await asked.complete(b'{"model": "m", "messages": []}')


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        (b'{"object": "error", "message": "too long", "type": "BadRequestError", "code": 400}', ProviderRejected),
        (b'{"type": "error", "message": "boom"}', ProviderFailed),
        (b'{"error": "boom"}', ProviderFailed),
        (b'{"error": ["boom"]}', ProviderFailed),
        (b'{"error": {"code": 429, "message": "slow down"}}', ProviderBusy),
        (b'{"error": {"code": "502", "message": "bad gateway"}}', ProviderFailed),
        (b'{"error": {"type": "invalid_request_error", "message": "no"}}', ProviderRejected),
        (b'{"error": {"code": "insufficient_quota", "message": "no"}}', ProviderOutOfQuota),
        (b'{"error": {"code": "content_filter", "message": "no"}}', ProviderBlocked),
        (b'{"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}', ProviderFailed),
    ],
)
async def test_an_error_within_a_stream_is_what_it_would_be_before_it(
    told: bytes, failure: type[ProviderFailure]
) -> None:
    """However it is told, and though the stream ends well behind it: the asker's fault opens no breaker, and who is
    busy gets its rest.
    """
    async with provider(said("hello"), b"data: " + told + b"\n\n", DONE) as asked:
        with pytest.raises(ProviderFailure) as found:
            await heard(asked)
    assert type(found.value) is failure


@pytest.mark.parametrize("nothing", [b"false", b"{}", b'""', b"null"])
async def test_an_error_that_is_none_ends_nothing(nothing: bytes) -> None:
    """Some servers name the field in each chunk."""
    chunk = b'data: {"choices": [{"index": 0, "delta": {"content": "hello"}}], "error": %b}\n\n' % nothing
    async with provider(chunk, END, DONE) as asked:
        assert await heard(asked) == "hello"


async def test_an_answer_without_end_is_ended() -> None:
    """A provider that repeats itself, as fast as it can, fills nobody's memory until the deadline."""
    many = said("again and " * 1000)
    async with provider(*[many] * 500, stays=True) as asked:
        with pytest.raises(ProviderEndless):
            await heard(asked)


@pytest.mark.parametrize("framing", [b"zz\r\nxx\r\n", b"-5\r\nxx\r\n", b"2\r\nxxyy\r\n", b"f" * 20 + b"\r\n"])
async def test_broken_framing_is_told_at_once(framing: bytes) -> None:
    """Not at the deadline for the next token, though the connection's end is all that is seen of it."""
    chunked = b"text/event-stream\r\ntransfer-encoding: chunked"
    first = said("hello")
    pieces = [b"%x\r\n%b\r\n" % (len(first), first), framing]
    patient = Deadlines(*[timedelta(minutes=1)] * 4)
    async with provider(*pieces, content_type=chunked, stays=True, apart=True, deadlines=patient) as asked:
        async with asyncio.timeout(10):
            with pytest.raises(ProviderBrokeOff):
                await heard(asked)


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b'{"error": {"code": 400, "message": "no"}}', ProviderRejected),
        (b'{"error": {"code": 502, "message": "bad gateway"}, "choices": []}', ProviderFailed),
        (b"<html>welcome</html>", ProviderLied),
        (b'{"error": null}', ProviderLied),
    ],
)
async def test_an_error_that_says_all_is_well(body: bytes, failure: type[ProviderFailure]) -> None:
    """Some proxies answer with 200 and tell the status within."""
    async with provider(body) as asked:
        with pytest.raises(ProviderFailure) as found:
            await asked.complete(b'{"model": "m", "messages": []}')
    assert type(found.value) is failure


@pytest.mark.parametrize(
    "body", [b"<html>welcome</html>", b"{}", b'{"data": [{"embedding": [0.5]}]}', b'{"data": [{}]}']
)
async def test_vectors_that_are_none_are_a_lie(body: bytes) -> None:
    """Or fewer than texts were sent: another provider may be asked."""
    async with provider(body) as asked:
        with pytest.raises(ProviderLied):
            await asked.embed(b'{"model": "m", "input": ["a", "b"]}')
