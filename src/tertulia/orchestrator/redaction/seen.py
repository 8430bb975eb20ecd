"""What was found in texts that were read before: a conversation's earlier messages come again with each question.

Texts are known by digests under a key of this process's own, and by the workspace; no text is kept.
"""

import hashlib
import os
from collections import OrderedDict
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class Seen(Generic[T]):
    """The ``most`` latest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._secret = os.urandom(32)
        self._found: OrderedDict[bytes, T] = OrderedDict()

    def get(self, digest: bytes) -> T | None:
        """``digest`` as ``digest`` gives it: of a long text it costs more than to look."""
        found = self._found.get(digest)
        if found is not None:
            self._found.move_to_end(digest)
        return found

    def put(self, digest: bytes, found: T) -> T:
        self._found[digest] = found
        if len(self._found) > self._most:
            self._found.popitem(last=False)
        return found

    def digest(self, workspace_id: UUID, text: str) -> bytes:
        encoded = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(encoded, digest_size=16, key=self._secret, person=workspace_id.bytes).digest()
