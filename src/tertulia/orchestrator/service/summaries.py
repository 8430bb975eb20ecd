"""Summaries of conversations: written by a model, in pieces that it can read at once, and kept sealed.

One is known by a digest of the last message that it stands for: a message's id names the whole branch that led to it,
and its text is hashed too, so that no summary outlives what it was made of. Rows are kept a week, the cache an hour;
both hold what only the workspace's key opens.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from tertulia.contracts.chat import GenerateAnswer, WindowMessage
from tertulia.orchestrator.pipeline.budget import characters
from tertulia.orchestrator.pipeline.prompts import CONDENSE, NOTE_DOWN, NOTE_TAKER, SUMMARISE, fenced
from tertulia.orchestrator.pipeline.summary import MOST_CHARACTERS, Recalled, Summary, read
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.repository.summaries import ConversationSummaries, Kept
from tertulia.orchestrator.service.asides import Aside, Asides
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.cache import UNREADABLE, Cache
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import DataKey, SealBroken
from tertulia.platform.errors import TertuliaError
from tertulia.platform.valkey import Valkey

log = structlog.get_logger()

_CACHED = timedelta(hours=1)
_MOST_TOKENS = 500
_READ_AT_ONCE = 2_500
"""Characters of messages that a small model notes something of; it notes little of what is long."""

_MOST_PIECES = 24
"""In one go; the next question goes on from there."""


class SummaryUnusable(TertuliaError):
    status, code, title = 502, "summary_unusable", "The model wrote no summary"


class Summaries:
    def __init__(self, database: Database, valkey: Valkey, keys: Keys, asides: Asides) -> None:
        self._database = database
        self._valkey = valkey
        self._keys = keys
        self._asides = asides

    async def known(self, job: GenerateAnswer, messages: Sequence[WindowMessage]) -> Recalled | None:
        """The latest that stands for a beginning of these messages. Raises: Unavailable."""
        workspace, conversation = job.workspace_id, job.conversation_id
        key = await self._keys.of(workspace)
        counts = {_digest(key, message): count for count, message in enumerate(messages[:-1], 1)}
        if not counts:
            return None

        async def load() -> list[Kept]:
            async with self._database.read(tenant(workspace)) as session:
                return await ConversationSummaries(session, workspace).latest(conversation, list(counts))

        found = await self._cache(workspace).get_or_load(str(messages[-2].id), _CACHED, load, list[Kept])
        if not found or found[0].digest not in counts:
            return None
        try:
            plain = key.open(found[0].sealed, _place(conversation, found[0].digest))
            return Recalled(counts[found[0].digest], msgspec.msgpack.decode(plain, type=Summary))
        except (SealBroken, *UNREADABLE):
            log.warning("summary_unreadable", conversation_id=str(conversation))
            return None  # it is written anew

    async def extend(
        self, job: GenerateAnswer, model: Model, messages: Sequence[WindowMessage], known: Recalled | None, upto: int
    ) -> Recalled:
        """One that stands for the first ``upto`` messages; each piece of the way is kept.

        Raises: SummaryUnusable; ProviderFailure, QueueFull and the like; PersonalDataBlocked; Unavailable.
        """
        recalled = known or Recalled(0, Summary())
        aside = Aside("summary", job.workspace_id, job.user_id, model.id, _MOST_TOKENS)
        small = model.is_small
        readable = characters(max(model.context // 2, model.context - _MOST_TOKENS)) - MOST_CHARACTERS
        pieces = list(_pieces(messages[recalled.count : upto], _READ_AT_ONCE if small else max(readable, 1000)))
        for piece in pieces[:_MOST_PIECES]:
            summary = await self._with_news(aside, recalled.summary, piece, small=small)
            recalled = Recalled(recalled.count + len(piece), summary)
            await self._keep(job, messages[recalled.count - 1], after=messages[-1], summary=summary)
        return recalled

    async def _with_news(
        self, aside: Aside, before: Summary, messages: Sequence[WindowMessage], *, small: bool
    ) -> Summary:
        told = [fenced("message", message.text, role=message.role) for message in messages]
        if small:
            written = await self._asides.ask(aside, NOTE_TAKER, "\n".join((*told, "", NOTE_DOWN)))
        else:
            written = await self._asides.ask(aside, SUMMARISE, "\n".join((fenced("notes", before.told()), *told)))
        if not written.strip():
            raise SummaryUnusable("The model wrote nothing. The conversation goes on without a summary.")
        summary = before.with_news(read(written))
        if small or len(summary.told()) <= MOST_CHARACTERS:
            return summary.cut_to(MOST_CHARACTERS)
        shorter = read(await self._asides.ask(aside, CONDENSE, fenced("notes", summary.told())))
        return (shorter if shorter.keeps_decisions_of(summary) else summary).cut_to(MOST_CHARACTERS // 2)

    async def _keep(self, job: GenerateAnswer, last: WindowMessage, *, after: WindowMessage, summary: Summary) -> None:
        """The next question that comes behind ``after`` finds it in the cache."""
        key = await self._keys.of(job.workspace_id)
        digest = _digest(key, last)
        kept = Kept(digest, key.seal(msgspec.msgpack.encode(summary), _place(job.conversation_id, digest)))
        async with self._database.write(tenant(job.workspace_id)) as session:
            await ConversationSummaries(session, job.workspace_id).put(job.conversation_id, kept)
        await self._cache(job.workspace_id).put(str(after.id), _CACHED, [kept])

    def _cache(self, workspace_id: UUID) -> Cache:
        return Cache(self._valkey, workspace_id, "conversation_summary")


def _pieces(messages: Sequence[WindowMessage], readable: int) -> Iterator[list[WindowMessage]]:
    """As many messages at a time as may be read at once; of one that is too long its beginning counts."""
    piece: list[WindowMessage] = []
    left = readable
    for message in messages:
        short = msgspec.structs.replace(message, text=message.text[: readable // 2])
        if piece and len(short.text) > left:
            yield piece
            piece, left = [], readable
        piece.append(short)
        left -= len(short.text)
    if piece:
        yield piece


def _digest(key: DataKey, message: WindowMessage) -> bytes:
    return key.digest(f"{message.id}/{message.text}")


def _place(conversation_id: UUID, digest: bytes) -> str:
    return f"conversation_summary/{conversation_id}/{digest.hex()}"
