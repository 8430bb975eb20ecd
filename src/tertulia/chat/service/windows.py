"""What leads to an answer, as the orchestrator fetches it: kept from the transaction that took the question.

A worker asks for it a moment later and once. Another replica may be asked, or it may be too late, or too long to be
kept: then it is read from the database.
"""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from tertulia.chat.repository import Branch, branch_before
from tertulia.contracts.chat import MAX_WINDOW_CHARACTERS, Window, WindowMessage
from tertulia.platform.db import Database
from tertulia.platform.errors import NotFound

_KEPT_SECONDS = 2.0
"""A stop that another replica takes meanwhile reaches the worker as an event."""
_MOST_KEPT = 500
_KEPT_CHARACTERS = 32_000
"""So many times the most kept are 16 million characters."""


class Windows:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[UUID, tuple[float, Window]] = {}

    def keep(self, answer_id: UUID, branch: Branch) -> None:
        """For its first reader, within seconds."""
        now = asyncio.get_running_loop().time()
        while self._kept and (len(self._kept) >= _MOST_KEPT or self._is_past(next(iter(self._kept)), now)):
            del self._kept[next(iter(self._kept))]
        if sum(len(message.text) for message in branch.messages) <= _KEPT_CHARACTERS:
            self._kept[answer_id] = now + _KEPT_SECONDS, _fitting(branch)

    def forget(self, answer_ids: Iterable[UUID]) -> None:
        """Somebody wants no answer any more: the window tells it, when it is read anew."""
        for answer_id in answer_ids:
            self._kept.pop(answer_id, None)

    async def of(self, conversation_id: UUID, answer_id: UUID) -> Window:
        """Raises: NotFound."""
        if answer_id in self._kept and not self._is_past(answer_id, asyncio.get_running_loop().time()):
            return self._kept.pop(answer_id)[1]
        branch = await branch_before(self._database, conversation_id, answer_id)
        if branch is None:
            raise NotFound("There is no such answer.")
        return _fitting(branch)

    def _is_past(self, answer_id: UUID, now: float) -> bool:
        return self._kept[answer_id][0] < now


def _fitting(branch: Branch) -> Window:
    """The question is always in it; older messages as far as they fit, whole."""
    kept: list[WindowMessage] = []
    room = MAX_WINDOW_CHARACTERS
    for message in branch.messages:
        room -= len(message.text)
        if kept and room < 0:
            break
        kept.append(message)
    return Window(tuple(reversed(kept)), len(branch.messages) - len(kept), branch.stop_requested)
