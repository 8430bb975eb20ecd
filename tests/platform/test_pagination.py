"""Cursors: what was put in comes out, for the same list and owner only."""

import string
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia.platform.pagination import BadCursor, Cursors, Slice

cursors = Cursors(b"a secret of the service")
NAMES = st.sampled_from(["members", "conversations"])
BASE64 = string.ascii_letters + string.digits + "-_"


@given(NAMES, st.uuids(), st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_gives_back_its_key(name: str, owner: UUID, at: datetime, last: UUID) -> None:
    """Times and ids keep their value."""
    cursor = cursors.make(name, owner, (at, last))
    assert set(cursor) <= set(BASE64)
    assert cursors.read(name, owner, cursor, tuple[datetime, UUID]) == (at, last)


@given(st.integers(0, 70), st.sampled_from(BASE64))
def test_one_altered_character_is_refused(place: int, other: str) -> None:
    """Wherever it is; what stands for the same bytes is the same cursor."""
    owner, last = UUID(int=1), UUID(int=2)
    cursor = cursors.make("members", owner, (last,))
    place %= len(cursor) - 1  # the last character has bits that stand for nothing
    altered = cursor[:place] + other + cursor[place + 1 :]
    if altered != cursor:
        with pytest.raises(BadCursor):
            cursors.read("members", owner, altered, tuple[UUID])


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    """By the same error."""
    with pytest.raises(BadCursor):
        cursors.read("members", UUID(int=1), text, tuple[UUID])


def test_cursors_are_bound_to_list_owner_and_service() -> None:
    """Another list's, another tenant's, another secret's."""
    owner, key = uuid4(), (uuid4(),)
    cursor = cursors.make("members", owner, key)
    for reader, name, reads in (
        (cursors, "api-keys", owner),
        (cursors, "members", uuid4()),
        (Cursors(b"another secret"), "members", owner),
    ):
        with pytest.raises(BadCursor):
            reader.read(name, reads, cursor, tuple[UUID])


def test_pages_say_whether_there_is_more() -> None:
    """From one row more than was asked for; an empty page has no ends."""
    found = Slice.of([1, 2, 3], 2)
    page = cursors.page("numbers", "me", found, key=lambda n: (n,), show=str)
    assert (page.data, page.has_more) == (["1", "2"], True)
    assert page.first_id != page.last_id
    assert cursors.read("numbers", "me", page.last_id, tuple[int]) == (2,)
    empty = cursors.page("numbers", "me", Slice.of([], 2), key=lambda n: (n,), show=str)
    assert (empty.data, empty.has_more, empty.first_id, empty.last_id) == ([], False, None, None)
