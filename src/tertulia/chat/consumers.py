"""What chat does when the orchestrator tells of an end or auth of a deleted workspace, and the job it gives itself: a
title for a new conversation.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import structlog

from tertulia.chat.clients import Orchestrator
from tertulia.chat.owner import Owner
from tertulia.chat.repository import AlreadyStored, Conversations, Ending, erase_workspace, store_all
from tertulia.chat.service import answers
from tertulia.chat.service.watch import AnswerWatch
from tertulia.contracts.auth import WorkspaceDeleted
from tertulia.contracts.chat import ConversationDeleted
from tertulia.contracts.orchestrator import GenerationFinished
from tertulia.platform.bus import Delivery, PermanentFailure, Subscription
from tertulia.platform.db import Database, GroupCommit, WriteSession
from tertulia.platform.errors import TertuliaError
from tertulia.platform.message import Job

log = structlog.get_logger()

_STORE = "chat_generation_finished"
_TITLE = "chat_write_title"
_STORED_AT_ONCE = 32


class WriteTitle(Job, frozen=True, kw_only=True):
    """Ids only: the text is read when the work begins."""

    subject: ClassVar[str] = "job.chat.write_title.v1"
    workspace_id: UUID
    user_id: UUID
    conversation_id: UUID
    answer_id: UUID


class _Told(msgspec.Struct, frozen=True):
    """An end to be stored, and what its conversation needs then."""

    owner: Owner
    conversation_id: UUID
    ending: Ending


class Consumers(AbstractAsyncContextManager["Consumers"]):
    """Ends that come together are stored together (group commit)."""

    def __init__(self, database: Database, orchestrator: Orchestrator, watch: AnswerWatch) -> None:
        self._database = database
        self._orchestrator = orchestrator
        self._watch = watch
        self._ends = GroupCommit("stored answers", database, _store, most_at_once=_STORED_AT_ONCE)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._ends.__aexit__(kind, error, trace)

    def subscriptions(self) -> list[Subscription[Any]]:
        return [
            Subscription(GenerationFinished, _STORE, self.store_answer, concurrency=32),
            Subscription(
                WriteTitle, _TITLE, self.write_title, concurrency=2, ack_wait=timedelta(seconds=20), max_deliver=3
            ),
            Subscription(WorkspaceDeleted, "chat_workspace_deleted", self.erase, concurrency=1),
        ]

    async def store_answer(self, delivery: Delivery[GenerationFinished]) -> None:
        event = delivery.message
        if event.source != "chat" or event.kind != "chat":
            return
        owner = Owner(_known(event.workspace_id), _known(event.user_id))
        conversation_id, answer_id = _known(event.conversation_id), _known(event.answer_id)
        record = await self._orchestrator.generation(event.generation_id)
        told = _Told(owner, conversation_id, answers.ending(delivery.id, answer_id, record))
        try:
            stored = await self._ends.add(owner.scope, told)
        except AlreadyStored:
            return
        self._watch.tell(answer_id)
        log.info("answer_stored", generation_id=str(event.generation_id), status=record.status, first=stored)

    async def write_title(self, delivery: Delivery[WriteTitle]) -> None:
        """A title is worth one try: the provisional one does, too."""
        job = delivery.message
        owner = Owner(job.workspace_id, job.user_id)
        try:
            await answers.write_title(self._database, self._orchestrator, owner, job.conversation_id, job.answer_id)
        except TertuliaError as error:
            log.warning("title_not_written", code=error.code)

    async def erase(self, delivery: Delivery[WorkspaceDeleted]) -> None:
        """Again and again comes to the same."""
        workspace_id = delivery.message.workspace_id
        rows = await erase_workspace(self._database, workspace_id)
        log.info("workspace_erased", workspace_id=str(workspace_id), rows=rows)


async def _store(session: WriteSession, told: Sequence[_Told]) -> list[bool]:
    """Whether each end was new. What they are told of is one person's."""
    owner = told[0].owner
    stored = await store_all(session, owner, [one.ending for one in told], consumer=_STORE)
    new = [(one, stored[one.ending.id]) for one in told if one.ending.id in stored]
    for one, known in new:
        if one.ending.status == "finished" and known.title_source == "provisional":
            session.publish(
                WriteTitle(
                    workspace_id=owner.workspace_id,
                    user_id=owner.user_id,
                    conversation_id=one.conversation_id,
                    answer_id=one.ending.id,
                )
            )
    if stopped := {one.conversation_id for one, known in new if known.stop_requested}:
        for gone in await Conversations(session, owner).deleted_and_silent(stopped):
            now = datetime.now(UTC)
            session.publish(ConversationDeleted(workspace_id=owner.workspace_id, conversation_id=gone, occurred_at=now))
    return [one.ending.id in stored for one in told]


def _known(value: UUID | None) -> UUID:
    if value is None:
        raise PermanentFailure("the end of a chat answer that does not say whose")
    return value
