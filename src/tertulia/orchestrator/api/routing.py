"""``/api/workspaces/{id}/routing``: which model answers a question to ``auto``."""

from uuid import UUID

from fastapi import APIRouter

from tertulia.orchestrator.api.person import There
from tertulia.orchestrator.providers.registry import Catalogue, Catalogues, ModelNotFound
from tertulia.orchestrator.routing import THRESHOLD, Auto, Routing, auto_of
from tertulia.orchestrator.schemas.routing import RoutedBetween, RoutingSettings, RoutingView
from tertulia.orchestrator.service.request import wrong
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings


def router(chosen: WorkspaceSettings, catalogues: Catalogues) -> APIRouter:
    made = APIRouter(prefix="/api/workspaces/{workspace_id}/routing", tags=["routing"])

    async def view(workspace_id: UUID) -> RoutingView:
        routing = await chosen.get(workspace_id, Routing)
        auto = await auto_of(await catalogues(workspace_id))
        return RoutingView(
            small=routing.small,
            strong=routing.strong,
            threshold=routing.threshold,
            in_use=None if auto is None else RoutedBetween(small=auto.pair.small.id, strong=auto.pair.strong.id),
        )

    @made.get("")
    async def get_routing(of: There) -> RoutingView:
        """Between which models `auto` chooses."""
        return await view(of.workspace_id)

    @made.put("")
    async def put_routing(of: There, change: RoutingSettings) -> RoutingView:
        """Counts for the next question."""
        catalogue = await catalogues(of.workspace_id)
        await _require_chatting(catalogue, "small", change.small)
        await _require_chatting(catalogue, "strong", change.strong)
        if change.small is not None and change.small == change.strong:
            raise wrong("strong", "must be another model than the small one")
        threshold = THRESHOLD if change.threshold is None else change.threshold
        await chosen.put(of.workspace_id, of.person_id, Routing(change.small, change.strong, threshold))
        return await view(of.workspace_id)

    return made


async def _require_chatting(catalogue: Catalogue, field: str, named: str | None) -> None:
    if named is None:
        return
    try:
        model = await catalogue.find(named)
    except ModelNotFound:
        raise wrong(field, "is no model of this workspace; GET /api/models lists what there is") from None
    if model.kind != "chat" or isinstance(model, Auto):
        raise wrong(field, "must be a model that chats itself")
