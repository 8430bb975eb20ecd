"""All rows, in the order in which they are run: those of the wide system first, then those of the narrow one."""

from tests.faults.matrix import Row
from tests.faults.rows import processes, providers, stores, tenants

ROWS: list[Row] = sorted([*processes.ROWS, *stores.ROWS, *providers.ROWS, *tenants.ROWS], key=lambda row: row.narrow)
