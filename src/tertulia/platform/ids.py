"""Time-ordered identifiers (UUIDv7, RFC 9562), made in the process so that a row's id is known before it is written.

Ids of one process rise strictly, also within a millisecond and when the clock steps back: new rows go to the end of
their indexes, and sorting by id is sorting by birth.
"""

import os
import time
from uuid import UUID

_COUNTER_BITS = 12 + 18
_RANDOM_BITS = 44
_last = 0


def uuid7() -> UUID:
    """48 bits of milliseconds, 30 bits of counter with a random start (RFC 9562 §6.2, method 1), 44 random bits."""
    global _last  # noqa: PLW0603 - the order holds for the whole process
    tick = time.time_ns() // 1_000_000 << _COUNTER_BITS
    if tick > _last:
        tick |= int.from_bytes(os.urandom(4), "big") & ((1 << (_COUNTER_BITS - 1)) - 1)
    _last = tick = tick if tick > _last else _last + 1
    milliseconds, counter = tick >> _COUNTER_BITS, tick & ((1 << _COUNTER_BITS) - 1)
    random = int.from_bytes(os.urandom(6), "big") & ((1 << _RANDOM_BITS) - 1)
    value = milliseconds << 80 | 0x7 << 76 | (counter >> 18) << 64 | 0b10 << 62
    return UUID(int=value | (counter & ((1 << 18) - 1)) << _RANDOM_BITS | random)
