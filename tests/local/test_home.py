"""A home: one Tertulia at a time, private where it matters, and honest about a disk that is full."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tertulia.local import credentials, home, logfiles
from tertulia.local.errors import LocalError
from tertulia.local.home import Home

HOLDER = """
import sys
from pathlib import Path
from tertulia.local.home import Home
with Home(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_start_names_the_first(tmp_path: Path) -> None:
    """Whoever comes second is told the process that has the home, and the home is free once that has gone."""
    command = (sys.executable, "-c", HOLDER, str(tmp_path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert Home(tmp_path).holder() == holder.pid
        with pytest.raises(LocalError, match=f"process {holder.pid}"), Home(tmp_path).locked():
            pytest.fail("two hold one home")
        holder.kill()
    assert Home(tmp_path).holder() is None
    with Home(tmp_path).locked():
        pass


def test_a_full_disk_is_said_before_anything_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the place and the way out."""
    monkeypatch.setattr(home, "ROOM_NEEDED", shutil.disk_usage(tmp_path).total * 2)
    with pytest.raises(LocalError, match=r"is full.*TERTULIA_HOME"):
        Home(tmp_path).prepare()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """One line, with the setting that mends it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="TERTULIA_HOME"):
        Home(tmp_path / "file" / "below").prepare()


def test_reset_deletes_all_but_the_models(tmp_path: Path) -> None:
    """A model can be had again, but only by a long download."""
    for folder in ("models", "postgres", "secrets"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text("")
    Home(tmp_path).clear()
    assert [entry.name for entry in tmp_path.iterdir()] == ["models"]


def test_secrets_are_private_made_once_and_added_to(tmp_path: Path) -> None:
    """Nobody else may read them; a second look gives the same; what a new service needs is made beside."""
    place = Home(tmp_path)
    place.prepare()
    first = credentials.ensure(place.secrets, ["auth"], with_database=["auth"], files=["pepper"])
    pepper = first.secret_file("pepper").read_text()
    second = credentials.ensure(place.secrets, ["auth", "chat"], with_database=["auth"], files=["pepper"])
    assert second.passwords.items() > first.passwords.items()
    assert second.secret_file("pepper").read_text() == pepper
    assert len(set(second.passwords.values())) == len(second.passwords)
    assert place.secrets.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in place.secrets.iterdir()} >= {"auth.pem", "chat.pem", "trust.json", "passwords.json"}
    assert {path.stat().st_mode & 0o777 for path in place.secrets.iterdir()} == {0o600}


def test_damaged_secrets_are_said(tmp_path: Path) -> None:
    """They are never silently made anew: the data could not be opened with others."""
    (tmp_path / "passwords.json").write_text("{")
    with pytest.raises(LocalError, match="damaged"):
        credentials.ensure(tmp_path, ["auth"], with_database=[], files=[])


def test_a_log_is_bounded_while_it_is_written(tmp_path: Path) -> None:
    """It is emptied in place: who appends goes on in the same file."""
    log = tmp_path / "chat.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 200)
        logfiles.rotate(tmp_path, longest=100)
        writer.write(b"new\n")
    assert log.read_text() == "new\n"
    assert (tmp_path / "chat.log.1").stat().st_size == 200


def test_last_words_prefer_what_went_wrong(tmp_path: Path) -> None:
    """A log's last line is often only the goodbye."""
    log = tmp_path / "postgres.log"
    log.write_text("LOG: starting\nFATAL: no room\nLOG: shut down\n")
    assert logfiles.last_words(log) == "FATAL: no room"
    assert logfiles.last_words(tmp_path / "absent.log") == ""
    log.write_text('{"event": "start_failed", "level": "error", "reason": "port 3001 is taken"}\n')
    assert logfiles.last_words(log) == "port 3001 is taken"
