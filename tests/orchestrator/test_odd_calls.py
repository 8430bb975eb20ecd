"""Tool calls that a provider numbers, names or writes in its own way: a client can put them together all the same."""

import json

import pytest

from tertulia.orchestrator.providers.failures import ProviderLied
from tests.orchestrator.odd_provider import DONE, END, heard, provider, raw

pytestmark = pytest.mark.integration


def called(*calls: bytes) -> bytes:
    return raw(b'{"index": 0, "delta": {"tool_calls": [%b]}}' % b", ".join(calls))


def piece(index: bytes, identifier: bytes, name: bytes | None, arguments: bytes) -> bytes:
    named = b"" if name is None else b'"name": "%b", ' % name
    return b'{%b%b"function": {%b"arguments": %b}}' % (index, identifier, named, arguments)


ZERO = b'"index": 0, '
ONE, TWO, NONE = b'"id": "one", ', b'"id": "two", ', b""


@pytest.mark.parametrize("calls", [b"[null]", b'"x"', b"[5]", b"{}"])
async def test_a_call_that_is_none_is_a_lie(calls: bytes) -> None:
    """Of the provider's, and no error of ours when values are to be put back in it."""
    async with provider(raw(b'{"delta": {"content": "hello", "tool_calls": %b}}' % calls), END, DONE) as asked:
        with pytest.raises(ProviderLied):
            await heard(asked)


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        ([piece(ZERO, ONE, b"f", b'"{}"'), piece(ZERO, TWO, b"g", b'"{}"')], [("one", "f", "{}"), ("two", "g", "{}")]),
        ([piece(NONE, ONE, b"f", b'"{"'), piece(NONE, NONE, None, b'"}"')], [("one", "f", "{}")]),
        (
            [piece(NONE, ONE, b"f", b'"{}"'), piece(NONE, TWO, b"g", b'"{"'), piece(NONE, NONE, None, b'"}"')],
            [("one", "f", "{}"), ("two", "g", "{}")],
        ),
        ([piece(ZERO, NONE, b"f", b'"{"'), piece(ZERO, NONE, b"f", b'"}"')], [("call_", "f", "{}")]),
        ([piece(ZERO, ONE, b"f", b'"{"'), piece(ZERO, TWO, None, b'"}"')], [("one", "f", "{}")]),
        ([piece(ZERO, ONE, b"f", b'{"a": 1}')], [("one", "f", '{"a": 1}')]),
        ([piece(b'"index": 1, ', ONE, b"f", b'"{}"'), piece(ZERO, TWO, b"g", b'"{broken"')],
         [("two", "g", "{broken"), ("one", "f", "{}")]),
    ],
    ids=["all are the first", "no number", "no numbers", "no id", "an id a piece", "an object", "out of order"],
)  # fmt: skip
async def test_a_call_can_be_put_together(pieces: list[bytes], calls: list[tuple[str, str, str]]) -> None:
    """By its number, whatever the provider numbers; it has an id, and the text that the model wrote."""
    made: dict[int, list[str]] = {}
    async with provider(*map(called, pieces), END, DONE) as asked, asked.stream(b'{"model": "m"}') as batches:
        async for events in batches:
            for event in events:
                for choice in json.loads(event.raw)["choices"]:
                    for call in choice["delta"].get("tool_calls") or ():
                        one = made.setdefault(call["index"], [call.get("id") or "", "", ""])
                        one[1] = call["function"].get("name") or one[1]
                        one[2] += call["function"]["arguments"]
    found = [tuple(made[number]) for number in sorted(made)]
    assert [(one[0][: len(told[0])], *one[1:]) for one, told in zip(found, calls, strict=True)] == calls


async def test_a_whole_answers_calls_have_ids_and_text() -> None:
    """Where the provider left them out, or gave the object itself."""
    body = b'{"choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}}]}'
    async with provider(body) as asked:
        answer = await asked.complete(b'{"model": "m", "messages": []}')
    (call,) = json.loads(answer.raw)["choices"][0]["message"]["tool_calls"]
    assert call["id"].startswith("call_")
    assert call["function"] == {"name": "f", "arguments": '{"a": 1}'}
