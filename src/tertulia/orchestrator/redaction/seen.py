"""What was found in texts that were read before: a conversation's earlier messages come again with each question.

Texts are known by digests under a key of this process's own, and by the workspace; no text is kept.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class Seen(Generic[T]):
    """The ``most`` latest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._secret = os.urandom(32)
        self._found: OrderedDict[bytes, T] = OrderedDict()

    def known(self, workspace_id: UUID, texts: Iterable[str]) -> tuple[dict[str, T], dict[str, bytes]]:
        """What was found in those that were read before, and the digests of the others, to ``put`` it by."""
        found: dict[str, T] = {}
        new: dict[str, bytes] = {}
        keyed = hashlib.blake2b(digest_size=16, key=self._secret, person=workspace_id.bytes)
        for text in texts:
            one = keyed.copy()  # for a third of what making one costs: a window has hundreds of values
            one.update(text.encode("utf-8", "surrogatepass"))
            digest = one.digest()
            seen = self._found.get(digest)
            if seen is None:
                new[text] = digest
            else:
                self._found.move_to_end(digest)
                found[text] = seen
        return found, new

    def put(self, digest: bytes, found: T) -> T:
        self._found[digest] = found
        if len(self._found) > self._most:
            self._found.popitem(last=False)
        return found
