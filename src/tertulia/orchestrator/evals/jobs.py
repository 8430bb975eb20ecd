"""What the orchestrator asks of itself for each run over a workspace's own set. Ids only."""

from typing import ClassVar
from uuid import UUID

from tertulia.platform.message import Event, Job


class RunEvaluation(Job, frozen=True, kw_only=True):
    """Some of a run's questions. One for a run that has ended, or is gone, finds nothing to do."""

    subject: ClassVar[str] = "job.orchestrator.run_evaluation.v1"
    workspace_id: UUID
    run_id: UUID


class EvaluationCancelled(Event, frozen=True, kw_only=True):
    """Whoever asks its questions stops: it has ended already."""

    subject: ClassVar[str] = "event.orchestrator.evaluation_cancelled.v1"
    workspace_id: UUID
    run_id: UUID
