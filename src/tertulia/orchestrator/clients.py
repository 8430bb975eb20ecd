"""What the orchestrator asks of other services: a conversation's window, from chat."""

from datetime import timedelta
from uuid import UUID

from tertulia.contracts.chat import Window
from tertulia.platform.http import InternalClient

_WINDOW_TIMEOUT = timedelta(seconds=10)


class Chat:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    async def window(self, conversation_id: UUID, answer_id: UUID) -> Window:
        """The branch that leads to an answer. Raises: NotFound, Unavailable, DeadlineExceeded, HttpFailure."""
        path = f"/conversations/{conversation_id}/window?answer_id={answer_id}"
        return await self._client.call("GET", "chat", path, None, Window, timeout=_WINDOW_TIMEOUT)
