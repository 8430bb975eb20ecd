"""auth's schema: it goes up, down and up again, and no table is open to a transaction that says nothing of itself."""

from typing import Any

import psycopg
import pytest

from tertulia.auth.models import Table
from tertulia.platform import migrations

PACKAGE = "tertulia.auth.migrations"
pytestmark = pytest.mark.integration


def test_up_down_up(servers: Any) -> None:
    """The history can be walked both ways."""
    owner, _ = servers.postgres.create_service_database("auth")
    migrations.upgrade(owner, PACKAGE)
    migrations.downgrade(owner, PACKAGE)
    assert migrations.current(owner) is None
    migrations.upgrade(owner, PACKAGE)
    migrations.check(owner, PACKAGE)
    with psycopg.connect(owner) as connection:
        assert migrations.unprotected_tables(connection) == []


def test_models_and_migrations_agree(servers: Any) -> None:
    """What the code believes of a table is what the migrations made."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    owner, _ = servers.postgres.create_service_database("auth")
    migrations.upgrade(owner, PACKAGE)
    engine = create_engine(owner.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        known = set(Table.metadata.tables)

        def ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
            return kind != "table" or name in known

        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()
