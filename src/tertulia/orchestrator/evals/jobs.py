"""The job that the orchestrator gives itself for each run over a workspace's own set."""

from typing import ClassVar
from uuid import UUID

from tertulia.platform.message import Job


class RunEvaluation(Job, frozen=True, kw_only=True):
    """Ids only. One for a run that has ended, or is gone, finds nothing to do."""

    subject: ClassVar[str] = "job.orchestrator.run_evaluation.v1"
    workspace_id: UUID
    run_id: UUID
