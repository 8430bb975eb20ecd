"""Streams that no careful provider sends, byte by byte as they were met: each is an answer or a typed failure."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from tertulia.orchestrator.providers.adapters import adapters
from tertulia.orchestrator.providers.failures import ProviderBrokeOff, ProviderFailure, ProviderLied, ProviderSilent
from tertulia.orchestrator.providers.file import Kind, ProviderSpec
from tertulia.orchestrator.providers.port import Chunk, Deadlines, StreamEvent
from tertulia.orchestrator.service.rewriting import StreamRewriter
from tertulia.platform.http import HttpClient

pytestmark = pytest.mark.integration

BETWEEN = timedelta(seconds=0.4)
DEADLINES = Deadlines(timedelta(seconds=5), BETWEEN, timedelta(seconds=5), timedelta(seconds=10))
DONE = b"data: [DONE]\n\n"
PING = b": still here\n\n"
DEEP = b"[" * 100_000 + b"]" * 100_000


def said(text: str | None, *, index: int = 0, end: bool = False) -> bytes:
    delta = {} if text is None else {"content": text}
    choice = {"index": index, "delta": delta, "finish_reason": "stop" if end else None}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


END = said(None, end=True)


@asynccontextmanager
async def provider(
    *pieces: bytes,
    kind: Kind = "openai",
    stays: bool = False,
    pings: bool = False,
    content_type: bytes = b"text/event-stream",
) -> AsyncIterator[Any]:
    """One that answers with these bytes, and then closes, ``stays`` without a word, or ``pings`` for ever."""
    serving: list[asyncio.Task[Any] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        client_left = asyncio.create_task(reader.read())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\nconnection: close\r\n\r\n" % content_type)
        writer.writelines(pieces)
        while pings and not client_left.done():
            writer.write(PING)
            await asyncio.wait([client_left], timeout=BETWEEN.total_seconds() / 8)
        if stays:
            await asyncio.wait([client_left])
        writer.close()
        await asyncio.wait([client_left])

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        async with HttpClient() as http:
            (made,) = adapters(ProviderSpec("odd", base, ("key",), kind), http, DEADLINES)
            yield made
        await asyncio.gather(*filter(None, serving))


async def heard(asked: Any, **more: Any) -> str:
    """The text of choice 0, and each event's bytes looked at as a client would: JSON on one line."""
    text = ""
    body = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "stream": True, **more}
    async with asked.stream(json.dumps(body).encode()) as batches:
        async for events in batches:
            for event in events:
                assert b"\n" not in event.raw
                for choice in json.loads(event.raw).get("choices", []):
                    text += choice["delta"].get("content") or "" if choice["index"] == 0 else ""
    return text


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


def raw(choice: bytes) -> bytes:
    return b'data: {"choices": [%b]}\n\n' % choice


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


@pytest.mark.parametrize("calls", [b"[null]", b'"x"', b"[5]", b"{}"])
async def test_a_call_that_is_none_is_a_lie(calls: bytes) -> None:
    """Of the provider's, and no error of ours when values are to be put back in it."""
    async with provider(raw(b'{"delta": {"content": "hello", "tool_calls": %b}}' % calls), END, DONE) as asked:
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
