"""``/api/workspaces/{id}/providers``: a workspace's own keys at providers that it pays itself."""

from fastapi import APIRouter, Response

from tertulia.orchestrator.api.person import There
from tertulia.orchestrator.schemas.own_providers import (
    OwnProviderChange,
    OwnProviderView,
    OwnProviderViews,
    ProviderName,
)
from tertulia.orchestrator.service.own_providers import OwnProvider, OwnProviders, Wish


def router(own: OwnProviders) -> APIRouter:
    made = APIRouter(prefix="/api/workspaces/{workspace_id}/providers", tags=["models"])

    @made.get("")
    async def list_providers(of: There) -> OwnProviderViews:
        """The workspace's own providers, without their keys."""
        listed = await own.of(of.workspace_id)
        return OwnProviderViews(data=[_view(one) for one in listed.providers])

    @made.put("/{name}")
    async def put_provider(of: There, name: ProviderName, change: OwnProviderChange) -> OwnProviderView:
        """Adds a provider, or replaces the one of that name. Its key is tried by asking for the models."""
        wish = Wish(
            name,
            change.kind,
            change.base_url,
            change.api_key.get_secret_value() if change.api_key else None,
            tuple(dict.fromkeys(change.models)) if change.models else None,
        )
        return _view(await own.put(of.workspace_id, of.person_id, wish))

    @made.delete("/{name}", status_code=204)
    async def remove_provider(of: There, name: ProviderName) -> Response:
        """Its models are gone for the next question; its key is forgotten."""
        await own.remove(of.workspace_id, of.person_id, name)
        return Response(status_code=204)

    return made


def _view(one: OwnProvider) -> OwnProviderView:
    return OwnProviderView(
        name=one.name, kind=one.kind, base_url=one.base_url, key_end=one.key_end, models=list(one.models)
    )
