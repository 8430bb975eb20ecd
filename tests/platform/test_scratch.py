"""Folders for a piece of work: gone with it, and with a process that is killed."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tertulia.platform import scratch

_HOLDS_ONE = """
import sys
from tertulia.platform import scratch
with scratch.folder() as path:
    (path / "upload").write_text("somebody's")
    print(path, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_it_goes_with_the_work() -> None:
    """Also when that fails."""

    def work() -> None:
        with scratch.folder() as path:
            (path / "upload").write_text("somebody's")
            raise LookupError(path)

    with pytest.raises(LookupError) as failed:
        work()
    assert not failed.value.args[0].exists()


def test_one_of_a_process_that_was_killed_goes_with_the_next() -> None:
    """One that is being worked in stays, and so does what is not ours."""
    other = tempfile.mkdtemp(prefix="somebody-else-")
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with scratch.folder() as own:
            assert (left / "upload").exists()
            process.kill()
            process.wait()
            with scratch.folder() as next_one:
                assert not left.exists()
                assert own.exists()
                assert next_one.exists()
    assert Path(other).exists()
