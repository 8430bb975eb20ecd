"""How an answer ends in the database, and a conversation's title after it."""

from typing import Any
from uuid import UUID

import msgspec

from tertulia.chat.clients import Orchestrator
from tertulia.chat.owner import Owner
from tertulia.chat.repository import Conversations, Ending, Messages
from tertulia.chat.text import tidy_title
from tertulia.contracts.orchestrator import GenerationRecord, Source, WriteTitle
from tertulia.contracts.stream import cited
from tertulia.platform.db import Database

_TITLE_SOURCE_CHARACTERS = 4000


def ending(delivery_id: UUID, answer_id: UUID, record: GenerationRecord) -> Ending:
    """What a generation's end makes of its answer."""
    text = record.text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Ending(
        delivery_id=delivery_id,
        id=answer_id,
        generation_id=record.generation_id,
        status=record.status,
        parts=[*map(_part, record.sources), *([{"type": "text", "text": text}] if text else [])],
        model=record.model,
        usage=msgspec.to_builtins(record.usage),
        cost_amount=record.cost.amount,
        cost_currency=record.cost.currency,
        error_code=record.error_code,
        error_detail=record.error_detail,
        warnings=record.warnings,
    )


def _part(source: Source) -> dict[str, Any]:
    part: dict[str, Any] = msgspec.to_builtins(cited(source))
    return part


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
