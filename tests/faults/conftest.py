"""One laboratory for the short form of all rows: each system is started when its first row asks, and ends with them."""

from collections.abc import Iterator

import pytest

from tests.faults.system import Laboratory


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Laboratory]:
    made = Laboratory()
    yield made
    made.close()
