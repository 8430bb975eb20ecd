"""A response as it grows: the chunks of a chat answer in, OpenAI's events out, numbered from 0.

The same events, read back from a log, make the state anew: the next worker goes on under the next number. It hears the
answer from the beginning and withholds what was said already; where its answer is another one, the item that was begun
ends as ``incomplete`` and the new answer is an item of its own, for the protocol cannot take words back.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tertulia.orchestrator.providers.port import usage_told
from tertulia.orchestrator.service.citations import as_of_responses
from tertulia.platform.errors import TertuliaError

_CUT_SHORT = {"length": "max_output_tokens", "content_filter": "content_filter"}
_HEADING = b"\ndata: "
_ERROR_CODES = frozenset({"server_error", "rate_limit_exceeded", "invalid_prompt"})
"""Those of OpenAI's list that a model's failure can have; its clients know no other."""


@dataclass
class _Open:
    """An item of the output that is being said; ``withheld`` is what of it a reader has and we have not heard yet.
    ``refuses``: it is a message that says why there is no answer.
    """

    item: dict[str, Any]
    index: int
    refuses: bool = False
    said: list[str] = field(default_factory=list)
    likely: list[Any] = field(default_factory=list)
    """How likely each token of it was, where that was asked for."""
    annotations: list[dict[str, Any]] = field(default_factory=list)
    withheld: str = ""

    @property
    def text(self) -> str:
        return "".join(self.said)

    def part(self, text: str) -> dict[str, Any]:
        if self.refuses:
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "text": text, "annotations": self.annotations, "logprobs": self.likely}


class ResponseEvents:
    """``response`` is the object that grows; ``held`` are the frames that readers have of it."""

    def __init__(self, response: dict[str, Any], held: Sequence[bytes] = ()) -> None:
        self.response = response
        self._sequence = 0
        self._items: list[_Open] = []
        self._first = 0
        """Where the first item of the answer that is heard stands in the output."""
        self._places: dict[object, int] = {}
        self._heard = 0
        self._finish_reason: str | None = None
        self._error: dict[str, Any] | None = None
        for frame in held:
            self._recall(msgspec.json.decode(frame.partition(_HEADING)[2]))
        for one in self._items:
            one.withheld = one.text

    @property
    def next_sequence(self) -> int:
        return self._sequence

    def begin(self) -> list[bytes]:
        """Nothing when it has begun before."""
        if self._sequence:
            return []
        created = self._event("response.created", response=self.response)
        self.response["status"] = "in_progress"
        return [created, self._event("response.in_progress", response=self.response)]

    def hear(self, chunk: dict[str, Any]) -> Iterator[bytes]:
        """The events for one chunk of a chat answer."""
        self._error = chunk.get("error") or self._error
        if usage_told(chunk.get("usage")) is not None:
            self.response["usage"] = _usage(chunk["usage"])
        self.response["service_tier"] = chunk.get("service_tier") or self.response.get("service_tier")
        for choice in (choice for choice in chunk.get("choices") or () if not choice.get("index")):
            delta = choice.get("delta") or {}
            for said in ("content", "refusal"):
                if delta.get(said):
                    yield from self._text(said, delta[said], _likely(choice))
            for annotation in delta.get("annotations") or ():
                yield from self._annotate(as_of_responses(annotation))
            for call in delta.get("tool_calls") or ():
                yield from self._call(call)
            self._finish_reason = choice.get("finish_reason") or self._finish_reason

    def finish(self) -> list[bytes]:
        """Every item is said to its end; the terminal event is ``terminal``'s."""
        if self._error is not None:
            return self.break_off("failed", self._error)
        reason = _CUT_SHORT.get(self._finish_reason or "")
        frames: list[bytes] = []
        for place in list(self._places.values()):
            one = self._items[self._first + place]
            if one.withheld:
                frames += self._part_ways(place, one, "")
        for one in self._items:
            frames += self._close(one, "incomplete" if reason else "completed")
        self.response["status"] = "incomplete" if reason else "completed"
        self.response["incomplete_details"] = {"reason": reason} if reason else None
        self.response["completed_at"] = None if reason else int(time.time())
        return frames

    def break_off(self, status: str, error: Mapping[str, Any] | None = None) -> list[bytes]:
        """It ends here: ``failed`` with OpenAI's error, or ``cancelled``."""
        frames = [frame for one in self._items for frame in self._close(one, "incomplete")]
        self.response["status"] = status
        if error is not None:
            self.response["error"] = _error(error)
        return frames

    def terminal(self) -> bytes:
        frame = terminal_of(self.response, self._sequence)
        self._sequence += 1
        return frame

    def _text(self, said: str, piece: str, likely: Sequence[Any]) -> Iterator[bytes]:
        place = self._places.get(said)
        if place is None:
            item = {"type": "message", "role": "assistant", "content": []}
            yield from self._open(said, item, piece, refuses=said == "refusal", likely=likely)
            return
        yield from self._more(place, piece, likely)

    def _annotate(self, annotation: dict[str, Any] | None) -> Iterator[bytes]:
        """Once, also when the answer is heard again."""
        if annotation is None or (place := self._places.get("content")) is None:
            return
        one = self._items[self._first + place]
        if annotation in one.annotations or one.item["status"] != "in_progress":
            return
        index = {"content_index": 0, "annotation_index": len(one.annotations)}
        one.annotations.append(annotation)
        yield self._event("response.output_text.annotation.added", **_at(one), **index, annotation=annotation)

    def _call(self, call: dict[str, Any]) -> Iterator[bytes]:
        """A call comes in pieces: the first has its name, all have its place among the calls."""
        key, function = ("call", call.get("index", 0)), call.get("function") or {}
        piece = function.get("arguments") or ""
        place = self._places.get(key)
        if place is not None:
            yield from self._more(place, piece)
            return
        if (text := self._places.pop("content", None)) is not None:
            one = self._items[self._first + text]
            if not one.withheld:
                yield from self._close(one, "completed")
        item = {"type": "function_call", "call_id": call.get("id") or "", "name": function.get("name") or ""}
        yield from self._open(key, {**item, "arguments": ""}, piece)

    def _open(
        self, key: object, item: dict[str, Any], piece: str, *, refuses: bool = False, likely: Sequence[Any] = ()
    ) -> Iterator[bytes]:
        place = self._places[key] = self._heard
        self._heard += 1
        at = self._first + place
        if at < len(self._items):
            known = self._items[at]
            if known.refuses != refuses or not _alike(known.item, item):
                yield from self._part_ways(place, known, piece, item, refuses=refuses)
                return
        else:
            yield from self._add(item, refuses=refuses)
        yield from self._more(place, piece, likely)

    def _add(self, item: dict[str, Any], *, refuses: bool) -> Iterator[bytes]:
        index = len(self._items)
        prefix = "msg" if item["type"] == "message" else "fc"
        item = {
            "id": f"{prefix}_{self.response['id'].removeprefix('resp_')}{index:02x}",
            "status": "in_progress",
            **item,
        }
        one = _Open(item, index, refuses)
        self._items.append(one)
        self.response["output"].append(item)
        yield self._event("response.output_item.added", output_index=index, item=item)
        if item["type"] == "message":
            yield self._event("response.content_part.added", **_at(one), content_index=0, part=one.part(""))

    def _more(self, place: int, piece: str, likely: Sequence[Any] = ()) -> Iterator[bytes]:
        one = self._items[self._first + place]
        if not piece:
            return
        if one.withheld:
            if one.withheld.startswith(piece):
                one.withheld = one.withheld[len(piece) :]
                return
            if not piece.startswith(one.withheld):
                yield from self._part_ways(place, one, piece)
                return
            piece, one.withheld = piece[len(one.withheld) :], ""
        elif one.item["status"] != "in_progress":
            yield from self._part_ways(place, one, piece)
            return
        one.said.append(piece)
        one.likely += likely
        if one.refuses:
            yield self._event("response.refusal.delta", **_at(one), content_index=0, delta=piece)
        elif one.item["type"] == "message":
            told = {"content_index": 0, "delta": piece, "logprobs": likely}
            yield self._event("response.output_text.delta", **_at(one), **told)
        else:
            yield self._event("response.function_call_arguments.delta", **_at(one), delta=piece)

    def _part_ways(
        self, place: int, known: _Open, piece: str, item: dict[str, Any] | None = None, *, refuses: bool | None = None
    ) -> Iterator[bytes]:
        """This answer is another than the one that was begun: it is told from here on, as an item of its own."""
        heard = known.text.removesuffix(known.withheld) if item is None else ""
        fresh = item or {name: value for name, value in known.item.items() if name not in ("id", "status")}
        for one in self._items[self._first + place :]:
            one.withheld = ""
            yield from self._close(one, "incomplete")
        self._first = len(self._items) - place
        empty: dict[str, Any] = {"content": []} if fresh["type"] == "message" else {"arguments": ""}
        yield from self._add({**fresh, **empty}, refuses=known.refuses if refuses is None else refuses)
        yield from self._more(place, heard + piece)

    def _close(self, one: _Open, status: str) -> Iterator[bytes]:
        if one.item["status"] != "in_progress":
            return
        text = one.text
        if one.item["type"] == "message":
            part = one.part(text)
            if one.refuses:
                yield self._event("response.refusal.done", **_at(one), content_index=0, refusal=text)
            else:
                told = {"content_index": 0, "text": text, "logprobs": one.likely}
                yield self._event("response.output_text.done", **_at(one), **told)
            yield self._event("response.content_part.done", **_at(one), content_index=0, part=part)
            one.item["content"] = [part]
        else:
            one.item["arguments"] = text
            name = one.item["name"]
            yield self._event("response.function_call_arguments.done", **_at(one), name=name, arguments=text)
        one.item["status"] = status
        yield self._event("response.output_item.done", output_index=one.index, item=one.item)

    def _event(self, kind: str, **told: Any) -> bytes:
        frame = _frame(kind, self._sequence, **told)
        self._sequence += 1
        return frame

    def _recall(self, event: dict[str, Any]) -> None:
        self._sequence = event["sequence_number"] + 1
        kind = event["type"].removeprefix("response.")
        if kind == "in_progress":
            self.response["status"] = "in_progress"
        elif kind == "output_item.added":
            self._items.append(_Open(event["item"], event["output_index"]))
            self.response["output"].append(event["item"])
        elif kind == "content_part.added":
            self._items[event["output_index"]].refuses = event["part"]["type"] == "refusal"
        elif kind in ("output_text.delta", "refusal.delta", "function_call_arguments.delta"):
            self._items[event["output_index"]].said.append(event["delta"])
            self._items[event["output_index"]].likely += event.get("logprobs") or ()
        elif kind == "output_text.annotation.added":
            self._items[event["output_index"]].annotations.append(event["annotation"])
        elif kind == "output_item.done":
            self._items[event["output_index"]].item.update(event["item"])


def terminal_of(response: dict[str, Any], sequence: int) -> bytes:
    """The last event of a response that has ended. OpenAI has none for a cancelled one: it is incomplete."""
    status = response["status"]
    return _frame(f"response.{'incomplete' if status == 'cancelled' else status}", sequence, response=response)


def error_of(error: TertuliaError, sequence: int) -> bytes:
    """The last event of a response that cannot be told: what stands in the way."""
    return _frame("error", sequence, code=error.code, message=error.detail, param=None)


def _frame(kind: str, sequence: int, **told: Any) -> bytes:
    data = msgspec.json.encode({"type": kind, "sequence_number": sequence, **told})
    return b"event: " + kind.encode() + _HEADING + data + b"\n\n"


def _alike(known: dict[str, Any], item: dict[str, Any]) -> bool:
    return known["type"] == item["type"] and known.get("name") == item.get("name")


def _likely(choice: dict[str, Any]) -> list[Any]:
    return list((choice.get("logprobs") or {}).get("content") or ())


def _at(one: _Open) -> dict[str, Any]:
    return {"item_id": one.item["id"], "output_index": one.index}


def _error(told: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAI's error within a response: ``type`` is the code that the fact has everywhere else."""
    code = "invalid_prompt" if told.get("type") == "invalid_request_error" else "server_error"
    return {
        "code": told["code"] if told["code"] in _ERROR_CODES else code,
        "message": told["message"],
        "param": told.get("param"),
        "type": told["code"],
    }


def _usage(told: dict[str, Any]) -> dict[str, Any]:
    prompt, answer = told.get("prompt_tokens", 0), told.get("completion_tokens", 0)
    details = told.get("prompt_tokens_details") or {}
    cached, written = (details.get(f"{name}_tokens") or 0 for name in ("cached", "cache_write"))
    reasoned = (told.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "output_tokens": answer,
        "output_tokens_details": {"reasoning_tokens": reasoned},
        "total_tokens": prompt + answer,
    }
