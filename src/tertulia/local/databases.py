"""The services' databases and logins on the local Postgres.

Each service has `<service>_db`, owned by `<service>_owner`, which migrates it, and used by `<service>_app`, which
neither owns a table nor passes by row-level security. Extensions that only a superuser may make are made here;
everything inside is the migrations'.
"""

from typing import LiteralString

import psycopg
from psycopg import sql

from tertulia.local.credentials import ServiceDatabase
from tertulia.local.servers.command import Login

EXTENSIONS: tuple[LiteralString, ...] = ("vector", "pg_trgm", "pg_stat_statements")


def make(database: ServiceDatabase, *, server_url: str, database_url: str) -> None:
    """Makes what is missing; both URLs are the superuser's, to the server and to the database to be made."""
    with psycopg.connect(server_url, autocommit=True) as server:
        for login in (database.owner, database.app):
            _make_login(server, login)
        if not _exists(server, "SELECT 1 FROM pg_database WHERE datname = %s", database.name):
            name, owner = sql.Identifier(database.name), sql.Identifier(database.owner.user)
            server.execute(sql.SQL("CREATE DATABASE {} OWNER {} STRATEGY file_copy").format(name, owner))
    with psycopg.connect(database_url, autocommit=True) as inside:
        name, app = sql.Identifier(database.name), sql.Identifier(database.app.user)
        inside.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        inside.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, app))
        for extension in EXTENSIONS:
            inside.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def _make_login(server: psycopg.Connection, login: Login) -> None:
    verb: LiteralString = (
        "ALTER" if _exists(server, "SELECT 1 FROM pg_roles WHERE rolname = %s", login.user) else "CREATE"
    )
    rights: LiteralString = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD"
    server.execute(
        sql.SQL("{} ROLE {} {} {}").format(
            sql.SQL(verb), sql.Identifier(login.user), sql.SQL(rights), sql.Literal(login.password)
        )
    )


def _exists(server: psycopg.Connection, query: LiteralString, name: str) -> bool:
    return server.execute(query, (name,)).fetchone() is not None
