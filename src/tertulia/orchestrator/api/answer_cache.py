"""``/api/workspaces/{id}/answer-cache``: whether answers of this workspace may be given again."""

import msgspec
from fastapi import APIRouter

from tertulia.orchestrator.api.person import There
from tertulia.orchestrator.reuse import AnswerReuse
from tertulia.orchestrator.schemas.answer_cache import AnswerCacheSettings
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings


def router(chosen: WorkspaceSettings) -> APIRouter:
    made = APIRouter(prefix="/api/workspaces/{workspace_id}/answer-cache", tags=["assistant"])

    @made.get("")
    async def get_answer_cache(of: There) -> AnswerCacheSettings:
        """Whether answers are given again in this workspace."""
        return AnswerCacheSettings(**msgspec.structs.asdict(await chosen.get(of.workspace_id, AnswerReuse)))

    @made.put("")
    async def put_answer_cache(of: There, change: AnswerCacheSettings) -> AnswerCacheSettings:
        """Replaces the settings, from the next request on: what is left out is off.

        Switched off, nothing that was kept is given; it ends within the hour.
        """
        await chosen.put(of.workspace_id, of.person_id, AnswerReuse(**change.model_dump()))
        return change

    return made
