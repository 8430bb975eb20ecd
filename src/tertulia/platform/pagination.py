"""Pages of a list: opaque cursors, bound by a MAC to the list and the tenant (or person) that they were made for.

A cursor holds the sort key of a row, so that paging neither skips nor repeats when rows come and go. One that was
tampered with, or made for another tenant or list, is refused before any query. Queries are the repositories'.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from fastapi import Query

from tertulia.platform.errors import Unprocessable
from tertulia.platform.wire import Wire

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_MAC_BYTES = 16
_MAX_CURSOR = 512

Row = TypeVar("Row")
Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="how many rows a page has")]
After = Annotated[str | None, Query(max_length=_MAX_CURSOR, description="the `last_id` of the page before")]


class BadCursor(Unprocessable):
    code, title = "bad_cursor", "Not a cursor of this list"


class Page(Wire, Generic[Item]):
    """A list as every route answers it."""

    data: list[Item]
    has_more: bool
    first_id: str | None
    last_id: str | None


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """What a repository found: at most ``limit`` rows, and whether there are more."""

    rows: Sequence[Row]
    has_more: bool

    @classmethod
    def of(cls, rows: Sequence[Row], limit: int) -> "Slice[Row]":
        """From a query for ``limit + 1`` rows."""
        return cls(rows[:limit], len(rows) > limit)


def _id_of(row: Any) -> Sequence[object]:
    return (row.id,)


class Cursors:
    """Makes and reads cursors; ``secret`` is the same in all replicas of a service."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"tertulia cursor", sha256)

    def make(self, list_name: str, owner: object, key: Sequence[object]) -> str:
        """A cursor for the row with this sort key (numbers, text, times, ids)."""
        payload = msgspec.json.encode(key)
        return urlsafe_b64encode(self._mac(list_name, owner, payload) + payload).decode().rstrip("=")

    def read(self, list_name: str, owner: object, cursor: str | None, into: type[Row]) -> Row | None:
        """The sort key as ``into`` (a tuple type); None for no cursor.

        Raises: BadCursor when it was not made for this list and owner.
        """
        if cursor is None:
            return None
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            if hmac.compare_digest(mac, self._mac(list_name, owner, payload)):
                return msgspec.json.decode(payload, type=into)
        except (UnicodeEncodeError, NotBase64, msgspec.DecodeError):
            pass  # each is answered below
        raise BadCursor("`after` is not a cursor of this list. Start again without it.", param="after")

    def read_id(self, list_name: str, owner: object, cursor: str | None) -> UUID | None:
        """As ``read``, of a list in the order of its rows' ids."""
        found = self.read(list_name, owner, cursor, tuple[UUID])
        return None if found is None else found[0]

    def page(
        self,
        list_name: str,
        owner: object,
        found: Slice[Row],
        *,
        key: Callable[[Row], Sequence[object]] = _id_of,
        show: Callable[[Row], Item],
    ) -> Page[Any]:
        """The answer: each row as ``show`` makes it, cursors from the ``key`` of the first and the last."""
        ends = [self.make(list_name, owner, key(row)) for row in (*found.rows[:1], *found.rows[-1:])]
        return Page(
            data=[show(row) for row in found.rows],
            has_more=found.has_more,
            first_id=ends[0] if ends else None,
            last_id=ends[-1] if ends else None,
        )

    def _mac(self, list_name: str, owner: object, payload: bytes) -> bytes:
        """The names are separated by a byte that none of them has."""
        bound = b"\0".join((list_name.encode(), str(owner).encode(), payload))
        return hmac.digest(self._key, bound, sha256)[:_MAC_BYTES]
