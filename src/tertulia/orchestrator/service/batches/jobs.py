"""What the orchestrator asks of itself for batches. Ids only."""

from typing import ClassVar
from uuid import UUID

from tertulia.platform.message import Job


class RunBatch(Job, frozen=True, kw_only=True):
    """Runs a slice of it and asks for the next; one for a batch that has ended finds nothing to do."""

    subject: ClassVar[str] = "job.orchestrator.run_batch.v1"
    workspace_id: UUID
    user_id: UUID
    batch_id: UUID
