"""Keeps the components' log files from filling the disk.

Each component appends to its own file, which it holds open itself: no line passes through the supervisor, and logging
goes on when that dies. A file that has grown too long is copied to `.1` and emptied in place; a line written between
the two is lost, which is the price.
"""

import json
import os
import shutil
from pathlib import Path

LONGEST = 16 * 2**20
SHOWN_LINE = 300


def rotate(directory: Path, longest: int = LONGEST) -> None:
    for log in directory.glob("*.log"):
        if log.stat().st_size > longest:
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)


def last_words(log: Path) -> str:
    """The last line of a log, or the last that tells of an error, for a one-line message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERR", "rror"))]
    return _plain((telling or lines or [""])[-1])[:SHOWN_LINE]


def _plain(line: str) -> str:
    """What a structured line is about."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    said = entry if isinstance(entry, dict) else {}
    return str(said.get("reason") or said.get("event") or line)
