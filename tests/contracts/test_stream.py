"""The stream's parts as the AI SDK's clients read them."""

import pytest

from tertulia.contracts import stream


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (None, "stop"),
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content-filter"),
        ("tool_calls", "tool-calls"),
        ("eos", "other"),
    ],
)
def test_a_providers_reason_becomes_one_that_the_stream_knows(told: str | None, shown: str) -> None:
    """A client's schema knows six words and refuses the rest."""
    part = stream.decode(stream.encode(stream.Finish(finish_reason=stream.as_finish_reason(told))))
    assert part == stream.Finish(finish_reason=shown)  # type: ignore[arg-type] # parametrised


def test_parts_are_written_as_the_protocol_has_them() -> None:
    """Camel case, the type first, nothing that is not set."""
    assert stream.encode(stream.Start(message_id="a")) == b'{"type":"start","messageId":"a"}'
    assert stream.encode(stream.TextDelta(id="t", delta="x")) == b'{"type":"text-delta","id":"t","delta":"x"}'
    assert stream.encode(stream.Error(error_text="No.", code="c")) == b'{"type":"error","errorText":"No.","code":"c"}'
