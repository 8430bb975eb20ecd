"""Batches as their makers see them: asked for, looked at, cancelled."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tertulia.orchestrator.repository.batches import ENDED, Batches, BatchRecord
from tertulia.orchestrator.service.api_files import ApiFiles
from tertulia.orchestrator.service.batches.jobs import RunBatch
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.errors import Conflict, NotFound, RateLimited, Unprocessable
from tertulia.platform.ids import uuid7

WINDOW = timedelta(hours=24)
_MOST_UNFINISHED = 20


class BatchNotFound(NotFound):
    code, title = "batch_not_found", "No such batch"


class BatchHasEnded(Conflict):
    code, title = "batch_has_ended", "The batch has ended"


class TooManyBatches(RateLimited):
    code, title = "too_many_batches", "Too many batches are running"


class BatchService:
    """For one person in one workspace at a time."""

    def __init__(self, database: Database, files: ApiFiles) -> None:
        self._database = database
        self._files = files

    async def create(
        self,
        session: WriteSession,
        place: tuple[UUID, UUID],
        *,
        endpoint: str,
        input_file_id: str,
        metadata: dict[str, str],
        output_seconds: int | None,
        plan: str,
        api_key_id: UUID | None,
    ) -> UUID:
        """Row and job together; ``place``: the workspace and the person. Raises: FileNotFound, TooManyBatches."""
        workspace_id, person_id = place
        file = await self._files.find(workspace_id, person_id, input_file_id)
        if file.purpose != "batch":
            raise Unprocessable("A batch reads a file whose purpose is `batch`.", param="input_file_id")
        batches = Batches(session, workspace_id, person_id)
        if await batches.unfinished() >= _MOST_UNFINISHED:
            raise TooManyBatches(f"{_MOST_UNFINISHED} batches of this workspace have not ended. Wait for one of them.")
        batch_id = uuid7()
        await batches.add(
            batch_id,
            api_key_id=api_key_id,
            plan=plan,
            endpoint=endpoint,
            input_file_id=file.id,
            batch_metadata=metadata,
            output_seconds=output_seconds,
            expires_at=datetime.now(UTC) + WINDOW,
        )
        session.publish(RunBatch(workspace_id=workspace_id, user_id=person_id, batch_id=batch_id))
        return batch_id

    async def get(self, workspace_id: UUID, person_id: UUID, shown_id: str) -> BatchRecord:
        """Raises: BatchNotFound, also for somebody else's."""
        batch_id = batch_uuid(shown_id)
        async with self._database.write(tenant(workspace_id)) as session:
            found = None if batch_id is None else await Batches(session, workspace_id, person_id).find(batch_id)
        if found is None:
            raise BatchNotFound(f"There is no batch `{shown_id}`.")
        return found

    async def page(self, workspace_id: UUID, person_id: UUID, limit: int, after: UUID | None) -> list[BatchRecord]:
        async with self._database.read(tenant(workspace_id)) as session:
            return await Batches(session, workspace_id, person_id).page(limit, after)

    async def cancel(self, workspace_id: UUID, person_id: UUID, shown_id: str) -> BatchRecord:
        """Lines that are being answered are still recorded. Raises: BatchNotFound, BatchHasEnded."""
        found = await self.get(workspace_id, person_id, shown_id)
        if found.status in ENDED:
            raise BatchHasEnded(f"The batch is {found.status}.")
        if found.status != "cancelling":
            async with self._database.write(tenant(workspace_id)) as session:
                await Batches(session, workspace_id, person_id).become(found.id, "cancelling")
        return await self.get(workspace_id, person_id, shown_id)


def shown_batch(batch_id: UUID) -> str:
    return f"batch_{batch_id.hex}"


def batch_uuid(shown_id: str) -> UUID | None:
    try:
        return UUID(hex=shown_id.removeprefix("batch_")) if shown_id.startswith("batch_") else None
    except ValueError:
        return None


def counts(record: BatchRecord) -> dict[str, Any]:
    return {"total": record.total, "completed": record.completed, "failed": record.failed}
