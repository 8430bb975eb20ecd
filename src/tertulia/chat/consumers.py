"""What chat does when the orchestrator tells of an end, and the job it gives itself: a title for a new conversation."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import structlog

from tertulia.chat.clients import Orchestrator
from tertulia.chat.owner import Owner
from tertulia.chat.service import answers
from tertulia.chat.service.watch import AnswerWatch
from tertulia.contracts.orchestrator import GenerationFinished
from tertulia.platform.bus import Delivery, PermanentFailure, Subscription
from tertulia.platform.db import Database
from tertulia.platform.errors import TertuliaError
from tertulia.platform.message import Job

log = structlog.get_logger()

_STORE = "chat_generation_finished"
_TITLE = "chat_write_title"


class WriteTitle(Job, frozen=True, kw_only=True):
    """Ids only: the text is read when the work begins."""

    subject: ClassVar[str] = "job.chat.write_title.v1"
    workspace_id: UUID
    user_id: UUID
    conversation_id: UUID
    answer_id: UUID


@dataclass(frozen=True)
class Consumers:
    database: Database
    orchestrator: Orchestrator
    watch: AnswerWatch

    def subscriptions(self) -> list[Subscription[Any]]:
        return [
            Subscription(GenerationFinished, _STORE, self.store_answer, concurrency=32),
            Subscription(
                WriteTitle, _TITLE, self.write_title, concurrency=2, ack_wait=timedelta(seconds=20), max_deliver=3
            ),
        ]

    async def store_answer(self, delivery: Delivery[GenerationFinished]) -> None:
        event = delivery.message
        if event.source != "chat" or event.kind != "chat":
            return
        owner = Owner(_known(event.workspace_id), _known(event.user_id))
        conversation_id, answer_id = _known(event.conversation_id), _known(event.answer_id)
        record = await self.orchestrator.generation(event.generation_id)
        async with self.database.write(owner.scope) as session:
            if not await session.first_time(delivery.id, _STORE):
                return
            stored = await answers.store_end(session, owner, answer_id, record)
            if stored and record.status == "finished" and await answers.needs_title(session, owner, conversation_id):
                session.publish(
                    WriteTitle(
                        workspace_id=owner.workspace_id,
                        user_id=owner.user_id,
                        conversation_id=conversation_id,
                        answer_id=answer_id,
                    )
                )
        self.watch.tell(answer_id)
        log.info("answer_stored", generation_id=str(event.generation_id), status=record.status, first=stored)

    async def write_title(self, delivery: Delivery[WriteTitle]) -> None:
        """A title is worth one try: the provisional one does, too."""
        job = delivery.message
        owner = Owner(job.workspace_id, job.user_id)
        try:
            await answers.write_title(self.database, self.orchestrator, owner, job.conversation_id, job.answer_id)
        except TertuliaError as error:
            log.warning("title_not_written", code=error.code)


def _known(value: UUID | None) -> UUID:
    if value is None:
        raise PermanentFailure("the end of a chat answer that does not say whose")
    return value
