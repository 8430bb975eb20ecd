"""The job that the orchestrator gives itself for each new content of a document."""

from typing import ClassVar
from uuid import UUID

from tertulia.platform.message import Job


class IngestDocument(Job, frozen=True, kw_only=True):
    """Ids only. One for an older version than the document has finds nothing to do."""

    subject: ClassVar[str] = "job.orchestrator.ingest_document.v1"
    workspace_id: UUID
    document_id: UUID
    version: int
