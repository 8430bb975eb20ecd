"""What the orchestrator asks of itself for responses in the background. Ids only."""

from typing import ClassVar
from uuid import UUID

from tertulia.platform.message import Event, Job


class WriteResponse(Job, frozen=True, kw_only=True):
    """One for a response that has ended finds nothing to do."""

    subject: ClassVar[str] = "job.orchestrator.write_response.v1"
    workspace_id: UUID
    user_id: UUID
    response_id: UUID
    api_key_id: UUID | None
    plan: str
    lease: str | None


class ResponseCancelled(Event, frozen=True, kw_only=True):
    """Whoever writes it stops: it has ended already."""

    subject: ClassVar[str] = "event.orchestrator.response_cancelled.v1"
    workspace_id: UUID
    response_id: UUID
