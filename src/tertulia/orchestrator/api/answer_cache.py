"""``/api/workspaces/{id}/answer-cache``: whether answers of this workspace may be given again."""

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
        return _view(await chosen.get(of.workspace_id, AnswerReuse))

    @made.put("")
    async def put_answer_cache(of: There, change: AnswerCacheSettings) -> AnswerCacheSettings:
        """Replaces the settings, from the next request on: what is left out is off.

        Switched off, nothing that was kept is given; it ends within the hour.
        """
        reuse = AnswerReuse(exact=change.exact, similar=change.similar)
        await chosen.put(of.workspace_id, of.person_id, reuse)
        return _view(reuse)

    return made


def _view(reuse: AnswerReuse) -> AnswerCacheSettings:
    return AnswerCacheSettings(exact=reuse.exact, similar=reuse.similar)
