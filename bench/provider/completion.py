"""One chat completion: what is said, in which pieces, when, and what goes wrong on the way.

Each method writes to the connection and to the log entry together, so that the log holds what was emitted and no more.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from bench.provider import text, wire
from bench.provider.behaviour import Behaviour, without_marker
from bench.provider.server import Connection

if TYPE_CHECKING:
    from bench.provider.provider import LogEntry

FAILURES = {
    400: ("The request was refused.", "invalid_request_error", None),
    401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    429: ("Rate limit reached for requests.", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request.", "server_error", None),
    503: ("The engine is currently overloaded, please try again later.", "server_error", None),
}
STREAM_HEADERS = {"cache-control": "no-cache", "openai-processing-ms": "1", "transfer-encoding": "chunked"}


class _Ended(Exception):
    """The connection was reset or cut: nothing more can be said."""


class Exchange:
    def __init__(
        self,
        body: dict[str, Any],
        spoken: str,
        how: Behaviour,
        *,
        seed: int,
        entry: "LogEntry",
        connection: Connection,
    ) -> None:
        self._body = body
        self._how = how
        self._entry = entry
        self._connection = connection
        self._seed = seed
        self._choices = int(body.get("n") or 1)
        self._pieces, self._reason = self._what_to_say(spoken)
        self._identifier = f"chatcmpl-{entry.number:08d}{seed:x}"
        self._started = time.monotonic()

    def run(self, ended: Callable[[], None]) -> Awaitable[None] | None:
        if self._how.immediate:
            try:
                for _ in self._answer():
                    pass
            except _Ended:
                pass
            finally:
                self._close_entry(ended)
            return None
        return self._run_in_time(ended)

    async def _run_in_time(self, ended: Callable[[], None]) -> None:
        try:
            for wait in self._answer():
                if wait is None:
                    await asyncio.get_running_loop().create_future()
                else:
                    await asyncio.sleep(max(0.0, self._started + wait / 1000 - time.monotonic()))
                await self._connection.drained()
        except _Ended:
            pass
        except asyncio.CancelledError:
            self._entry.end = "client_left"
            raise
        finally:
            self._close_entry(ended)

    def _close_entry(self, ended: Callable[[], None]) -> None:
        if self._entry.end == "open":
            self._entry.end = "finished"
        self._entry.ended_at = time.time()
        ended()

    def _what_to_say(self, spoken: str) -> tuple[tuple[str, ...], str]:
        how = self._how
        limit = self._body.get("max_completion_tokens") or self._body.get("max_tokens")
        if how.echo == "all":
            given: str | None = json.dumps(self._body["messages"], ensure_ascii=False)
        elif how.echo is not None:
            given = without_marker(spoken).strip()
        elif self._wants_json():
            given = how.text or '{"answer": "forty-two"}'
        else:
            given = how.text
        if given is not None:
            said = text.cut_into_pieces(given, how.pieces, self._seed)
        else:
            said = text.pieces(self._seed, how.tokens)
        if begun := _begun_answer(self._body["messages"]):
            said = text.after(said, begun)
        if limit is not None and limit < len(said):
            return said[:limit], "length"
        return said, "stop"

    def _answer(self) -> Iterator[float | None]:
        """Writes the answer; yields when to go on, in milliseconds from the start, or ``None`` for never."""
        how = self._how
        if how.reset == -1:
            self._stop("reset", self._connection.reset)
        if how.fail is not None:
            yield how.ttft
            self._fail(how.fail)
            return
        if how.empty:
            self._entry.status = 200
            self._connection.write_response(200, b"", {"content-type": how.content_type or "text/event-stream"})
            return
        if self._body.get("stream"):
            yield from self._stream()
        else:
            yield how.ttft + how.gap * len(self._pieces)
            if how.silent is not None:
                yield None
            self._whole()

    def _fail(self, status: int) -> None:
        message, _, _ = FAILURES.get(status, FAILURES[500])
        headers = {"x-request-id": self._identifier}
        if self._how.retry_after is not None:
            headers["retry-after"] = f"{self._how.retry_after:g}"
        if self._how.content_type is not None:
            headers["content-type"] = self._how.content_type
        self._entry.status, self._entry.end = status, "refused"
        self._connection.write_response(status, self._error(status, message), headers)

    def _whole(self) -> None:
        said = "".join(self._pieces)
        body = self._whole_body(said)
        if self._how.malformed is not None:
            body = body[: len(body) // 2]
        if self._how.cut is not None:
            self._connection.write_head(200, {"content-type": "application/json", "content-length": str(len(body))})
            self._connection.write(body[: len(body) // 2])
            self._stop("cut", self._connection.close)
        self._entry.status, self._entry.emitted, self._entry.pieces = 200, said, len(self._pieces)
        headers = {"x-request-id": self._identifier, "content-type": self._how.content_type or "application/json"}
        self._connection.write_response(200, body, headers)

    def _stream(self) -> Iterator[float | None]:
        how = self._how
        kind = how.content_type or "text/event-stream; charset=utf-8"
        self._connection.write_head(200, {"content-type": kind, "x-request-id": self._identifier, **STREAM_HEADERS})
        self._entry.status = 200
        yield how.ttft
        yield from self._lines(*self._opening())
        if how.early_end:
            yield from self._lines(*self._ending()[: self._choices])
        if how.tool is not None:
            yield from self._lines(*self._tool_events())
        else:
            yield from self._say()
        yield from self._lines(*self._ending() * (2 if how.two_ends else 1))
        self._connection.write(b"0\r\n\r\n")

    def _say(self) -> Iterator[float | None]:
        for at, piece in enumerate(self._pieces):
            if at and self._how.gap:
                yield self._how.ttft + at * self._how.gap
            if at == self._how.silent:
                yield None
            extra = b""
            if at == 0 and self._how.long_line is not None:
                extra = b',"padding":"%b"' % (b"x" * self._how.long_line)
            lines = self._piece(piece, extra)
            self._go_wrong(at, lines)
            self._entry.emitted += piece
            self._entry.pieces += 1
            yield from self._lines(*lines)
        if self._how.silent is not None and self._how.silent >= len(self._pieces):
            yield None
        self._go_wrong(len(self._pieces), [b"{}"])

    def _go_wrong(self, at: int, lines: list[bytes]) -> None:
        how = self._how
        if at == how.reset:
            self._stop("reset", self._connection.reset)
        if at == how.cut:
            self._connection.write_chunk(b"data: " + lines[0][: len(lines[0]) // 2])
            self._stop("cut", self._connection.close)
        if at == how.truncate:
            self._connection.write(b"0\r\n\r\n")
            self._stop("truncated", lambda: None)
        if at == how.malformed:
            lines[0] = lines[0][:-2]
        if at == how.error_at:
            self._connection.write_chunk(self._framed(self._error(500, FAILURES[500][0]), b"\n\n"))
            self._connection.write(b"0\r\n\r\n")
            self._stop("refused", lambda: None)

    def _stop(self, end: str, act: Callable[[], None]) -> None:
        self._entry.end = end
        act()
        raise _Ended

    def _calls(self) -> list[str]:
        return [f"call_{number}" for number in range(1, self._how.calls + 1)]

    def _argument_pieces(self) -> tuple[str, ...]:
        return text.cut_into_pieces(self._how.arguments, "random", self._seed)

    def _usage(self) -> wire.Usage:
        prompt = sum(len(str(message.get("content") or "").split()) + 3 for message in self._body["messages"])
        return wire.Usage(prompt, len(self._pieces) * self._choices, self._how.cached, self._how.usage)

    def _lines(self, *payloads: bytes) -> Iterator[float | None]:
        """Writes server-sent events; in slices with a turn of the loop between them when that is asked for."""
        how = self._how
        end = b"\r\n\r\n" if how.crlf else b"\n\n"
        comment = b": still here" + end if how.comments else b""
        data = b"".join(comment + self._framed(payload, end) for payload in payloads)
        if how.slice is None:
            if data:  # an empty chunk would be the end
                self._connection.write_chunk(data)
            return
        for at in range(0, len(data), how.slice):
            self._connection.write_chunk(data[at : at + how.slice])
            yield 0

    # what is OpenAI's own; another face has its own of each
    def _wants_json(self) -> bool:
        return (self._body.get("response_format") or {}).get("type") in {"json_object", "json_schema"}

    def _error(self, status: int, _: str) -> bytes:
        message, kind, code = FAILURES.get(status, FAILURES[500])
        return wire.error(message, kind, code=code)

    def _whole_body(self, said: str) -> bytes:
        calls = None
        if self._how.tool is not None:
            function = {"name": self._how.tool, "arguments": self._how.arguments}
            calls = [{"id": call, "type": "function", "function": function} for call in self._calls()]
        reason = "tool_calls" if calls else self._reason
        text, refuses = None if calls else said, self._how.refuses
        choices = [wire.choice(i, text, reason, calls, refuses=refuses) for i in range(self._choices)]
        return wire.completion(self._identifier, wire.CREATED, self._body["model"], choices, self._usage())

    def _opening(self) -> list[bytes]:
        self._with_usage = bool((self._body.get("stream_options") or {}).get("include_usage"))
        self._chunks = wire.Chunks(
            self._identifier,
            wire.CREATED,
            self._body["model"],
            with_usage=self._with_usage,
            refuses=self._how.refuses,
        )
        return [self._chunks.role(index) for index in range(self._choices)]

    def _piece(self, piece: str, extra: bytes) -> list[bytes]:
        return [self._chunks.content(index, piece, extra) for index in range(self._choices)]

    def _tool_events(self) -> Iterator[bytes]:
        for index, call in enumerate(self._calls()):
            named = {"name": self._how.tool, "arguments": ""}
            yield self._chunks.tool_call(0, {"index": index, "id": call, "type": "function", "function": named})
            for piece in self._argument_pieces():
                yield self._chunks.tool_call(0, {"index": index, "function": {"arguments": piece}})

    def _ending(self) -> list[bytes]:
        reason = "tool_calls" if self._how.tool is not None else self._reason
        ends = [self._chunks.end(index, reason) for index in range(self._choices)]
        last = [self._chunks.usage(self._usage())] if self._with_usage and self._how.usage != "none" else []
        return ends + last + ([] if self._how.no_done else [b"[DONE]"])

    def _framed(self, payload: bytes, end: bytes) -> bytes:
        return b"data: " + payload + end


def _begun_answer(messages: list[dict[str, Any]]) -> str:
    """What a request puts into the answerer's mouth, to be gone on with."""
    last = messages[-1]
    return last["content"] if last["role"] == "assistant" and isinstance(last["content"], str) else ""
