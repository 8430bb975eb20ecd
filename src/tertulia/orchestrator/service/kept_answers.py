"""Answers that are given again, in Valkey for an hour: with placeholders, sealed, by a keyed digest of the request.

Nothing is read or kept for a workspace that has not opted in. Whatever is away, the model is asked.
"""

from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.reuse import MOST_CHARACTERS, AnswerReuse, KeptAnswer, reusable
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.platform.cache import Cache
from tertulia.platform.envelopes import DataKey, SealBroken
from tertulia.platform.errors import DeadlineExceeded, Unavailable
from tertulia.platform.valkey import Valkey

log = structlog.get_logger()

_KEPT = timedelta(hours=1)


class KeptAnswers:
    def __init__(self, valkey: Valkey, keys: Keys, chosen: WorkspaceSettings) -> None:
        self._valkey = valkey
        self._keys = keys
        self._chosen = chosen

    async def look_up(self, workspace_id: UUID, model: Model, body: bytes) -> "LookUp | None":
        """``body`` is what the provider would be sent. None where no answer may be given again. Never fails."""
        try:
            if not (await self._chosen.get(workspace_id, AnswerReuse)).exact:
                return None
            if (asked := reusable(body)) is None:
                return None
            key = await self._keys.of(workspace_id)
        except (Unavailable, DeadlineExceeded, SealBroken) as error:
            log.info("answer_not_looked_up", reason=type(error).__name__)
            return None
        told = msgspec.json.encode([model.provider, model.id, asked], order="deterministic")
        looked = LookUp(Cache(self._valkey, workspace_id, "exact_answer"), key, key.digest(told.decode()).hex())
        await looked.look()
        return looked


class LookUp:
    """One request's place among the kept answers."""

    def __init__(self, cache: Cache, key: DataKey, name: str) -> None:
        self._cache = cache
        self._key = key
        self._name = name
        self.found: KeptAnswer | None = None

    async def look(self) -> None:
        sealed = await self._cache.get(self._name, bytes)
        if sealed is None:
            return
        try:
            self.found = msgspec.msgpack.decode(self._key.open(sealed, self._place), type=KeptAnswer)
        except (SealBroken, msgspec.DecodeError):
            log.warning("kept_answer_unreadable")

    async def keep(self, answer: KeptAnswer) -> None:
        """For the next who asks it. Never fails."""
        if answer.text and len(answer.text) <= MOST_CHARACTERS:
            sealed = self._key.seal(msgspec.msgpack.encode(answer), self._place)
            await self._cache.put(self._name, _KEPT, sealed)

    @property
    def _place(self) -> str:
        return f"exact_answer/{self._name}"
