"""A service's database as the tests see it: migrated, with the URLs of its two logins and of the superuser."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from tertulia.platform import migrations


@dataclass(frozen=True)
class ServiceDatabase:
    owner_url: str
    app_url: str
    superuser_url: str

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """As the superuser, whom no policy binds."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def rows_of(self, workspace: UUID) -> dict[str, int]:
        """By table, of all that the catalogue says know workspaces; the outbox keeps ids and figures for a week."""
        tables = self.rows(
            "SELECT table_name FROM information_schema.columns"
            " WHERE column_name = 'workspace_id' AND table_schema = 'public' AND table_name <> 'outbox'"
        )
        count = "SELECT count(*) FROM {} WHERE workspace_id = %s"
        return {table: self.rows(count.format(table), workspace)[0][0] for (table,) in tables}


@contextlib.contextmanager
def migrated(servers: Any, service: str) -> Iterator[ServiceDatabase]:
    """A new database at the newest schema of ``tertulia.<service>.migrations``; dropped at the end."""
    owner, app = servers.postgres.create_service_database(service)
    migrations.upgrade(owner, f"tertulia.{service}.migrations")
    name = str(psycopg.conninfo.conninfo_to_dict(owner)["dbname"])
    yield ServiceDatabase(owner, app, servers.postgres.url(name))
    servers.postgres.drop_database(owner)
