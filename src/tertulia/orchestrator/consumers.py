"""What the orchestrator takes from the bus: jobs, the wish to stop, the end of a conversation or of a workspace."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from tertulia.contracts.auth import WorkspaceDeleted
from tertulia.contracts.chat import ConversationDeleted, GenerateAnswer, StopRequested
from tertulia.contracts.orchestrator import WorkspaceSettingsChanged
from tertulia.orchestrator.evals.jobs import EvaluationCancelled, RunEvaluation
from tertulia.orchestrator.knowledge.jobs import IngestDocument
from tertulia.orchestrator.repository import ConversationSummaries, Generations, erase_workspace
from tertulia.orchestrator.service.answers import Answers
from tertulia.orchestrator.service.batches.jobs import RunBatch
from tertulia.orchestrator.service.batches.running import BatchRuns
from tertulia.orchestrator.service.evaluating import EvaluationRuns
from tertulia.orchestrator.service.ingestion import Ingestion
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.own_providers import OwnProviders
from tertulia.orchestrator.service.responses.background import Background
from tertulia.orchestrator.service.responses.jobs import ResponseCancelled, WriteResponse
from tertulia.orchestrator.service.running import Running
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.platform.bus import Delivery, Subscription
from tertulia.platform.db import Database, tenant

log = structlog.get_logger()

_DOCUMENTS_AT_ONCE = 2
_BATCHES_AT_ONCE = 4
_ACK_WAIT = timedelta(seconds=6)
"""After so long without a sign of life a job goes to another worker."""


@dataclass(frozen=True)
class Consumers:
    database: Database
    answers: Answers
    running: Running
    answers_at_once: int
    chosen: WorkspaceSettings
    keys: Keys
    own: OwnProviders
    ingestion: Ingestion
    background: Background
    evaluations: EvaluationRuns
    batches: BatchRuns

    def subscriptions(self) -> list[Subscription[Any]]:
        return [
            Subscription(
                GenerateAnswer,
                "orchestrator_generate_answer",
                self.answers.answer,
                concurrency=self.answers_at_once,
                ack_wait=_ACK_WAIT,
            ),
            Subscription(
                IngestDocument,
                "orchestrator_ingest_document",
                self.ingestion.ingest,
                concurrency=_DOCUMENTS_AT_ONCE,
                ack_wait=timedelta(seconds=20),
                given_up=self.ingestion.give_up,
            ),
            Subscription(
                WriteResponse,
                "orchestrator_write_response",
                self.background.write,
                concurrency=self.answers_at_once,
                ack_wait=_ACK_WAIT,
                given_up=self.background.give_up,
            ),
            Subscription(
                RunBatch,
                "orchestrator_run_batch",
                self.batches.run,
                concurrency=_BATCHES_AT_ONCE,
                ack_wait=_ACK_WAIT,
                given_up=self.batches.give_up,
            ),
            Subscription(ResponseCancelled, "orchestrator_response_cancelled", self.background.stop, broadcast=True),
            Subscription(
                RunEvaluation,
                "orchestrator_run_evaluation",
                self.evaluations.evaluate,
                concurrency=1,
                ack_wait=timedelta(seconds=20),
                given_up=self.evaluations.give_up,
            ),
            Subscription(
                EvaluationCancelled, "orchestrator_evaluation_cancelled", self.evaluations.stop, broadcast=True
            ),
            Subscription(StopRequested, "orchestrator_stop_requested", self.stop, broadcast=True),
            Subscription(WorkspaceSettingsChanged, "orchestrator_settings_changed", self.choose_anew, broadcast=True),
            Subscription(ConversationDeleted, "orchestrator_conversation_deleted", self.forget),
            Subscription(WorkspaceDeleted, "orchestrator_workspace_deleted", self.erase, concurrency=1),
            Subscription(WorkspaceDeleted, "orchestrator_workspace_gone", self.forget_workspace, broadcast=True),
        ]

    async def stop(self, delivery: Delivery[StopRequested]) -> None:
        self.running.stop(delivery.message.generation_id)

    async def choose_anew(self, delivery: Delivery[WorkspaceSettingsChanged]) -> None:
        self.chosen.forget(delivery.message.workspace_id)

    async def forget(self, delivery: Delivery[ConversationDeleted]) -> None:
        message = delivery.message
        async with self.database.write(tenant(message.workspace_id)) as session:
            await Generations(session, message.workspace_id).forget_texts(message.conversation_id)
            await ConversationSummaries(session, message.workspace_id).forget(message.conversation_id)

    async def erase(self, delivery: Delivery[WorkspaceDeleted]) -> None:
        """Doing it again changes nothing."""
        workspace_id = delivery.message.workspace_id
        rows = await erase_workspace(self.database, workspace_id)
        log.info("workspace_erased", workspace_id=str(workspace_id), rows=rows)

    async def forget_workspace(self, delivery: Delivery[WorkspaceDeleted]) -> None:
        """What this process is at for it, and has in memory of it: its key, its providers' keys, its choices."""
        workspace_id = delivery.message.workspace_id
        self.running.erase(workspace_id)
        self.background.stop_all(workspace_id)
        for known in (self.keys, self.own, self.chosen):
            known.forget(workspace_id)
