"""`tertulia up` as a whole: it starts, stops, starts again, survives the death of each part, and leaves nothing."""

import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tertulia.local.services import SERVICES
from tests.local.launching import Tertulia, alive, eventually, make_home

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

PARTS = ("postgres", "valkey", "nats", "envoy", "zygote", *SERVICES)


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """Open to other users, as Postgres becomes one when the tests run as root."""
    made = Path(tempfile.mkdtemp(prefix="tertulia-up-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def home(directory: Path) -> Path:
    return make_home(directory)


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Tertulia]:
    tertulia = Tertulia(home).wait_until_ready()
    yield tertulia
    tertulia.stop()


def returned(tertulia: Tertulia, component: str, killed: int) -> Callable[[], bool]:
    return lambda: tertulia.home.processes().get(component, killed) != killed and tertulia.is_ready()


@pytest.mark.parametrize("component", PARTS)
def test_a_killed_part_returns(running: Tertulia, component: str) -> None:
    """SIGKILL to any part: another process takes its place and the whole is ready again, without a hand."""
    killed = running.kill(component)
    eventually(returned(running, component, killed), f"{component} is back", within=30)


def test_a_killed_warden_returns(running: Tertulia) -> None:
    """Whoever watches over all is itself replaced."""

    def wardens() -> list[int]:
        found = []
        for child in running.processes():
            with suppress(psutil.NoSuchProcess):  # others come and go
                if any("warden.py" in part for part in child.cmdline()):
                    found.append(child.pid)
        return found

    (killed,) = wardens()
    psutil.Process(killed).kill()
    eventually(lambda: wardens() not in ([], [killed]), "another warden")


def test_each_part_shows_its_name(running: Tertulia) -> None:
    """In the list of processes, and in a log of its own."""
    for service in SERVICES:
        title = " ".join(psutil.Process(running.pid(service)).cmdline()).strip()
        assert title == f"tertulia: {service}"
        assert running.home.log(service).stat().st_size > 0


def test_a_service_is_shown_no_others_secrets(running: Tertulia) -> None:
    """Its environment has its own database's URL, and nobody else's; only auth has the pepper."""
    seen = psutil.Process(running.pid("chat")).environ()
    assert not [name for name in seen if name.endswith(("_AUTH", "_ORCHESTRATOR", "PEPPER_FILE", "MASTER_KEY_FILE"))]


def test_a_second_start_on_one_home_is_refused(running: Tertulia) -> None:
    """In one line that names the process that has it."""
    second = Tertulia(running.home.path)
    assert second.wait() != 0
    assert second.output.count("\n") == 1
    assert f"process {running.process.pid}" in second.output


def test_a_taken_port_is_said_in_a_line(directory: Path) -> None:
    """With what to do about it; nothing is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        tertulia = Tertulia(directory / "other", port=port)
        assert tertulia.wait() != 0
    assert tertulia.output.count("\n") == 1
    assert f"port {port} is taken" in tertulia.output
    assert "TERTULIA_PORT=" in tertulia.output


def test_a_stop_and_a_second_start_on_one_home(running: Tertulia, home: Path) -> None:
    """Ctrl-C leaves nothing; the next start keeps every secret and is quick."""
    processes = running.processes()
    assert running.stop() == 0
    assert alive(processes) == []
    secrets = {path.name: path.read_bytes() for path in running.home.secrets.iterdir()}
    again = Tertulia(home, port=running.port).wait_until_ready()
    assert {path.name: path.read_bytes() for path in again.home.secrets.iterdir()} == secrets
    processes = again.processes()
    again.process.send_signal(signal.SIGTERM)
    assert again.wait() == 0
    assert alive(processes) == []


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_waits(home: Path) -> None:
    """SIGKILL to the supervisor: its warden ends all; a start in the same moment waits for that and comes up."""
    first = Tertulia(home, "--replicas", "2").wait_until_ready()
    assert {"chat 1", "chat 2", "orchestrator 1", "orchestrator 2"} <= first.home.processes().keys()
    processes = first.processes()
    first.process.kill()
    first.wait()
    second = Tertulia(home).wait_until_ready()
    assert alive(processes) == []
    assert second.stop() == 0


def test_damaged_data_is_said_in_a_line(home: Path) -> None:
    """A Postgres that cannot read its data is not retried for ever: the last words of its log and the way out."""
    control = home / "postgres" / "global" / "pg_control"
    kept = control.read_bytes()
    control.write_bytes(b"\0" * len(kept))
    tertulia = Tertulia(home)
    assert tertulia.wait() != 0
    control.write_bytes(kept)
    last = tertulia.lines[-1]
    assert "postgres" in last
    assert "--reset" in last
    assert "Traceback" not in tertulia.output
