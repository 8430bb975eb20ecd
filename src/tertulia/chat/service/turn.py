"""A question becomes an answer that is being generated: one transaction writes both, and the job.

The same question sent again finds its answer and never makes a second one. Following the answer is ``answer_stream``'s
part; generating it the orchestrator's, which fetches the text when it begins.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from prometheus_client import Counter

from tertulia.chat.clients import Orchestrator
from tertulia.chat.models import Conversation, Message
from tertulia.chat.owner import Owner
from tertulia.chat.repository import (
    Before,
    Branch,
    Conversations,
    Messages,
    Place,
    Touched,
    add_messages,
    leading_to,
    placing,
    touching,
)
from tertulia.chat.schemas import Ask
from tertulia.chat.service.choice import chosen
from tertulia.chat.service.windows import Windows
from tertulia.chat.text import MAX_MODEL_CHARACTERS, keepable, message_parts, provisional_title
from tertulia.contracts.chat import GenerateAnswer
from tertulia.contracts.orchestrator import log_name
from tertulia.platform import idempotency
from tertulia.platform.db import Database, Rows, WriteSession
from tertulia.platform.errors import Conflict, NotFound, Unprocessable
from tertulia.platform.ids import uuid7
from tertulia.platform.sequence_log import LogReader
from tertulia.platform.valkey import ValkeyUnavailable

_TURNS = Counter("tertulia_chat_turns_total", "Questions taken", ["trigger", "outcome"])
_TICK = timedelta(microseconds=1)
_SETTLING_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.05


class AnswerRunning(Conflict):
    code: ClassVar[str] = "answer_running"
    title: ClassVar[str] = "The answer before this is not finished"

    def __init__(self, generation_id: UUID | None) -> None:
        super().__init__("Wait for the answer to end, stop it, or ask on another branch.")
        self.generation_id = generation_id


class ConversationDeleted(Conflict):
    code: ClassVar[str] = "conversation_deleted"
    title: ClassVar[str] = "The conversation is deleted"


class BadId(Unprocessable):
    code: ClassVar[str] = "bad_id"
    title: ClassVar[str] = "Not an id"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a turn is taken: the workspace's plan, the gateway's lease, the client's name for this try."""

    plan: str
    lease: str | None = None
    key: idempotency.Key | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    answer: Message
    begun: bool
    """False when the answer was there before: somebody else's call, or an earlier one of this client's, began it."""


class Turns:
    def __init__(self, database: Database, log: LogReader, orchestrator: Orchestrator, windows: Windows) -> None:
        self._database = database
        self._log = log
        self._orchestrator = orchestrator
        self._windows = windows

    async def take(self, owner: Owner, ask: Ask, terms: Terms) -> Turn:
        """Raises: the refusals above, NotFound, MessageIdTaken, KeyReused, and those of ``text``."""
        conversation_id = known_id(owner, ask.id, "id")
        if ask.model is not None and not 0 < len(keepable(ask.model, "model")) <= MAX_MODEL_CHARACTERS:
            raise Unprocessable(f"A model's name has 1 to {MAX_MODEL_CHARACTERS} characters.", param="model")
        asked = _asked(owner, ask)
        given = ask.knowledge_base_ids
        bases = None if given is msgspec.UNSET else await chosen(self._orchestrator, owner, given)
        give_up = time.monotonic() + _SETTLING_SECONDS
        while True:
            try:
                now = datetime.now(UTC)
                opening = [touching(owner, conversation_id, now)]
                if asked is not None:
                    opening.append(placing(owner, conversation_id, asked.id))
                async with self._database.write(owner.scope, opening) as session:
                    taking = _Taking(session, owner, conversation_id, ask, terms=terms, bases=bases, now=now)
                    turn = await (taking.regenerate() if asked is None else taking.submit(asked))
            except AnswerRunning as running:
                if time.monotonic() > give_up or not await self._has_been_read(running.generation_id):
                    raise
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            else:
                if session.ended and (branch := Branch.of(session.ended[0])) is not None:
                    self._windows.keep(turn.answer.id, branch)
                _TURNS.labels(ask.trigger, "begun" if turn.begun else "joined").inc()
                return turn

    async def _has_been_read(self, generation_id: UUID | None) -> bool:
        """Whether its readers know its end already: then it is only on its way into the database."""
        try:
            newest = await self._log.newest(log_name(generation_id)) if generation_id else None
        except ValkeyUnavailable:
            return False
        return newest is not None and newest.end


def known_id(owner: Owner, client_id: str, field: str) -> UUID:
    resolved = owner.resolve(client_id)
    if resolved is None:
        raise BadId(f"`{field}` is a UUID, or 1 to 64 letters, digits, `_` and `-`.", param=field)
    return resolved


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and the one that it takes the place of."""

    id: UUID
    parts: list[dict[str, Any]]
    edited: UUID | None = None


def _asked(owner: Owner, ask: Ask) -> _Asked | None:
    """None to regenerate. A client may edit under the old id: then the new text makes the id, so that the same
    edit sent again is known.
    """
    if ask.trigger == "regenerate-message":
        return None
    if ask.message is None:
        raise Unprocessable("There is no message to answer.", param="message")
    parts = message_parts(ask.message.parts)
    question_id = known_id(owner, ask.message.id, "message.id")
    if ask.messageId is None:
        return _Asked(question_id, parts)
    edited = known_id(owner, ask.messageId, "messageId")
    if edited == question_id:
        digest = sha256(msgspec.json.encode(parts)).hexdigest()
        return _Asked(owner.derive(f"edit/{edited}/{digest}"), parts, edited)
    return _Asked(question_id, parts, edited)


class _Taking:
    """One question, in its transaction. The conversation's row is locked first: turns of it come one after another."""

    def __init__(
        self,
        session: WriteSession,
        owner: Owner,
        conversation_id: UUID,
        ask: Ask,
        *,
        terms: Terms,
        bases: list[UUID] | None,
        now: datetime,
    ) -> None:
        self._session = session
        self._owner = owner
        self._conversation_id = conversation_id
        self._ask = ask
        self._terms = terms
        self._given_bases = bases
        self._bases: list[UUID] = bases or []
        self._conversations = Conversations(session, owner)
        self._messages = Messages(session, owner)
        self._now = now

    async def submit(self, asked: _Asked) -> Turn:
        place = await self._open_conversation(asked)
        if place.known:
            return await self._join(asked)
        parent: Message | Before | None
        if asked.edited:
            parent = await self._parent_of_edit(asked.edited)
        elif self._ask.parent_id is msgspec.UNSET:
            parent = place.newest  # what runs after an answer is newer than it
        else:
            parent = await self._parent(self._ask.parent_id)
        if parent is not None and parent.status == "generating" and not asked.edited:
            raise AnswerRunning(parent.generation_id)
        parent_id = parent.id if parent else None
        if not asked.edited and self._ask.parent_id is not msgspec.UNSET:
            running = await self._messages.running_after(self._conversation_id, parent_id)
            if running is not None:
                raise AnswerRunning(running)
        asked_at = self._after(parent)
        question = {
            "id": asked.id,
            "conversation_id": self._conversation_id,
            "parent_id": parent_id,
            "role": "user",
            "status": "finished",
            "parts": asked.parts,
            "model": None,
            "generation_id": None,
            "created_at": asked_at,
            "ended_at": asked_at,
        }
        answer = self._answer(uuid7(), asked.id, asked_at + _TICK)
        add_messages(self._session, self._owner, [question, answer])
        return self._begin(answer)

    async def regenerate(self) -> Turn:
        conversation = _touched(self._session.opened[0])
        if conversation is None:
            raise _no_such_message()
        if conversation.deleted_at is not None:
            raise _deleted()
        await self._choose(conversation)
        key = self._terms.key
        if key is not None:
            await idempotency.bind(self._session, self._owner.scope, key)
        question_id, named = await self._question_to_repeat()
        answer_id = self._owner.derive(f"regenerate/{question_id}/{key.name}") if key else uuid7()
        known = await self._messages.get(answer_id) if key else None
        newest = known or await self._messages.newest_answer_to(question_id)
        if known is None and newest is not None and newest.status == "generating" and newest.id == named:
            raise AnswerRunning(newest.generation_id)
        if newest is not None and (known is not None or newest.status == "generating"):
            return Turn(newest, begun=False)
        answer = self._answer(answer_id, question_id, self._after(newest))
        add_messages(self._session, self._owner, [answer])
        return self._begin(answer, anew=True)

    async def _open_conversation(self, asked: _Asked) -> Place:
        touched, placed = self._session.opened
        conversation: Conversation | Touched | None = _touched(touched)
        title = provisional_title(asked.parts)
        if conversation is None:
            conversation = await self._conversations.create(self._conversation_id, title, "provisional", self._now)
        if conversation is None:  # another call has just made it
            touched = await self._session.ask(touching(self._owner, self._conversation_id, self._now))
            placed = await self._session.ask(placing(self._owner, self._conversation_id, asked.id))
            conversation = _touched(touched)
        if conversation is None:
            raise NotFound("There is no such conversation.", param="id")
        if conversation.deleted_at is not None:
            raise _deleted()
        if not conversation.title:
            await self._conversations.provide_title(self._conversation_id, title)
        await self._choose(conversation)
        return Place.of(placed)

    async def _choose(self, conversation: Conversation | Touched) -> None:
        """The knowledge bases that were named now, or else those that the conversation remembers."""
        if self._given_bases is None:
            self._bases = conversation.knowledge_base_ids
        elif self._given_bases != conversation.knowledge_base_ids:
            await self._conversations.choose(self._conversation_id, self._given_bases)

    async def _join(self, asked: _Asked) -> Turn:
        """This question was asked before: its answer, whatever has become of it."""
        known = await self._messages.get(asked.id)
        answer = await self._messages.newest_answer_to(asked.id)
        if known is None or answer is None:
            raise _id_taken()
        if known.conversation_id != self._conversation_id or known.parts != asked.parts:
            raise _id_taken()
        return Turn(answer, begun=False)

    async def _parent_of_edit(self, edited: UUID) -> Message | None:
        original = await self._messages.get(edited)
        if original is None or original.conversation_id != self._conversation_id or original.role != "user":
            raise _no_such_message()
        return await self._messages.get(original.parent_id) if original.parent_id else None

    async def _parent(self, given: UUID | str | None) -> Message | None:
        if given is None:
            return None
        parent = await self._messages.get(known_id(self._owner, str(given), "parent_id"))
        if parent is None or parent.conversation_id != self._conversation_id or parent.role != "assistant":
            raise NotFound("`parent_id` names no answer of this conversation.", param="parent_id")
        return parent

    async def _question_to_repeat(self) -> tuple[UUID, UUID | None]:
        """The question, and the answer that was named to be repeated."""
        if self._ask.messageId is None:
            named = await self._messages.newest_answer(self._conversation_id)
        else:
            named = await self._messages.get(known_id(self._owner, self._ask.messageId, "messageId"))
        if named is None or named.conversation_id != self._conversation_id:
            raise _no_such_message()
        if named.role == "user":
            return named.id, None
        if named.parent_id is None:
            raise _no_such_message()
        return named.parent_id, named.id

    def _after(self, earlier: Message | Before | None) -> datetime:
        """Now, but never before what it follows, whatever the clock of that replica said."""
        return max(self._now, earlier.created_at + _TICK) if earlier else self._now

    def _answer(self, answer_id: UUID, question_id: UUID, created_at: datetime) -> dict[str, Any]:
        return {
            "id": answer_id,
            "conversation_id": self._conversation_id,
            "parent_id": question_id,
            "role": "assistant",
            "status": "generating",
            "parts": [],
            "model": self._ask.model,
            "generation_id": uuid7(),
            "created_at": created_at,
            "ended_at": None,
        }

    def _begin(self, answer: dict[str, Any], *, anew: bool = False) -> Turn:
        self._session.publish(
            GenerateAnswer(
                workspace_id=self._owner.workspace_id,
                user_id=self._owner.user_id,
                generation_id=answer["generation_id"],
                conversation_id=self._conversation_id,
                question_id=answer["parent_id"],
                answer_id=answer["id"],
                plan=self._terms.plan,
                model=self._ask.model,
                lease=self._terms.lease,
                knowledge_base_ids=tuple(self._bases),
                anew=anew,
                requested_at=self._now,
            )
        )
        self._session.ask_at_end(leading_to(self._conversation_id, answer["id"]))
        own = {"workspace_id": self._owner.workspace_id, "user_id": self._owner.user_id}
        return Turn(Message(**own, **answer), begun=True)


def _touched(rows: Rows) -> Touched | None:
    return Touched(*rows[0]) if rows else None


def _id_taken() -> Conflict:
    return Conflict("Another message has this id. Give the message a new one.", param="message.id")


def _deleted() -> ConversationDeleted:
    return ConversationDeleted("This conversation is deleted. Bring it back first.")


def _no_such_message() -> NotFound:
    return NotFound("There is no such message in this conversation.", param="messageId")
