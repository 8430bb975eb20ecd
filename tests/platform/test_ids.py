"""Identifiers are UUIDv7, unique and in order."""

import time
from itertools import pairwise
from uuid import RFC_4122

import pytest

from tertulia.platform import ids


def test_an_id_is_a_version_7_uuid_of_this_moment() -> None:
    """Version, variant and the 48 bits of time are where RFC 9562 puts them."""
    before = time.time_ns() // 1_000_000
    made = ids.uuid7()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_ids_rise_strictly() -> None:
    """100,000 ids in a row, many in each millisecond, are sorted and different."""
    made = [ids.uuid7() for _ in range(100_000)]
    assert all(earlier < later for earlier, later in pairwise(made))


def test_ids_rise_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour back on the clock does not put new ids before old ones."""
    before = ids.uuid7()
    hour_ago = time.time_ns() - 3_600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: hour_ago)
    assert ids.uuid7() > before
