"""Makes the services' databases and brings them to their newest schema, before the services start.

A program of its own: it works while the services' libraries are still being imported elsewhere, and what Alembic
needs is gone from memory afterwards.

    python -m tertulia.local.provision SERVICE...     (URLs in the environment)
"""

import os
import sys
from collections.abc import Mapping, Sequence

SERVER_URL = "TERTULIA_LOCAL_POSTGRES_URL"
"""The local Postgres's superuser, where Postgres is a local one; `{}` stands for the database."""


def main(services: Sequence[str], environ: Mapping[str, str]) -> int:
    for service in services:
        if server := environ.get(SERVER_URL):
            _make(service, server, environ)
        migrate_service(service, environ)
    return os.EX_OK


def migrate_service(service: str, environ: Mapping[str, str]) -> bool:
    """Whether there was anything to do. A database that is current costs one query."""
    from tertulia.platform import migrations

    url, package = owner_url(service, environ), f"tertulia.{service}.migrations"
    if migrations.is_current(url, package):
        return False
    sys.stdout.write(f"migrating {service}\n")
    migrations.upgrade(url, package)
    return True


def owner_url(service: str, environ: Mapping[str, str]) -> str:
    """The URL of who migrates: `TERTULIA_MIGRATION_URL_<SERVICE>`, or the service's own where no other is given."""
    own = environ.get(f"TERTULIA_MIGRATION_URL_{service.upper()}")
    return own or environ[f"TERTULIA_DATABASE_URL_{service.upper()}"]


def _make(service: str, server: str, environ: Mapping[str, str]) -> None:
    from psycopg.conninfo import conninfo_to_dict

    from tertulia.local import databases
    from tertulia.local.credentials import ServiceDatabase

    owner = conninfo_to_dict(owner_url(service, environ))
    app = conninfo_to_dict(environ[f"TERTULIA_DATABASE_URL_{service.upper()}"])
    if owner["dbname"] != f"{service}_db":
        return  # a database of one's own
    database = ServiceDatabase.of(service, str(owner["password"]), str(app["password"]))
    databases.make(database, server_url=server.format("postgres"), database_url=server.format(database.name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
