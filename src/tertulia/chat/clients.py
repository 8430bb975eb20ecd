"""What chat asks of the orchestrator: how a generation ended, a title, and which knowledge bases there are."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from tertulia.chat.owner import Owner
from tertulia.contracts.orchestrator import GenerationRecord, KnownKnowledgeBases, Title, WriteTitle
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

    async def usable(self, owner: Owner, base_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of these knowledge bases this person may ask."""
        ids = ",".join(map(str, base_ids))
        query = f"workspace_id={owner.workspace_id}&user_id={owner.user_id}&ids={ids}"
        known = await self._client.call(
            "GET", "orchestrator", f"/internal/orchestrator/knowledge-bases?{query}", None, KnownKnowledgeBases
        )
        return frozenset(known.ids)

    async def title(self, wanted: WriteTitle) -> str:
        answer = await self._client.call(
            "POST", "orchestrator", "/internal/orchestrator/titles", wanted, Title, timeout=_TITLE_TIMEOUT
        )
        return answer.title
