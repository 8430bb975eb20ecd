"""chat's schema: it goes up, down and up again, and every table of it is behind row-level security."""

from typing import Any

import psycopg
import pytest

from tertulia.platform import migrations
from tests.chat.conftest import HISTORY

pytestmark = pytest.mark.integration


def test_up_down_up(servers: Any) -> None:
    """Nothing of the service stays behind, and the way up is open again."""
    owner, _ = servers.postgres.create_service_database("chat")
    try:
        migrations.upgrade(owner, HISTORY)
        migrations.downgrade(owner, HISTORY)
        with psycopg.connect(owner) as connection:
            left = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            )
            assert [row[0] for row in left] == ["alembic_version"]
        migrations.upgrade(owner, HISTORY)
        migrations.check(owner, HISTORY)
        with psycopg.connect(owner) as connection:
            assert migrations.unprotected_tables(connection) == []
    finally:
        servers.postgres.drop_database(owner)
