"""Responses that are written while the client waits, and what those in the background have in common with them.

A whole response is the end of a stream that nobody saw. It is stored before its last event, so that whoever has read
that can go on from it; where it could not be stored it says so itself: ``store`` is false.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.pipeline.respond import estimate
from tertulia.orchestrator.providers.registry import Catalogues
from tertulia.orchestrator.schemas.responses import ResponseRequest
from tertulia.orchestrator.service.completions import Call, Completions, Customer
from tertulia.orchestrator.service.preparing import Preparing
from tertulia.orchestrator.service.request import Prepared, convert, options_in, parse, wrong
from tertulia.orchestrator.service.responses.asked import chat_body, new_response
from tertulia.orchestrator.service.responses.attached import attach
from tertulia.orchestrator.service.responses.conversations import Conversations
from tertulia.orchestrator.service.responses.events import ResponseEvents
from tertulia.orchestrator.service.responses.items import Item, items_of, require_answered
from tertulia.orchestrator.service.responses.kept import Kept, KeptResponses, require_room, sealed, shown
from tertulia.orchestrator.service.responses.metadata import require_metadata
from tertulia.orchestrator.service.responses.references import resolved
from tertulia.orchestrator.service.responses.truncation import fitting
from tertulia.platform import sse
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import SealBroken
from tertulia.platform.errors import DeadlineExceeded, Forbidden, Unavailable
from tertulia.platform.ids import uuid7

log = structlog.get_logger()

_LONGEST_EVENT = 16 * 1024 * 1024
_DONE = b"[DONE]"


class Asked(msgspec.Struct, frozen=True):
    """A request that can be answered: ``raw`` as it came, ``kept`` as it will be stored."""

    id: UUID
    raw: bytes
    kept: Kept
    prepared: Prepared

    @property
    def background(self) -> bool:
        return bool(self.kept.asked.background)

    @property
    def stream(self) -> bool:
        return bool(self.kept.asked.stream)


class Responses:
    def __init__(
        self,
        database: Database,
        kept: KeptResponses,
        completions: Completions,
        reserve: int,
        *,
        catalogues: Catalogues,
        preparing: Preparing,
        conversations: Conversations,
    ) -> None:
        """``reserve``: tokens of a model's window that are kept for an answer without a bound."""
        self._database = database
        self._kept = kept
        self._completions = completions
        self._catalogues = catalogues
        self._preparing = preparing
        self._conversations = conversations
        self._reserve = reserve

    async def prepare(self, customer: Customer, raw: bytes, *, whole_as: UUID | None = None) -> Asked:
        """With ``whole_as`` the answer is asked for as a whole, and the response has this id.

        Raises: what ``request.prepare``, ``resolved`` and ``attach`` raise; ResponseNotFound, ResponseNotFinished,
        ConversationTooLong.
        """
        request = convert(parse(raw), ResponseRequest)
        _require_known(request)
        if whole_as is not None and request.conversation is not None:
            raise wrong("conversation", "a line of a batch cannot go on with one: send its items")
        place, response_id = (customer.workspace_id, person_of(customer)), whole_as or uuid7()
        before = await self._before(place, request)
        given = await resolved(self._kept, *place, request.input, before)
        new = items_of(given, response_id)
        await attach(self._preparing.files(customer), given, new)
        items = [*before, *new]
        require_room(items)
        require_answered(items, len(new))
        response = new_response(shown(response_id), int(time.time()), request)
        kept = Kept(msgspec.structs.replace(request, input=""), items, response, len(new))
        prepared = await self.chat(customer, kept, stream=whole_as is None)
        response["model"] = prepared.model.id
        return Asked(response_id, raw, kept, prepared)

    async def _before(self, place: tuple[UUID, UUID], request: ResponseRequest) -> list[Item]:
        if (earlier := request.previous_response_id) is not None:
            return await self._kept.conversation(*place, earlier)
        if (named := request.conversation_id) is not None:
            return (await self._conversations.get(place, named, param="conversation"))[1].items
        return []

    async def count(self, customer: Customer, raw: bytes) -> bytes:
        """How many tokens a request would send to its model, in JSON. Raises: what ``prepare`` raises."""
        prepared = (await self.prepare(customer, raw)).prepared
        usage = await estimate(prepared.model.name, prepared.prompt, "")
        return msgspec.json.encode({"object": "response.input_tokens", "input_tokens": usage.prompt_tokens})

    async def chat(self, customer: Customer, kept: Kept, *, stream: bool = True) -> Prepared:
        """The chat request that says the same. Raises: what ``request.prepare`` raises."""
        asked, items = kept.asked, kept.items
        if asked.truncation == "auto":
            documents = bool(options_in(asked.metadata).knowledge_base_ids)
            model = await (await self._catalogues(customer.workspace_id)).find(asked.model)
            items = await fitting(asked, items, model, self._reserve, documents=documents)
        return await self._preparing(customer, chat_body(asked, items, stream=stream))

    async def heard(self, call: Call) -> AsyncGenerator[list[dict[str, Any]]]:
        """The chunks of a chat answer as they come. Raises: what ``Completions.stream`` raises."""
        parser = sse.Parser(_LONGEST_EVENT)
        async with aclosing(self._completions.stream(call)) as pieces:
            async for piece in pieces:
                yield [msgspec.json.decode(data) for data in parser.feed(piece) if data != _DONE]

    async def stream(self, customer: Customer, asked: Asked) -> AsyncGenerator[bytes]:
        """The events, ready to be sent. Raises: what ``Completions.stream`` raises, before the first only."""
        events = ResponseEvents(asked.kept.response)
        async with aclosing(self.heard(Call(customer, asked.prepared))) as batches:
            async for chunks in batches:
                frames = [*events.begin(), *(frame for chunk in chunks for frame in events.hear(chunk))]
                if frames:
                    yield b"".join(frames)
        frames = events.finish()
        await self._store(customer, asked)
        yield b"".join([*frames, events.terminal()])

    async def complete(self, customer: Customer, asked: Asked) -> bytes:
        """The response in JSON. Raises: what ``Completions.stream`` raises."""
        async with aclosing(self.stream(customer, asked)) as pieces:
            async for _ in pieces:
                pass
        return msgspec.json.encode(asked.kept.response)

    async def answer(self, customer: Customer, raw: bytes, generation_id: UUID) -> bytes:
        """The response to a batch's line in JSON, booked once under this id; not stored, for a line may be made again.

        Raises: what ``prepare`` and ``Completions.complete`` raise.
        """
        asked = await self.prepare(customer, raw, whole_as=generation_id)
        response = asked.kept.response
        response["store"] = False
        answer = await self._completions.complete(Call(customer, asked.prepared, asked.id))
        events = ResponseEvents(response)
        for _ in events.hear(_as_chunk(msgspec.json.decode(answer))):
            pass
        events.finish()
        return msgspec.json.encode(response)

    async def _store(self, customer: Customer, asked: Asked) -> None:
        kept, place = asked.kept, (customer.workspace_id, person_of(customer))
        stored = kept.asked.store is not False
        if not stored and kept.asked.conversation_id is None:
            return
        try:
            key = await self._kept.key(place[0])
            async with self._database.write(tenant(place[0])) as session:
                await self._conversations.extend(session, key, place, kept)
                if stored:
                    content = sealed(key, place[0], asked.id, kept)
                    await self._kept.add(session, place, asked.id, kept.response, content)
        except (Unavailable, DeadlineExceeded, SealBroken) as error:
            log.warning("response_not_stored", code=error.code)
            kept.response.update(store=False, conversation=None)


def _as_chunk(answer: dict[str, Any]) -> dict[str, Any]:
    """A whole chat answer as the one chunk of a streamed one."""
    choices = []
    for choice in answer.get("choices") or ():
        message = choice.get("message") or {}
        calls = [{**call, "index": index} for index, call in enumerate(message.get("tool_calls") or ())]
        choices.append({**choice, "delta": {**message, "tool_calls": calls}})
    return {**answer, "choices": choices}


def _require_known(request: ResponseRequest) -> None:
    """Nothing that OpenAI keeps for its clients is asked for, and metadata is within its bounds, but for what is ours.

    Raises: Unprocessable.
    """
    if request.conversation is not None and request.previous_response_id is not None:
        raise wrong("conversation", "cannot be used together with `previous_response_id`")
    if request.prompt is not None:
        raise wrong("prompt", "is not supported: send `instructions` and `input`")
    require_metadata({name: value for name, value in (request.metadata or {}).items() if name != "tertulia"})


def person_of(customer: Customer) -> UUID:
    """Whose responses they are. Raises: Forbidden."""
    if customer.user_id is None:
        raise Forbidden("Responses are kept for a person. Use a key that a person has made.")
    return customer.user_id
