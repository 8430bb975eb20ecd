"""A chat answer as OpenAI's response events, and what the next worker makes of those that readers have."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from openai.types.responses import ResponseUsage

from tertulia.orchestrator.providers.anthropic import Anthropic
from tertulia.orchestrator.service.responses.events import ResponseEvents


def response() -> dict[str, Any]:
    return {"id": "resp_1", "status": "in_progress", "output": [], "usage": None, "model": "m"}


def text(piece: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": piece}, "finish_reason": finish}]}


def call(piece: str, index: int = 0, name: str | None = None) -> dict[str, Any]:
    head = {"id": f"call_{index}"} if name else {}
    function = {"arguments": piece, **({"name": name} if name else {})}
    return {"choices": [{"delta": {"tool_calls": [{"index": index, **head, "function": function}]}}]}


def said(events: ResponseEvents, chunks: Sequence[dict[str, Any]], *, finish: bool = True) -> list[bytes]:
    frames = [*events.begin(), *(frame for chunk in chunks for frame in events.hear(chunk))]
    return [*frames, *events.finish(), events.terminal()] if finish else frames


def read(frames: Sequence[bytes]) -> list[dict[str, Any]]:
    events = [msgspec.json.decode(frame.partition(b"\ndata: ")[2]) for frame in frames]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


def kinds(frames: Sequence[bytes]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in read(frames)]


def told(frames: Sequence[bytes]) -> list[str]:
    """What readers have heard of each item, delta by delta."""
    texts: dict[int, str] = {}
    for event in read(frames):
        if event["type"].endswith(".delta"):
            texts[event["output_index"]] = texts.get(event["output_index"], "") + event["delta"]
    return list(texts.values())


def test_a_text_is_one_message_from_its_opening_to_its_end() -> None:
    """The documented sequence, numbered from 0; the last event holds the whole response."""
    frames = said(ResponseEvents(response()), [text("Hel"), text("lo", "stop")])
    assert kinds(frames) == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    (item,) = read(frames)[-1]["response"]["output"]
    assert (item["status"], item["content"][0]["text"]) == ("completed", "Hello")


def test_a_refusal_is_a_message_that_says_so() -> None:
    """With its own events and its own kind of part, as OpenAI's models refuse a structured answer."""
    pieces = [{"choices": [{"delta": {"refusal": piece}}]} for piece in ("I can", "not.")]
    frames = said(ResponseEvents(response()), [*pieces, text("", "stop")])
    assert kinds(frames)[2:-1] == [
        "output_item.added", "content_part.added", "refusal.delta", "refusal.delta", "refusal.done",
        "content_part.done", "output_item.done",
    ]  # fmt: skip
    (item,) = read(frames)[-1]["response"]["output"]
    assert item["content"] == [{"type": "refusal", "refusal": "I cannot."}]


def test_a_refusal_goes_on_where_the_last_worker_left_it() -> None:
    """It is told once, and what follows it as an answer after all is an item of its own."""
    refused = [{"choices": [{"delta": {"refusal": "I cannot."}}]}]
    held = said(ResponseEvents(response()), refused, finish=False)
    again = said(ResponseEvents(response(), held), [*refused, text("", "stop")])
    assert told([*held, *again]) == ["I cannot."]
    other = said(ResponseEvents(response(), held), [text("I can.", "stop")])
    assert told([*held, *other]) == ["I cannot.", "I can."]


@pytest.mark.parametrize("details", [{}, {"prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3}}])
def test_the_usage_is_all_that_openais_model_wants(details: dict[str, Any]) -> None:
    """Strictly: what the provider does not tell of its cache is 0."""
    chunk = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, **details}}
    shown = read(said(ResponseEvents(response()), [text("Hello", "stop"), chunk]))[-1]["response"]["usage"]
    usage = ResponseUsage.model_validate(shown, strict=True)
    told = usage.input_tokens_details
    assert (usage.total_tokens, told.cached_tokens, told.cache_write_tokens) == ((11, 4, 3) if details else (11, 0, 0))


def test_what_anthropic_wrote_to_its_cache_is_told() -> None:
    """As part of the input, and beside what was read from it."""
    used = {"input_tokens": 2, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2}
    answer = {"id": "m", "model": "m", "content": [], "stop_reason": "end_turn", "usage": used}
    chunk = {"choices": [], "usage": Anthropic().answer(answer)["usage"]}
    shown = read(said(ResponseEvents(response()), [text("Hello", "stop"), chunk]))[-1]["response"]["usage"]
    assert shown["input_tokens"] == 9
    assert shown["input_tokens_details"] == {"cached_tokens": 4, "cache_write_tokens": 3}


def test_calls_are_items_of_their_own() -> None:
    """Also several at once, whose pieces alternate, after some words."""
    chunks = [text("Look: "), call('{"a"', 0, "f"), call("{", 1, "g"), call(":1}", 0), call("}", 1)]
    output = read(said(ResponseEvents(response()), chunks))[-1]["response"]["output"]
    assert [(item["type"], item.get("name"), item.get("arguments")) for item in output] == [
        ("message", None, None), ("function_call", "f", '{"a":1}'), ("function_call", "g", "{}"),
    ]  # fmt: skip


@pytest.mark.parametrize(("reason", "told_as"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
def test_an_answer_that_was_cut_short_is_incomplete(reason: str, told_as: str) -> None:
    last = read(said(ResponseEvents(response()), [text("Hal", reason)]))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": told_as}
    assert last["response"]["output"][0]["status"] == "incomplete"


def test_an_error_in_the_stream_fails_it_with_what_was_said() -> None:
    error = {"error": {"code": "provider_broke_off", "message": "It broke off.", "type": "server_error"}}
    last = read(said(ResponseEvents(response()), [text("Hal"), error]))[-1]
    assert last["type"] == "response.failed"
    told = {"code": "server_error", "type": "provider_broke_off", "message": "It broke off.", "param": None}
    assert last["response"]["error"] == told
    assert last["response"]["output"][0]["content"][0]["text"] == "Hal"


CHUNKS = [text("One "), text("two "), call('{"a":', 0, "f"), call("1}", 0)]


@pytest.mark.parametrize("held", range(1, 12))
def test_the_next_worker_says_nothing_twice(held: int) -> None:
    """Wherever the first one died, the same answer, cut in other pieces, goes on under the next number."""
    before = said(ResponseEvents(response()), CHUNKS)[:held]
    again = [text("On"), text("e two "), call("", 0, "f"), call('{"a":1}', 0)]
    frames = before + said(ResponseEvents(response(), before), again)
    assert told(frames) == ["One two ", '{"a":1}']
    assert kinds(frames).count("created") == kinds(frames).count("completed") == 1
    assert kinds(frames).count("output_item.done") == 2
    assert [item["status"] for item in read(frames)[-1]["response"]["output"]] == ["completed", "completed"]


@pytest.mark.parametrize("other", ["Two", "On", "One three"])
def test_another_answer_is_another_item(other: str) -> None:
    """What was begun cannot be taken back: it ends as incomplete, and the new answer is told whole."""
    before = said(ResponseEvents(response()), [text("One "), text("two")], finish=False)
    frames = before + said(ResponseEvents(response(), before), [text(other[:2]), text(other[2:])])
    assert told(frames) == ["One two", other]
    output = read(frames)[-1]["response"]["output"]
    assert [(item["status"], item["content"][0]["text"]) for item in output] == [
        ("incomplete", "One two"),
        ("completed", other),
    ]
    assert len({item["id"] for item in output}) == 2


def test_a_call_in_place_of_words_is_another_item_too() -> None:
    before = said(ResponseEvents(response()), [text("One")], finish=False)
    frames = before + said(ResponseEvents(response(), before), [call("{}", 0, "f")])
    output = read(frames)[-1]["response"]["output"]
    assert [(item["type"], item["status"]) for item in output] == [
        ("message", "incomplete"),
        ("function_call", "completed"),
    ]


def test_a_second_choice_is_not_told() -> None:
    """Nobody can ask for one: a response is one answer, also where a provider gives more."""
    other = {"choices": [{"index": 1, "delta": {"content": "Good day"}, "finish_reason": None}]}
    frames = said(ResponseEvents(response()), [text("Hel"), other, text("lo", "stop")])
    assert told(frames) == ["Hello"]


@pytest.mark.parametrize(
    "wrong",
    [[1, 2], "much", {"prompt_tokens": "5"}, {"prompt_tokens": 5, "completion_tokens_details": "none"}],
)
def test_usage_that_is_none_is_not_told(wrong: Any) -> None:
    """What we counted comes after it."""
    ours = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    frames = said(ResponseEvents(response()), [text("Hello", "stop") | {"usage": wrong}, ours])
    assert read(frames)[-1]["response"]["usage"]["total_tokens"] == 7


def test_how_likely_each_token_was_is_told_with_it() -> None:
    """In the deltas, at the text's end and in the response, also when another worker goes on."""
    likely: list[dict[str, Any]] = [
        {"token": piece, "logprob": -0.5, "bytes": None, "top_logprobs": []} for piece in ("Hel", "lo")
    ]
    chunks = [text(one["token"]) for one in likely]
    for chunk, one in zip(chunks, likely, strict=True):
        chunk["choices"][0]["logprobs"] = {"content": [one]}
    held = said(ResponseEvents(response()), chunks[:1], finish=False)
    frames = [*held, *said(ResponseEvents(response(), held), [*chunks, text("", "stop")])]
    deltas = [event["logprobs"] for event in read(frames) if event["type"].endswith("output_text.delta")]
    assert deltas == [[one] for one in likely]
    (done,) = [event for event in read(frames) if event["type"].endswith("output_text.done")]
    (item,) = read(frames)[-1]["response"]["output"]
    assert done["logprobs"] == item["content"][0]["logprobs"] == likely
