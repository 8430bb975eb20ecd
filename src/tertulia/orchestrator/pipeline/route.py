"""Step ``route``: for a question to the model ``auto``, chooses who answers it."""

from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.registry import Catalogues
from tertulia.orchestrator.routing import AUTO, Auto, Demand


def may_be_chosen(turn: Turn) -> bool:
    return turn.job.model == AUTO


class Route:
    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    async def __call__(self, turn: Turn) -> None:
        """Raises: ModelNotFound, NoModel; Unavailable."""
        model = await (await self._catalogues(turn.job.workspace_id)).find(turn.job.model)
        if isinstance(model, Auto):
            turn.choice = model.choose(Demand.of_texts([(one.role, one.text) for one in turn.conversation]))
