"""Answers that are given again, in Valkey for an hour: with placeholders, sealed, by a keyed digest of the request.

Nothing is read or kept for a workspace that has not opted in. Whatever is away, the model is asked.
"""

from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.redaction.policy import PrivacyPolicy
from tertulia.orchestrator.reuse import MOST_CHARACTERS, AnswerReuse, KeptAnswer, Outcome, reusable
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.similar_answers import SimilarQuestions, first_question
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.platform.cache import UNREADABLE, Cache
from tertulia.platform.envelopes import DataKey, SealBroken
from tertulia.platform.errors import DeadlineExceeded, Unavailable
from tertulia.platform.valkey import Valkey

log = structlog.get_logger()

_KEPT = timedelta(hours=1)


class KeptAnswers:
    def __init__(
        self, valkey: Valkey, keys: Keys, chosen: WorkspaceSettings, embedder: LocalEmbedder | None = None
    ) -> None:
        """Without ``embedder`` no other words are the same question."""
        self._valkey = valkey
        self._keys = keys
        self._chosen = chosen
        self._embedder = embedder

    async def look_up(self, workspace_id: UUID, model: Model, body: bytes) -> "LookUp | None":
        """``body`` is what the provider would be sent. None where no answer may be given again. Never fails."""
        try:
            choice = await self._chosen.get(workspace_id, AnswerReuse)
            if not (choice.exact or choice.similar) or (asked := reusable(body)) is None:
                return None
            policy = await self._chosen.get(workspace_id, PrivacyPolicy)
            key = await self._keys.of(workspace_id)
        except (Unavailable, DeadlineExceeded, SealBroken) as error:
            log.info("answer_not_looked_up", reason=type(error).__name__)
            return None
        looked = LookUp(Cache(self._valkey, workspace_id, "exact_answer"), key, _digest(key, model, asked).hex())
        if choice.exact and await looked.look():
            return looked
        if choice.similar and self._embedder is not None and (first := first_question(asked)) is not None:
            question, around = first
            cache = Cache(self._valkey, workspace_id, "similar_answer")
            told = _digest(key, model, [around, policy])
            await looked.look_beside(question, SimilarQuestions(cache, key, told, self._embedder), cache)
        return looked


class LookUp:
    """One request's place among the kept answers."""

    def __init__(self, cache: Cache, key: DataKey, name: str) -> None:
        self._cache = cache
        self._key = key
        self._name = name
        self._beside: tuple[str, SimilarQuestions] | None = None
        self.found: KeptAnswer | None = None
        self.told: Outcome = "miss"

    async def look(self) -> bool:
        """Whether the very request was answered."""
        sealed = await self._cache.get(self._name, bytes)
        self.found = None if sealed is None else self._opened(sealed, self._name)
        self.told = "miss" if self.found is None else "hit"
        return self.found is not None

    async def look_beside(self, question: str, similar: SimilarQuestions, counted: Cache) -> None:
        """The answer to the same question in other words."""
        self._beside = question, similar
        for name in await similar.find(question):
            sealed = await self._cache.peek(name, bytes)
            if sealed is not None and (found := self._opened(sealed, name)) is not None:
                self.found, self.told = found, "similar"
                break
        counted.count("miss" if self.found is None else "hit")

    async def keep(self, answer: KeptAnswer) -> None:
        """For the next who asks it. Never fails."""
        if answer.text and len(answer.text) <= MOST_CHARACTERS:
            sealed = self._key.seal(msgspec.msgpack.encode(answer), _place(self._name))
            await self._cache.put(self._name, _KEPT, sealed)
            if self._beside is not None:
                question, similar = self._beside
                await similar.keep(question, self._name, _KEPT)

    def _opened(self, sealed: bytes, name: str) -> KeptAnswer | None:
        try:
            return msgspec.msgpack.decode(self._key.open(sealed, _place(name)), type=KeptAnswer)
        except (SealBroken, *UNREADABLE):
            log.warning("kept_answer_unreadable")
            return None


def _digest(key: DataKey, model: Model, asked: object) -> bytes:
    told = msgspec.json.encode([model.provider, model.id, asked], order="deterministic")
    return key.digest(told.decode())


def _place(name: str) -> str:
    return f"exact_answer/{name}"
