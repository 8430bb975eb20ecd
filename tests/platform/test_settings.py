"""Settings: every problem at once, with its fix and without a secret; files in place of values."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError

from tertulia.platform.settings import Duration, ServiceSettings, Settings, SettingsError, listing, load

RIGHT = {
    "TERTULIA_ALMANAC_PORT": "3001",
    "TERTULIA_DATABASE_URL_ALMANAC": "postgresql://a:s3cret-pw@127.0.0.1:5432/almanac_db",
    "TERTULIA_VALKEY_URL": "redis://a:s3cret-pw@127.0.0.1:6379/0",
    "TERTULIA_NATS_URL": "nats://a:s3cret-pw@127.0.0.1:4222",
    "TERTULIA_INTERNAL_URL": "http://127.0.0.1:4001/",
    "TERTULIA_TRUST_FILE": "/etc/trust.json",
    "TERTULIA_KEY_FILE": "/etc/almanac.pem",
}


class AlmanacSettings(ServiceSettings):
    pages: int = Field(12, ge=1, description="how many pages")
    pepper: SecretStr = Field(SecretStr("none"), description="a secret of its own")
    pause: Duration = Field(timedelta(seconds=1), description="how long to wait")


def _problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(AlmanacSettings, environ)
    assert "s3cret" not in str(refused.value)
    return refused.value.problems


def test_names_come_from_the_service() -> None:
    """A field is read from its service's name; what all have in common from one name."""
    loaded = load(AlmanacSettings, RIGHT | {"TERTULIA_ALMANAC_PAGES": "3", "TERTULIA_ALMANAC_PAUSE": "500ms"})
    assert (loaded.port, loaded.pages, loaded.pause) == (3001, 3, timedelta(milliseconds=500))
    assert loaded.internal_url == "http://127.0.0.1:4001"
    assert loaded.database_url.get_secret_value() == RIGHT["TERTULIA_DATABASE_URL_ALMANAC"]
    assert loaded.replica_url is None
    assert "s3cret" not in repr(loaded)


def test_a_services_own_login_wins() -> None:
    """One environment can hold a login to Valkey for each service."""
    own = "redis://own:pw@127.0.0.1:6379/0"
    assert load(AlmanacSettings, RIGHT | {"TERTULIA_VALKEY_URL_ALMANAC": own}).valkey_url.get_secret_value() == own


def test_a_value_can_come_from_a_file(tmp_path: Path) -> None:
    """Secrets as files, as container platforms give them."""
    (tmp_path / "pepper").write_text("from-a-file\n")
    environ = RIGHT | {"TERTULIA_ALMANAC_PEPPER_FILE": str(tmp_path / "pepper")}
    assert load(AlmanacSettings, environ).pepper.get_secret_value() == "from-a-file"


def test_everything_wrong_is_said_at_once_with_the_fix(tmp_path: Path) -> None:
    """One line a problem: the name, what is wrong, what to do. No secret is in it."""
    environ = RIGHT | {
        "TERTULIA_ALMANAC_PORT": "99999",
        "TERTULIA_ALMANAC_PAGES": "many",
        "TERTULIA_DATABASE_URL_ALMANAC": "mysql://a:s3cret-pw@h/d",
        "TERTULIA_LOG_FORMAT": "xml",
        "TERTULIA_ALMANAC_PEPPER_FILE": str(tmp_path / "missing"),
    }
    del environ["TERTULIA_NATS_URL"]
    problems = _problems(environ)
    assert len(problems) == 6
    text = "\n".join(problems)
    assert "TERTULIA_NATS_URL: is not set; set it to NATS, as nats://" in text
    assert "TERTULIA_DATABASE_URL_ALMANAC: is not a postgresql:// address; set it to" in text
    assert "TERTULIA_ALMANAC_PAGES: " in text
    assert "TERTULIA_ALMANAC_PORT: " in text
    assert "TERTULIA_LOG_FORMAT: input should be 'json' or 'console'; set it to json or console" in text
    assert "TERTULIA_ALMANAC_PEPPER_FILE: " in text
    assert "No such file" in text


def test_the_process_environment_reaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what ``load`` was given counts."""
    monkeypatch.setenv("TERTULIA_ALMANAC_PAGES", "7")
    monkeypatch.setenv("PAGES", "8")
    assert load(AlmanacSettings, RIGHT).pages == 12


def test_settings_do_not_change() -> None:
    """They are read once."""
    loaded = load(AlmanacSettings, RIGHT)
    with pytest.raises(ValidationError):
        loaded.pages = 3  # type: ignore[misc] # that is the point


def test_the_listing_masks_secrets() -> None:
    """Name, meaning, default and value of each, for the operator's eyes."""
    lines = {line.name: line for line in listing(AlmanacSettings, RIGHT)}
    assert lines["TERTULIA_DATABASE_URL_ALMANAC"].value == "********"
    assert lines["TERTULIA_REPLICA_URL_ALMANAC"].value is None
    assert lines["TERTULIA_ALMANAC_PORT"].value == "3001"
    assert lines["TERTULIA_ALMANAC_PORT"].default == "required"
    assert lines["TERTULIA_GRACE"].default == "20 s"
    assert lines["TERTULIA_ALMANAC_PEPPER"].default == "**********"
    assert all(line.meaning for line in lines.values())


@pytest.mark.parametrize(
    ("text", "seconds"), [("20", 20), ("1.5s", 1.5), ("250ms", 0.25), ("2m", 120), ("1h", 3600), ("PT5S", 5)]
)
def test_durations_are_written_as_people_do(text: str, seconds: float) -> None:
    """A number is seconds; units and ISO 8601 are understood."""

    class Timed(Settings):
        pause: Duration

    assert load(Timed, {"TERTULIA_TIMED_PAUSE": text}).pause == timedelta(seconds=seconds)
