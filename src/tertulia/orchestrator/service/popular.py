"""What a workspace asks of its documents most often, so that it can be found ahead of the next who asks.

A bounded count in Valkey after "Efficient Computation of Frequent and Top-k Elements in Data Streams" (Metwally,
Agrawal, El Abbadi, 2005): where the table is full, what is new takes the place and the count of what is rarest.
Questions are sealed with the workspace's key and known by a keyed digest. A workspace that asks nothing for a week is
forgotten.
"""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.cache import UNREADABLE
from tertulia.platform.envelopes import SealBroken
from tertulia.platform.errors import DeadlineExceeded, Unavailable
from tertulia.platform.valkey import Valkey

log = structlog.get_logger()

MOST_KEPT = 200
_KEPT = timedelta(days=7)
_PATIENCE = timedelta(seconds=2)
_COUNTS, _SEALED = "popular", "popular_asked"
_NOTE = """
local counts, asked, name = KEYS[1], KEYS[2], ARGV[1]
if redis.call('ZSCORE', counts, name) then
  redis.call('ZINCRBY', counts, 1, name)
else
  local count = 1
  if redis.call('ZCARD', counts) >= tonumber(ARGV[3]) then
    local rarest = redis.call('ZPOPMIN', counts)
    redis.call('HDEL', asked, rarest[1])
    count = count + rarest[2]
  end
  redis.call('ZADD', counts, count, name)
  redis.call('HSET', asked, name, ARGV[2])
end
redis.call('EXPIRE', counts, ARGV[4])
redis.call('EXPIRE', asked, ARGV[4])
"""


class DocumentSearch(msgspec.Struct, frozen=True, array_like=True):
    """A search as somebody made it; only with that person's rights is it made again."""

    person_id: UUID
    base_ids: tuple[UUID, ...]
    question: str
    limit: int


class PopularSearches:
    def __init__(self, valkey: Valkey, keys: Keys) -> None:
        self._valkey = valkey
        self._keys = keys

    async def note(self, workspace_id: UUID, search: DocumentSearch) -> None:
        """Count it once more. Never fails."""
        try:
            key = await self._keys.of(workspace_id)
            plain = msgspec.msgpack.encode(search)
            name = key.digest(f"{sorted(search.base_ids)}/{search.limit}/{search.question}")
            sealed = key.seal(plain, _place(name))
            places = [f"{kind}:{{{workspace_id}}}" for kind in (_COUNTS, _SEALED)]
            await self._valkey.eval(_NOTE, places, [name, sealed, MOST_KEPT, int(_KEPT.total_seconds())])
        except (Unavailable, DeadlineExceeded, SealBroken) as error:
            log.info("search_not_counted", reason=type(error).__name__)

    async def most(self, workspace_id: UUID, count: int) -> list[DocumentSearch]:
        """The most frequent first. Raises: Unavailable."""
        key = await self._keys.of(workspace_id)
        names = await self._valkey.call("ZREVRANGE", f"{_COUNTS}:{{{workspace_id}}}", 0, count - 1, deadline=_PATIENCE)
        if not names:
            return []
        asked = await self._valkey.call("HMGET", f"{_SEALED}:{{{workspace_id}}}", *names, deadline=_PATIENCE)
        found: list[DocumentSearch] = []
        for name, sealed in zip(names, asked, strict=True):
            with suppress(SealBroken, TypeError, *UNREADABLE):  # sealed with a key that is gone, or dropped since
                found.append(msgspec.msgpack.decode(key.open(sealed, _place(name)), type=DocumentSearch))
        return found

    async def workspaces(self) -> list[UUID]:
        """All that have asked something lately. Raises: ValkeyUnavailable."""
        found: set[bytes] = set()
        cursor = b"0"
        while True:
            scan = ("SCAN", cursor, "MATCH", f"{_COUNTS}:{{*}}", "COUNT", 1000)
            cursor, names = await self._valkey.call(*scan, deadline=_PATIENCE)
            found.update(names)
            if cursor == b"0":
                return sorted(filter(None, map(_workspace, found)))


def _workspace(name: bytes) -> UUID | None:
    """None for a name that is not of our making."""
    with suppress(ValueError):
        return UUID(name.decode().partition("{")[2].rstrip("}"))
    return None


def _place(name: bytes) -> str:
    return f"popular_search/{name.hex()}"
