"""Whatever ends the one who started them, no process is left over."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tertulia.local.processes import Household
from tertulia.local.servers.command import Command
from tests.local.launching import alive, eventually

pytestmark = pytest.mark.integration

OWNER = """
import sys
from pathlib import Path
from tertulia.local.processes import Household
from tertulia.local.servers.command import Command
household = Household()
for argv in (("sleep", "300"), ("/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"), ("sleep", "301")):
    process = household.start(Command(argv, {"PATH": "/usr/bin:/bin"}), Path(sys.argv[1]))
    print(process.pid, flush=True)
print(household.warden.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(tmp_path: Path) -> "subprocess.Popen[str]":
    """A process that has started a willing, a stubborn and another willing one, and waits."""
    command = (sys.executable, "-c", OWNER, str(tmp_path / "log"))
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def started(owner: "subprocess.Popen[str]") -> list[psutil.Process]:
    assert owner.stdout is not None
    return [psutil.Process(int(owner.stdout.readline())) for _ in range(4)]


def test_a_killed_owner_leaves_nothing(owner: "subprocess.Popen[str]") -> None:
    """SIGKILL to the owner ends all that it started, also who ignores SIGTERM and who was stopped, and the warden."""
    with owner:
        processes = started(owner)
        processes[2].suspend()
        owner.kill()
    eventually(lambda: not alive(processes), "all processes end", within=15)


def test_a_killed_warden_is_told_all_again(tmp_path: Path) -> None:
    """A second warden knows the processes that were registered with the first."""
    household = Household()
    process = household.start(Command(("sleep", "300"), {"PATH": "/usr/bin:/bin"}), tmp_path / "log")
    household.warden.kill()
    household.warden.wait()
    household.replace_warden()
    household.close()
    assert process.wait(timeout=5) == -signal.SIGTERM


def test_one_who_has_ended_is_forgotten(tmp_path: Path) -> None:
    """A process number that was given back is not signalled, whoever has it then."""
    household = Household()
    process = household.start(Command(("true",), {"PATH": "/usr/bin:/bin"}), tmp_path / "log")
    process.wait()
    household.forget(process.pid)
    household.forget(process.pid)
    household.close()
    assert household.warden.returncode == 0


def test_a_process_leads_a_session_of_its_own(tmp_path: Path) -> None:
    """So a terminal's Ctrl-C reaches the supervisor alone, and its standard input is nobody's."""
    household = Household()
    process = household.start(
        Command(("/bin/sh", "-c", "readlink /proc/self/fd/0; exec sleep 300"), {"PATH": "/usr/bin:/bin"}),
        tmp_path / "log",
    )
    assert os.getsid(process.pid) == process.pid
    eventually(lambda: (tmp_path / "log").read_text() == "/dev/null\n", "standard input is /dev/null")
    household.close()
    process.wait()
