"""The ``Provider`` of another protocol than OpenAI's: one way over HTTP, with each protocol's translation behind it."""

import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec

from tertulia.orchestrator.providers.failures import ProviderFailure, ProviderLied, ProviderRejected
from tertulia.orchestrator.providers.file import ProviderSpec
from tertulia.orchestrator.providers.mending import sound
from tertulia.orchestrator.providers.port import Chunk, Deadlines, StreamEvent, Whole, WholeAnswer, says_something
from tertulia.orchestrator.providers.transport import UNREADABLE, Transport, fed
from tertulia.platform import sse
from tertulia.platform.http import HttpClient


class Translator(Protocol):
    """One streamed answer. ``id`` and ``model`` are known once the first event has been translated."""

    id: str
    model: str
    done: bool

    @property
    def ended(self) -> bool: ...

    def chunks(self, event: Any) -> Iterable[dict[str, Any]]:
        """What an event says, as OpenAI's ``choices`` and ``usage``. Raises: ProviderFailure."""
        ...


class Dialect(Protocol):
    """Pure translation, there and back. Shapes that cannot be are ProviderLied; so is any KeyError and the like."""

    list_path: str

    def headers(self, key: str | None) -> dict[str, str]: ...

    def request(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """The path and the body for an OpenAI-style one. Raises: ProviderRejected."""
        ...

    def answer(self, told: Any) -> dict[str, Any]:
        """A whole answer as OpenAI's ``id``, ``model``, ``choices`` and ``usage``. Raises: ProviderFailure."""
        ...

    def translator(self) -> Translator: ...

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderFailure: ...

    def listed(self, told: Any) -> list[str]: ...


class TranslatedProvider:
    """One entry of the registry, with one of its keys."""

    def __init__(
        self, spec: ProviderSpec, http: HttpClient, deadlines: Deadlines, dialect: Dialect, key: str | None = None
    ) -> None:
        self.spec = spec
        self._dialect = dialect
        headers = dialect.headers(key or next(iter(spec.keys), None))
        self._transport = Transport(spec, http, deadlines, headers, dialect.refused)

    def stream(self, body: bytes) -> AbstractAsyncContextManager[AsyncIterator[list[StreamEvent]]]:
        path, asked = self._dialect.request(body)
        return self._transport.stream(path, msgspec.json.encode(asked), _Reader(self._dialect.translator()))

    async def complete(self, body: bytes) -> WholeAnswer:
        path, asked = self._dialect.request(body)
        told = sound(await self._transport.post(path, msgspec.json.encode(asked)))
        with _believing_nothing():
            said = self._dialect.answer(msgspec.json.decode(told))
            raw = msgspec.json.encode({"object": "chat.completion", "created": int(time.time()), **said})
            return WholeAnswer(raw, msgspec.json.decode(raw, type=Whole))

    async def embed(self, body: bytes) -> bytes:  # noqa: ARG002 - the port's signature
        raise ProviderRejected("This provider's models do not embed texts here. Choose another model.", param="model")

    async def models(self) -> list[str]:
        told = await self._transport.get(self._dialect.list_path)
        with _believing_nothing():
            return self._dialect.listed(msgspec.json.decode(told))


class _Reader:
    """The ``Reader`` of a stream that is translated."""

    def __init__(self, translator: Translator) -> None:
        self._parser = sse.Parser()
        self._translator = translator
        self._created = int(time.time())
        self.alive = False
        self.begun = False
        self.failure: ProviderFailure | None = None

    @property
    def ended(self) -> bool:
        return self._translator.ended

    @property
    def done(self) -> bool:
        return self._translator.done

    def feed(self, piece: bytes) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        try:
            found = fed(self._parser, piece)
            self.alive = bool(found)
            for raw in found:
                with _believing_nothing():
                    events += map(self._event, self._translator.chunks(msgspec.json.decode(sound(raw))))
        except ProviderFailure as failure:
            self.failure = failure
        return events

    def _event(self, said: dict[str, Any]) -> StreamEvent:
        head = {"id": self._translator.id, "object": "chat.completion.chunk", "created": self._created}
        raw = msgspec.json.encode({**head, "model": self._translator.model, "usage": None, **said})
        chunk = msgspec.json.decode(raw, type=Chunk)
        self.begun = self.begun or says_something(chunk)
        return StreamEvent(raw, chunk)


class _believing_nothing:  # noqa: N801 - reads as what it is, a context
    """What has not the promised shape is the provider's lie, not our error."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(
            error, (msgspec.MsgspecError, RecursionError, KeyError, IndexError, TypeError, ValueError, AttributeError)
        ):
            raise ProviderLied(UNREADABLE) from error


def delta(index: int, *, finish: str | None = None, **said: Any) -> dict[str, Any]:
    """A chunk of one choice."""
    return {"choices": [{"index": index, "delta": said, "finish_reason": finish}]}


def usage(prompt: Sequence[Any], completion: Sequence[Any], *, cached: Any, written: Any = 0) -> dict[str, Any] | None:
    """As OpenAI says it, from the parts that the provider tells; None for numbers that cannot be.

    ``cached`` and ``written`` say how much of the prompt was read from the provider's cache, and written to it.
    """
    if any(not isinstance(count, int) or count < 0 for count in (*prompt, *completion, cached, written)):
        return None
    asked, said = sum(prompt), sum(completion)
    return {
        "prompt_tokens": asked,
        "completion_tokens": said,
        "total_tokens": asked + said,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
    }
