"""The commands beside `tertulia up`: what they say, in a line, and how they end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tertulia.local import models, settings
from tests.local.launching import BYTECODE

pytestmark = pytest.mark.integration


def tertulia(home: Path, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TERTULIA_")}
    own = {"TERTULIA_HOME": str(home), "PYTHONPYCACHEPREFIX": str(BYTECODE), "COLUMNS": "200"}
    return subprocess.run(
        (sys.executable, "-m", "tertulia.cli", *arguments),
        env=kept | own | environ,
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_line_imports_nothing_heavy() -> None:
    """`--help` and a quick refusal must not wait for the services' libraries."""
    code = "import sys, tertulia.cli, tertulia.local.up, tertulia.local.settings; print(*sys.modules)"
    loaded = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True).stdout.split()
    assert {"fastapi", "sqlalchemy", "pydantic", "msgspec", "aiohttp", "nats", "redis", "psycopg"}.isdisjoint(loaded)


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "٤"])
def test_a_bad_port_is_one_line(tmp_path: Path, port: str) -> None:
    """The setting's name, the problem and the fix."""
    ended = tertulia(tmp_path / "home", "up", TERTULIA_PORT=port)
    assert ended.returncode != 0
    assert ended.stderr.startswith("tertulia: TERTULIA_PORT: ")
    assert ended.stderr.count("\n") == 1


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` in the working directory is read, and what the environment says comes first."""
    (tmp_path / ".env").write_text("TERTULIA_PORT=4711\nTERTULIA_BIND=0.0.0.0\n")
    monkeypatch.setenv("TERTULIA_PORT", "4712")
    monkeypatch.delenv("TERTULIA_BIND", raising=False)
    read = settings.read(settings.environment(tmp_path))
    assert (read.port, read.bind) == (4712, "0.0.0.0")


def test_the_default_model_is_the_catalogues() -> None:
    """It is written twice, so that reading the settings imports no catalogue."""
    assert settings.DEFAULT_MODEL == models.DEFAULT_CHAT


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    """With those that there are."""
    ended = tertulia(tmp_path / "home", "serve", "billing")
    assert ended.returncode != 0
    assert "there are: auth, chat, gateway, orchestrator" in ended.stderr


def test_serve_names_each_missing_setting(tmp_path: Path) -> None:
    """One line a setting, no stack trace."""
    ended = tertulia(tmp_path / "home", "serve", "chat")
    assert ended.returncode == os.EX_CONFIG
    assert "TERTULIA_DATABASE_URL_CHAT: is not set" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_openapi_describes_what_is_public(tmp_path: Path) -> None:
    """One document of all services, made without any server."""
    ended = tertulia(tmp_path / "home", "openapi")
    paths = json.loads(ended.stdout)["paths"]
    assert {"/api/chat", "/api/auth/login", "/v1/chat/completions"} <= paths.keys()
    assert not [path for path in paths if path.startswith("/internal")]


def test_migrate_names_the_missing_address(tmp_path: Path) -> None:
    """Where no database is named, there is nothing to guess."""
    ended = tertulia(tmp_path / "home", "migrate", "--check")
    assert ended.returncode != 0
    assert "TERTULIA_DATABASE_URL_AUTH is not set" in ended.stderr


def test_doctor_is_content_with_a_fresh_machine(tmp_path: Path) -> None:
    """All that a first start needs is there."""
    ended = tertulia(tmp_path / "home", "doctor", TERTULIA_PORT="49999")
    assert ended.returncode == 0, ended.stdout
    assert "WRONG" not in ended.stdout


def test_doctor_finds_an_open_secret_and_damaged_data(tmp_path: Path) -> None:
    """Each with what to do."""
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True)
    (home / "secrets" / "pepper").touch(mode=0o644)
    (home / "postgres").mkdir()
    ended = tertulia(home, "doctor", TERTULIA_PORT="49999")
    assert ended.returncode == 1
    assert "chmod 600" in ended.stdout
    assert "--reset" in ended.stdout


def test_doctor_lists_settings_and_masks_secrets(tmp_path: Path) -> None:
    """Every setting of every service, once."""
    ended = tertulia(tmp_path / "home", "doctor", "--settings", OPENAI_API_KEY="sk-very-secret")
    assert ended.stdout.count("\nTERTULIA_PORT=") + ended.stdout.startswith("TERTULIA_PORT=") == 1
    assert "OPENAI_API_KEY=********" in ended.stdout
    assert "sk-very-secret" not in ended.stdout


def test_models_verify_finds_a_damaged_file(tmp_path: Path) -> None:
    """And says how to mend it."""
    home = tmp_path / "home"
    folder = models.folder(home, models.SMALLEST_CHAT)
    folder.mkdir(parents=True)
    (folder / "model.gguf").write_bytes(b"not a model")
    ended = tertulia(home, "models", "verify")
    assert ended.returncode == 1
    assert f"tertulia models pull {models.SMALLEST_CHAT}" in ended.stdout


def test_caches_without_a_database_are_one_line(tmp_path: Path) -> None:
    """What is missing, and what to do."""
    ended = tertulia(tmp_path / "home", "cache", "warm")
    assert ended.returncode != 0
    assert "no Postgres of `tertulia up` runs" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_an_evaluation_without_a_database_is_one_line(tmp_path: Path) -> None:
    """What is missing, and what to do."""
    ended = tertulia(tmp_path / "home", "evaluate", "00000000-0000-7000-8000-000000000001", "Keys")
    assert ended.returncode != 0
    assert "no Postgres of `tertulia up` runs" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_dead_letters_without_a_server_are_one_line(tmp_path: Path) -> None:
    """It does not wait for ever."""
    ended = tertulia(tmp_path / "home", "dead-letters", "list")
    assert ended.returncode != 0
    assert ended.stderr.startswith("tertulia: TERTULIA_NATS_URL is not set")


def test_rotating_keys_without_a_server_is_one_line(tmp_path: Path) -> None:
    """With what to do."""
    ended = tertulia(tmp_path / "home", "rotate-keys")
    assert ended.returncode != 0
    assert ended.stderr.startswith("tertulia: TERTULIA_DATABASE_URL_AUTH is not set")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_an_address_of_another_machine_is_one_line(tmp_path: Path) -> None:
    """Before anything starts."""
    ended = tertulia(tmp_path / "home", "up", TERTULIA_BIND="not an address")
    assert ended.returncode != 0
    assert ended.stderr.startswith("tertulia: TERTULIA_BIND: ")
    assert ended.stderr.count("\n") == 1


def test_a_document_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Where to, and why not."""
    ended = tertulia(tmp_path / "home", "openapi", "--output", str(tmp_path / "no" / "where"))
    assert ended.returncode != 0
    assert ended.stderr.count("\n") == 1
    assert "No such file or directory" in ended.stderr
