"""Whoever came in goes out at a module's end: no connection is left open."""

from collections.abc import Iterator

import pytest

from tests.journeys.person import Person


@pytest.fixture(scope="module", autouse=True)
def everybody_leaves() -> Iterator[None]:
    yield
    Person.all_leave()
