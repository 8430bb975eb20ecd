"""Kill -9 to whoever reads a document, several times in a row: it is read in the end, once, and nothing lies about."""

import asyncio
from pathlib import Path
from uuid import UUID

import psutil

from tests.orchestrator.conftest import PATIENCE, process_of
from tests.orchestrator.keeper import Keeper

TEXT = "\n\n".join(f"The owl number {number} sleeps in the oak of {'x' * 800}." for number in range(3000))


async def test_a_worker_and_its_reader_are_killed_time_after_time(keeper: Keeper, tmp_path: Path) -> None:
    """While it is read apart, and while it is prepared."""
    running = keeper.running
    base = await keeper.base()
    running.environ["TMPDIR"] = str(tmp_path)
    document = UUID(await keeper.upload(base, TEXT.encode(), "owl.txt"))
    for turn, wanted in enumerate(("parsing", "embedding", "ready")):
        async with process_of(running, tmp_path / f"log-{turn}") as (process, _), asyncio.timeout(2 * PATIENCE):
            while (status := status_of(keeper, document)) not in {wanted, "ready", "failed"}:
                await asyncio.sleep(0.02)
            assert status == wanted
            if wanted != "ready":
                for reader in psutil.Process(process.pid).children():
                    reader.kill()
                process.kill()
    rows = "SELECT chunks, (SELECT count(*) FROM chunk WHERE document_id = document.id) FROM document WHERE id = %s"
    ((told, kept),) = running.database.rows(rows, document)
    assert told == kept > 1000
    assert left_in(tmp_path) == []


def status_of(keeper: Keeper, document: UUID) -> str:
    ((status,),) = keeper.running.database.rows("SELECT status FROM document WHERE id = %s", document)
    return str(status)


def left_in(folder: Path) -> list[Path]:
    return list(folder.glob("tertulia-scratch-*"))
