"""The shape of the code base: small files with telling names, and nothing left for later."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400
SAYS_NOTHING = re.compile(r"(^|/)(utils?|helpers?|common|managers?|misc|base)(\.\w+|/)")
LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|except( Exception)?: *pass\b")
UNEXPLAINED = re.compile(r"(# noqa(: [A-Z0-9, ]+)?|# type: ignore(\[[a-z-, ]+\])?)\s*$")
MADE_BY_A_TOOL = ("web/src/api/generated/", "web/package-lock.json")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [ROOT / name for name in listed if not name.startswith(MADE_BY_A_TOOL) and (ROOT / name).exists()]


def code() -> list[Path]:
    return tracked("src/*.py", "bench/*.py", "tools/*.py", "web/src/*.ts", "web/src/*.tsx")


def test_no_file_has_grown_past_one_job() -> None:
    """A file that passes 400 lines becomes a folder with one module per concern."""
    long = {str(path.relative_to(ROOT)): lines for path in code() if (lines := _lines(path)) > MAX_LINES}
    assert not long


def test_names_say_what_is_inside() -> None:
    """No utils, helpers, common, manager or base: the field has a name for the thing."""
    assert not [str(path) for path in code() if SAYS_NOTHING.search(str(path.relative_to(ROOT)))]


def test_nothing_is_left_for_later() -> None:
    """No TODO, no stub, no swallowed exception."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in code()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if LEFT_FOR_LATER.search(line)
    ]
    assert not found


def test_each_silenced_check_has_its_reason_beside_it() -> None:
    """`# noqa` and `# type: ignore` say why."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("src/*.py", "bench/*.py", "tools/*.py", "tests/*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNEXPLAINED.search(line)
    ]
    assert not found


@pytest.mark.parametrize("lock", ["runtime", "development", "node", "uv"])
def test_python_locks_carry_hashes_and_no_addresses(lock: str) -> None:
    """An install through any mirror works, and gives exactly what was locked."""
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    assert "://" not in text
    assert text.count("--hash=sha256:") >= len(re.findall(r"^[a-z]", text, re.MULTILINE))


def test_the_web_lock_carries_no_addresses() -> None:
    """The lock of npm is written without the registry's address."""
    text = (ROOT / "web" / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())
