"""An answer that is spoken comes with its words: they hold the reader's own data, as those of a written one do."""

import json
from typing import Any

import msgspec

from tertulia.orchestrator.providers.port import Chunk, StreamEvent
from tertulia.orchestrator.service.rewriting import StreamRewriter, restored_answer

VALUES = {"[EMAIL_1]": "ada@example.org"}


def chunk(delta: dict[str, Any], reason: str | None = None) -> StreamEvent:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    raw = json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})
    return StreamEvent(raw.encode(), msgspec.json.decode(raw, type=Chunk))


def test_a_whole_answer_is_restored() -> None:
    """What the recording itself says cannot be changed."""
    message = {
        "role": "assistant",
        "content": None,
        "audio": {"id": "a", "data": "AA==", "transcript": "To [EMAIL_1]."},
    }
    raw = json.dumps({"choices": [{"index": 0, "message": message}]}).encode()
    answer = json.loads(restored_answer(raw, VALUES, json_answer=False, usage=None))
    assert answer["choices"][0]["message"]["audio"] == {"id": "a", "data": "AA==", "transcript": "To ada@example.org."}


def test_a_streamed_answer_is_restored() -> None:
    """Also where a placeholder comes in two pieces; the sound goes on as it came."""
    rewriter = StreamRewriter(VALUES, include_usage=False, json_answer=False)
    events = [
        chunk({"role": "assistant", "audio": {"id": "a", "transcript": "To [EMA"}}),
        chunk({"audio": {"data": "AA==", "transcript": "IL"}}),
        chunk({"audio": {"transcript": "_1]"}}),
        chunk({}, "stop"),
    ]
    frames = b"".join(rewriter.frames(event) for event in events).split(b"\n\n")[:-1]
    told = [json.loads(frame.removeprefix(b"data: "))["choices"][0]["delta"].get("audio", {}) for frame in frames]
    assert "".join(audio.get("transcript", "") for audio in told) == "To ada@example.org"
    assert [audio["data"] for audio in told if "data" in audio] == ["AA=="]
