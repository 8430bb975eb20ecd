"""What tests and benchmarks start ends with them, whatever ends them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.local.launching import ROOT, alive, eventually

pytestmark = pytest.mark.integration

PROVIDER = """
from bench.processes import simulated_provider
with simulated_provider() as (_, pid):
    print(pid, flush=True)
    input()
"""
BESIDE = """
import asyncio, sys
from bench.processes import running_beside
async def main():
    async with running_beside([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        print(process.pid, flush=True)
        await asyncio.to_thread(input)
asyncio.run(main())
"""
TERTULIA = """
import sys
from pathlib import Path
from tests.local.launching import Tertulia, make_home
tertulia = Tertulia(make_home(Path(sys.argv[1]))).wait_until_ready()
print(*(process.pid for process in tertulia.processes()), flush=True)
input()
"""


@pytest.mark.parametrize("program", [PROVIDER, BESIDE, pytest.param(TERTULIA, marks=pytest.mark.journey)])
def test_a_killed_run_leaves_nothing(program: str, tmp_path: Path) -> None:
    """SIGKILL to a run of tests ends what it started: a provider, what a test speaks with, a whole `tertulia up`."""
    tmp_path.chmod(0o755)
    command = (sys.executable, "-c", program, str(tmp_path))
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        processes = [psutil.Process(int(pid)) for pid in run.stdout.readline().split()]
        assert processes
        os.kill(run.pid, signal.SIGKILL)
    eventually(lambda: not alive(processes), "all processes end")
