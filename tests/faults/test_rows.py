"""The short form of the matrix, by a seed that changes each day: about five minutes. `make faults` runs it in full."""

import os
from datetime import UTC, datetime

import pytest

from tests.faults.matrix import Row, complaints, run_row
from tests.faults.rows import ROWS
from tests.faults.system import Laboratory

pytestmark = pytest.mark.journey
SEED = int(os.environ.get("TERTULIA_FAULTS_SEED", datetime.now(UTC).strftime("%Y%m%d")))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
@pytest.mark.timeout(240)
def test_what_the_matrix_promises_holds(laboratory: Laboratory, row: Row) -> None:
    """A fault, at a target and time by chance, and then the three books against the invariants."""
    result = run_row(laboratory, row, SEED, full=False)
    assert result.held, f"seed {SEED}, {row.fault}:\n{complaints(result)}\nfigures: {result.verdict.figures}"
