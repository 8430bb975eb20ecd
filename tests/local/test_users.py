"""Postgres refuses root, and wants its user to have a name: whoever starts Tertulia, it runs."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tertulia.local import ports
from tertulia.local.processes import Household
from tertulia.local.servers.postgres import Postgres
from tests.local.launching import Tertulia, alive, eventually, make_home

NAMED, NAMELESS = 1, 54321

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(240),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user"),
]


@pytest.fixture
def directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tertulia-users-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def as_user(uid: int) -> tuple[str, ...]:
    """Another user, who may read everything (the tests' Python may lie in root's home), but owns nothing of root's."""
    become = ("setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups")
    return (*become, "--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search", sys.executable)


@pytest.mark.parametrize("uid", [NAMED, NAMELESS])
def test_as_a_normal_user(directory: Path, uid: int) -> None:
    """Plainly, and as a user that only has a number."""
    home = make_home(directory)
    os.chown(home, uid, uid)
    tertulia = Tertulia(home, command=(*as_user(uid), "-m", "tertulia.cli"), environ={"HOME": str(directory)})
    tertulia.wait_until_ready()
    processes = tertulia.processes()
    assert {process.uids().real for process in processes} == {uid}
    assert tertulia.stop() == 0
    assert alive(processes) == []
    assert {path.stat().st_uid for path in home.iterdir() if not path.is_symlink()} == {uid}


def test_root_in_a_closed_directory(directory: Path) -> None:
    """Where `nobody` cannot reach, a user namespace helps: no mode and no owner is changed, and the data is root's."""
    directory.chmod(0o700)
    server = Postgres(directory / "postgres", ports.any_free(), "password")
    server.prepare()
    household = Household()
    process = household.start(server.command(), directory / "log", stop_signal=server.stop_signal)
    eventually(server.is_ready, "Postgres answers")
    with psycopg.connect(server.url("postgres", server.superuser)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    household.close()
    process.wait()
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_uid for path in (directory / "postgres").iterdir()} == {0}


def test_root_in_an_open_directory(directory: Path) -> None:
    """It becomes `nobody`, who owns the data, and nothing above it is opened any wider."""
    server = Postgres(directory / "postgres", ports.any_free(), "password")
    server.prepare()
    assert server.command().user == (directory / "postgres").stat().st_uid != 0
    assert (directory / "postgres").stat().st_mode & 0o777 == 0o700
