"""How an answer ends in the database, and what leads to one: the orchestrator's side of chat."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from tertulia.chat.clients import Orchestrator
from tertulia.chat.owner import Owner
from tertulia.chat.repository import Answers, Conversations, Messages
from tertulia.chat.text import tidy_title
from tertulia.contracts.chat import MAX_WINDOW_CHARACTERS, Window, WindowMessage
from tertulia.contracts.orchestrator import GenerationRecord, Source, WriteTitle
from tertulia.contracts.stream import cited
from tertulia.platform.db import Database, WriteSession, purpose
from tertulia.platform.errors import NotFound

_TITLE_SOURCE_CHARACTERS = 4000


async def window(database: Database, conversation_id: UUID, answer_id: UUID) -> Window:
    """The branch that leads to an answer. The question is always in it; older messages as far as they fit, whole."""
    async with database.write(purpose("window")) as session:  # on the primary: the answer may be younger than a replica
        answer = await Answers(session).find(conversation_id, answer_id)
        if answer is None:
            raise NotFound("There is no such answer.")
        branch = await Answers(session).branch_before(answer)
    kept: list[WindowMessage] = []
    room = MAX_WINDOW_CHARACTERS
    said = [message for message in branch if message.text]
    for message in said:
        room -= len(message.text)
        if kept and room < 0:
            break
        kept.append(WindowMessage(message.id, message.role, message.text))
    return Window(tuple(reversed(kept)), len(said) - len(kept), answer.stop_requested_at is not None)


async def store_end(session: WriteSession, owner: Owner, answer_id: UUID, record: GenerationRecord) -> bool:
    """Writes a generation's end into its answer, once; False when it was there, or its conversation is gone."""
    text = record.text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return await Messages(session, owner).end(
        answer_id,
        record.generation_id,
        record.status,
        parts=[*map(_part, record.sources), *([{"type": "text", "text": text}] if text else [])],
        model=record.model,
        usage=msgspec.to_builtins(record.usage),
        cost_amount=record.cost.amount,
        cost_currency=record.cost.currency,
        error_code=record.error_code,
        error_detail=record.error_detail,
        warnings=list(record.warnings),
        ended_at=datetime.now(UTC),
    )


def _part(source: Source) -> dict[str, Any]:
    part: dict[str, Any] = msgspec.to_builtins(cited(source))
    return part


async def needs_title(session: WriteSession, owner: Owner, conversation_id: UUID) -> bool:
    """Whether its title is still the one that was made up from the first question."""
    conversation = await Conversations(session, owner).get(conversation_id)
    return conversation is not None and conversation.title_source == "provisional"


async def write_title(
    database: Database, orchestrator: Orchestrator, owner: Owner, conversation_id: UUID, answer_id: UUID
) -> None:
    """Gives a conversation its title after its first answer, unless a person was quicker."""
    async with database.read(owner.scope) as session:
        conversation = await Conversations(session, owner).get(conversation_id)
        messages = Messages(session, owner)
        answer = await messages.get(answer_id)
        question = await messages.get(answer.parent_id) if answer and answer.parent_id else None
    if conversation is None or conversation.title_source != "provisional" or answer is None or question is None:
        return
    title = tidy_title(
        await orchestrator.title(
            WriteTitle(
                workspace_id=owner.workspace_id,
                user_id=owner.user_id,
                question=question.text[:_TITLE_SOURCE_CHARACTERS],
                answer=answer.text[:_TITLE_SOURCE_CHARACTERS],
                model=answer.model,
            )
        )
    )
    if title:
        async with database.write(owner.scope) as session:
            await Conversations(session, owner).name_by_machine(conversation_id, title)
