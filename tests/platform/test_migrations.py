"""Migrations go up and down, one at a time, and leave no table unprotected."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tertulia.platform import migrations

pytestmark = pytest.mark.integration


@pytest.fixture
def empty(servers: Any) -> Iterator[str]:
    """The owner's URL to a new database."""
    owner_url, _ = servers.postgres.create_service_database("probe")
    yield owner_url
    servers.postgres.drop_database(owner_url)


def test_up_down_up_gives_the_same_schema(empty: str, history: str) -> None:
    """Nothing stays behind on the way down that would hinder the way up."""
    migrations.upgrade(empty, history)
    once = _schema(empty)
    migrations.downgrade(empty, history)
    assert [name for name, _ in _schema(empty)] == ["alembic_version"]
    migrations.upgrade(empty, history)
    assert _schema(empty) == once


def test_check_names_the_missing_revision(empty: str, history: str) -> None:
    """A database that is empty, behind or current is told apart, by revision."""
    with pytest.raises(migrations.NotCurrent, match="no revision, not at 0002"):
        migrations.check(empty, history)
    migrations.upgrade(empty, history, "0001")
    with pytest.raises(migrations.NotCurrent, match="at 0001, not at 0002"):
        migrations.check(empty, history)
    assert not migrations.is_current(empty, history)
    migrations.upgrade(empty, history)
    migrations.check(empty, history)
    assert migrations.is_current(empty, history)


def test_replicas_that_migrate_together_wait_for_one_of_them(empty: str, history: str) -> None:
    """Four at once: one makes the schema and the others find it made."""
    code = (
        "import sys; sys.path[:0] = eval(sys.argv[1])\n"
        "from tertulia.platform import migrations; migrations.upgrade(sys.argv[2], sys.argv[3])"
    )
    command = [sys.executable, "-c", code, repr(sys.path), empty, history]
    commands = [subprocess.Popen(command) for _ in range(4)]
    with ThreadPoolExecutor() as waiting:
        assert list(waiting.map(lambda command: command.wait(60), commands)) == [0] * 4
    assert migrations.is_current(empty, history)


def test_a_migration_does_not_queue_behind_a_lock_for_long(empty: str, history: str) -> None:
    """A table that is in use makes it fail with its name after seconds; the rest of the service is not held up."""
    migrations.upgrade(empty, history, "0001")
    with psycopg.connect(empty) as user:
        user.execute("LOCK TABLE note IN ACCESS SHARE MODE")
        with pytest.raises(Exception, match="lock timeout"):
            migrations.upgrade(empty, history)
    migrations.upgrade(empty, history)


def test_asking_for_the_revision_does_without_alembic(empty: str, history: str) -> None:
    """A service start asks this each time, so it must not pay for the import."""
    code = (
        "import sys; sys.path[:0] = eval(sys.argv[1])\n"
        "from tertulia.platform import migrations; migrations.is_current(sys.argv[2], sys.argv[3])\n"
        "assert 'alembic' not in sys.modules and 'sqlalchemy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, repr(sys.path), empty, history], check=True)


def test_every_table_is_protected(empty: str, history: str) -> None:
    """The platform's own tables are, and one that is not is named."""
    migrations.upgrade(empty, history)
    with psycopg.connect(empty, autocommit=True) as owner:
        assert migrations.unprotected_tables(owner) == []
        owner.execute("CREATE TABLE bare (id int)")
        assert migrations.unprotected_tables(owner) == ["bare"]


def _schema(url: str) -> list[tuple[str, Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(
            "SELECT c.relname::text, array_agg(a.attname::text || ' ' || format_type(a.atttypid, NULL) ORDER BY 1) "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1"
        ).fetchall()
