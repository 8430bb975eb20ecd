"""The line in which documents wait to be read: a few of each workspace stand in it, and the rest behind them.

All workspaces' jobs are done in the order in which they are given. A workspace that brings a thousand files would keep
everybody else's waiting for hours; so its next job is given when one of its own has ended.
"""

from uuid import UUID

from tertulia.orchestrator.knowledge.jobs import IngestDocument
from tertulia.orchestrator.repository.documents import Documents
from tertulia.platform.db import WriteSession

MOST_IN_LINE = 4
"""Of one workspace: what two replicas read at once, so that one that is alone does not wait for itself."""


async def give_next(session: WriteSession, workspace_id: UUID) -> None:
    """Whenever a document has come, or one that stood in the line has ended or is gone."""
    for document_id, version in await Documents(session, workspace_id).stand_in_line(MOST_IN_LINE):
        session.publish(IngestDocument(workspace_id=workspace_id, document_id=document_id, version=version))
