"""The UI message stream's parts, in the shapes of the Vercel AI SDK (header ``x-vercel-ai-ui-message-stream: v1``).

One part is one entry of a generation's log; its sequence number there is the SSE ``id``. ``encode`` gives the JSON
bytes; ``decode`` reads them back. A stream is: start, start-step, data-step*, source-document*, text-start,
text-delta*, source-document*, text-end, finish-step, data-usage, then exactly one of finish, abort or error.
"""

from typing import Any, Literal

import msgspec

from tertulia.contracts.orchestrator import Source


class Part(msgspec.Struct, frozen=True, tag_field="type", kw_only=True, omit_defaults=True, rename="camel"):
    """The base; the tag is the ``type`` on the wire."""


class Start(Part, frozen=True, kw_only=True, tag="start"):
    message_id: str
    message_metadata: dict[str, Any] | None = None


class StartStep(Part, frozen=True, kw_only=True, tag="start-step"):
    pass


class ResetStep(Part, frozen=True, kw_only=True, tag="reset-step"):
    """Forget what this step has said: it begins again."""


class SourceDocument(Part, frozen=True, kw_only=True, tag="source-document"):
    """A passage that the answer was given, before its text; ``provider_metadata.tertulia`` says where it is. The same
    once more behind the text (same ``source_id`` = replace) says which sentences it bears out.
    """

    source_id: str
    media_type: str
    title: str
    filename: str | None = None
    provider_metadata: dict[str, Any]


def cited(source: Source) -> SourceDocument:
    """A passage as its reader is told of it."""
    where: dict[str, Any] = {
        "knowledge_base_id": str(source.knowledge_base_id),
        "document_id": str(source.document_id),
        "chunk_id": str(source.chunk_id),
        "page": source.page,
        "heading": source.heading,
        "number": source.number,
    }
    if source.bears_out:
        where["bears_out"] = source.bears_out
    return SourceDocument(
        source_id=str(source.chunk_id),
        media_type=source.media_type,
        title=source.heading or source.name,
        filename=source.name,
        provider_metadata={"tertulia": where},
    )


class TextStart(Part, frozen=True, kw_only=True, tag="text-start"):
    id: str


class TextDelta(Part, frozen=True, kw_only=True, tag="text-delta"):
    id: str
    delta: str


class TextEnd(Part, frozen=True, kw_only=True, tag="text-end"):
    id: str


class FinishStep(Part, frozen=True, kw_only=True, tag="finish-step"):
    pass


class DataStep(Part, frozen=True, kw_only=True, tag="data-step"):
    """A pipeline step's progress: ``data`` is ``{name, status, milliseconds?, code?, detail?}``; same ``id`` = replace.

    ``code`` and ``detail`` say what the answer has to do without when the step failed or was skipped.
    """

    id: str
    data: dict[str, Any]
    transient: bool = True


class DataQueue(Part, frozen=True, kw_only=True, tag="data-queue"):
    """``data`` is ``{position}`` in the queue before the provider."""

    id: str = "queue"
    data: dict[str, Any]
    transient: bool = True


class DataUsage(Part, frozen=True, kw_only=True, tag="data-usage"):
    """``data`` is ``{usage, cost, model, provider}`` as in a stored message; also ``cache`` where answers
    may be given again: ``hit``, ``similar`` or ``miss``.
    """

    data: dict[str, Any]


class Error(Part, frozen=True, kw_only=True, tag="error"):
    """A terminal part. ``error_text`` says what to do; ``code`` is stable."""

    error_text: str
    code: str | None = None


class Abort(Part, frozen=True, kw_only=True, tag="abort"):
    """A terminal part: the reader stopped the answer."""

    reason: str | None = None


FinishReason = Literal["stop", "length", "content-filter", "tool-calls", "other"]


def as_finish_reason(told: str | None) -> FinishReason:
    """A provider's word for why its answer ended, as this stream has it."""
    return _REASONS.get(told or "stop", "other")


_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content-filter",
    "tool_calls": "tool-calls",
}


class Finish(Part, frozen=True, kw_only=True, tag="finish"):
    """A terminal part: the answer is whole."""

    finish_reason: FinishReason | None = None
    message_metadata: dict[str, Any] | None = None


AnyPart = (
    Start
    | StartStep
    | ResetStep
    | SourceDocument
    | TextStart
    | TextDelta
    | TextEnd
    | FinishStep
    | DataStep
    | DataQueue
    | DataUsage
    | Error
    | Abort
    | Finish
)

encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(AnyPart)


def decode(data: bytes) -> Part:
    part: Part = _decoder.decode(data)
    return part
