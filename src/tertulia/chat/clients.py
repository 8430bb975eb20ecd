"""What chat asks of the orchestrator: how a generation ended, and a title."""

from datetime import timedelta
from uuid import UUID

from tertulia.contracts.orchestrator import GenerationRecord, Title, WriteTitle
from tertulia.platform.http import InternalClient

_TITLE_TIMEOUT = timedelta(seconds=30)
_RECORD_TIMEOUT = timedelta(seconds=10)


class Orchestrator:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    async def generation(self, generation_id: UUID) -> GenerationRecord:
        return await self._client.call(
            "GET",
            "orchestrator",
            f"/internal/orchestrator/generations/{generation_id}",
            None,
            GenerationRecord,
            timeout=_RECORD_TIMEOUT,
        )

    async def title(self, wanted: WriteTitle) -> str:
        answer = await self._client.call(
            "POST", "orchestrator", "/internal/orchestrator/titles", wanted, Title, timeout=_TITLE_TIMEOUT
        )
        return answer.title
