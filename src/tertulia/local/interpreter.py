"""How our own Python processes are started: with bytecode that is kept, so that a second start need not compile anew.

Where Python may not write beside the sources (a read-only installation, PYTHONDONTWRITEBYTECODE), the bytecode is
kept in the data directory: compiling everything takes three times as long as loading it.
"""

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path


def argv(module: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *map(str, arguments))


def environment(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment for a Python process of ours."""
    kept = {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if sys.dont_write_bytecode or not os.access(sysconfig.get_path("purelib"), os.W_OK):
        kept.setdefault("PYTHONPYCACHEPREFIX", str(home / "bytecode"))
    return kept
