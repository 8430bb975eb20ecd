"""A service's database as the tests see it: migrated, with the URLs of its two logins and of the superuser."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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


@contextlib.contextmanager
def migrated(servers: Any, service: str) -> Iterator[ServiceDatabase]:
    """A new database at the newest schema of ``tertulia.<service>.migrations``; dropped at the end."""
    owner, app = servers.postgres.create_service_database(service)
    migrations.upgrade(owner, f"tertulia.{service}.migrations")
    name = str(psycopg.conninfo.conninfo_to_dict(owner)["dbname"])
    yield ServiceDatabase(owner, app, servers.postgres.url(name))
    servers.postgres.drop_database(owner)
