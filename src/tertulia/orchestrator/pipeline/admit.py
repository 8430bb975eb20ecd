"""Step ``admit``: waits for the permit of the provider that is asked first, and tells the reader the place in line.

Providers without limits are entered at once. Further attempts take their own permits, in ``respond``.
"""

from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.failover import Failover


class Admit:
    def __init__(self, failover: Failover) -> None:
        self._failover = failover

    async def __call__(self, turn: Turn) -> None:
        """Raises: ProviderFailure; WorkspaceQueueFull, QueueFull, NotAdmittedInTime."""
        turn.call = turn.provider_call(turn.continuation)
        await self._failover.admit(turn.call)
