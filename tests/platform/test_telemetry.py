"""Telemetry: one trace through calls, nothing when off, no effect when the collector hangs."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send

from tertulia.platform import context, telemetry
from tertulia.platform.http.inbound import Observed


@pytest.fixture
def hanging_collector() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        telemetry.shutdown()


async def _call(headers: list[tuple[bytes, bytes]]) -> list[str]:
    """One request through the middleware; the traceparents seen inside and sent on."""
    seen = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        seen.extend([context.current().traceparent, telemetry.outgoing_traceparent()])
        with telemetry.span("step", kind="x"):
            seen.append(telemetry.outgoing_traceparent())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(*_: object) -> dict[str, str]:
        return {}

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": headers}
    await Observed(app)(scope, nothing, nothing)  # type: ignore[arg-type] # shortened ASGI
    assert context.current().request_id == "", "the context is taken away again"
    return seen


async def test_a_trace_goes_through_while_tracing_is_off() -> None:
    """The trace id is passed on with a new span, so that others' traces stay whole."""
    offered = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    inside, sent, in_span = await _call([(b"traceparent", offered.encode())])
    assert inside == offered
    assert sent[:36] == in_span[:36] == offered[:36]
    assert sent != inside
    assert telemetry.span("a") is telemetry.span("b"), "a span costs nothing"


@pytest.mark.parametrize("bad", ["", "00-0-0-00", "00-" + "0" * 32 + "-" + "b" * 16 + "-01", "xx" * 28])
async def test_a_bad_traceparent_begins_a_new_trace(bad: str) -> None:
    """W3C: what cannot be read is not passed on."""
    inside, *_ = await _call([(b"traceparent", bad.encode())])
    assert inside != bad
    assert context.accept_traceparent(inside) == inside


async def test_a_collector_that_hangs_delays_nothing(hanging_collector: str) -> None:
    """Ten thousand spans while nobody takes them: calls go on, memory is bounded, the stop is short."""
    telemetry.configure("demo", otlp_endpoint=hanging_collector)
    offered = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    inside, sent, in_span = await _call([(b"traceparent", offered.encode())])
    assert inside[:35] == offered[:35]
    assert len({offered, inside, in_span}) == 3
    assert sent == inside
    started = time.monotonic()
    for _ in range(5000):
        with telemetry.span("step"):
            pass
    await asyncio.sleep(0)
    assert time.monotonic() - started < 5
    started = time.monotonic()
    telemetry.shutdown()
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("given", "seconds"), [("1500", 1.5), ("0", 0), ("-1", None), ("soon", None), ("", None), ("9" * 30, None)]
)
def test_deadlines_travel_as_what_is_left(given: str, seconds: float | None) -> None:
    """Milliseconds left; nonsense is no deadline."""
    call = context.CallContext(deadline=context.accept_deadline(given))
    remaining = call.remaining()
    assert remaining is None if seconds is None else remaining == pytest.approx(seconds, abs=0.2)
