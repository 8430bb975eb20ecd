"""``GET /api/models``: the models that this installation offers, for the chat's page."""

from datetime import UTC, datetime

from fastapi import APIRouter

from tertulia.orchestrator.api.person import In
from tertulia.orchestrator.providers.prices import FREE, shown
from tertulia.orchestrator.providers.registry import Catalogues, Model
from tertulia.orchestrator.routing import Auto
from tertulia.orchestrator.schemas.models import ModelShown, ModelsShown


def router(catalogues: Catalogues) -> APIRouter:
    made = APIRouter()

    @made.get("/api/models")
    async def list_models(by: In) -> ModelsShown:
        """The models that chat, the default marked."""
        catalogue = await catalogues(by.workspace_id)
        models = await catalogue.models()
        default = catalogue.default()
        return ModelsShown(data=[_shown(model, default) for model in models if model.kind == "chat"])

    return made


def _shown(model: Model, default: Model | None) -> ModelShown:
    price = model.price_at(datetime.now(UTC))
    return ModelShown(
        id=model.id,
        name=model.name,
        provider=model.provider,
        context=model.context,
        default=model is default,
        input_price=None if price is None else shown(price.input),
        output_price=None if price is None else shown(price.output),
        currency="USD" if price is None else price.currency,
        free=price == FREE,
        capabilities=None if model.capabilities is None else [*model.capabilities],
        chooses_from=[model.pair.small.id, model.pair.strong.id] if isinstance(model, Auto) else None,
    )
