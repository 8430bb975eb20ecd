"""Brings a service's database to its newest schema, and gives migrations the words for what every table needs.

One Alembic history a service. Whoever migrates is the database's owner; who serves logs in as ``<service>_app``, owns
nothing and sees what the policies made here let it see. Alembic takes a second to import: asking whether a database is
current does without.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.operations import Operations
    from sqlalchemy import Connection, MetaData

_LOCK = 0x7465_7274_756C_6961  # "tertulia": one migration at a time in a database
_LOCK_WAIT = "120s"
_TABLE_LOCK_WAIT = "5s"
_REVISION = re.compile(r"^(revision|down_revision)\s*(?::[^=]+)?=\s*(?:\"([^\"]+)\"|'([^']+)'|None)", re.MULTILINE)
_SERVICE_LOGIN = re.compile(r"([a-z][a-z0-9_]*)_owner")

SCOPED = (
    "coalesce(tertulia.tenant()::text, tertulia.actor()::text, tertulia.purpose(), tertulia.credential()) IS NOT NULL"
)
"""True in a transaction that says for whom it is."""


class NotCurrent(Exception):
    """The database lacks a migration, or has one that this version does not know."""


def upgrade(url: str, package: str, revision: str = "head") -> None:
    """Migrates under a lock, so that replicas that start together wait for one. ``package`` holds ``env.py``."""
    with _alembic(url, package) as config:
        from alembic import command

        command.upgrade(config, revision)


def downgrade(url: str, package: str, revision: str = "base") -> None:
    with _alembic(url, package) as config:
        from alembic import command

        command.downgrade(config, revision)


def check(url: str, package: str) -> None:
    """Raises ``NotCurrent`` with the revision that is missing."""
    expected, found = head(package), current(url)
    if found != expected:
        raise NotCurrent(f"{package} is at {found or 'no revision'}, not at {expected}: run `tertulia migrate`")


def is_current(url: str, package: str) -> bool:
    return current(url) == head(package)


def head(package: str) -> str | None:
    """The newest revision in the package, read from its files."""
    revisions: set[str | None] = set()
    parents: set[str | None] = set()
    for file in (_folder(package) / "versions").glob("*.py"):
        for name, double, single in _REVISION.findall(file.read_text(encoding="utf-8")):
            (revisions if name == "revision" else parents).add(double or single or None)
    heads = revisions - parents
    if len(heads) > 1:
        raise NotCurrent(f"{package} has {len(heads)} heads: {', '.join(sorted(map(str, heads)))}")
    return heads.pop() if heads else None


def current(url: str) -> str | None:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
        return str(row[0]) if row else None


def run(metadata: "MetaData | None" = None) -> None:
    """The whole of a service's ``env.py``: runs the migrations that ``upgrade`` or ``downgrade`` asked for."""
    from alembic import context
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    psycopg_connection = context.config.attributes["connection"]
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg_connection, poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def _alembic(url: str, package: str) -> Iterator["Config"]:
    from alembic.config import Config

    connection = psycopg.connect(url, connect_timeout=5)
    try:
        connection.execute(sql.SQL("SET lock_timeout = {}").format(_LOCK_WAIT))
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        connection.execute(sql.SQL("SET lock_timeout = {}").format(_TABLE_LOCK_WAIT))
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(_folder(package)).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        yield config
    finally:
        connection.close()  # and with it the lock


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise NotCurrent(f"there is no package {package}")
    return Path(next(iter(spec.submodule_search_locations)))


def app_login(op: "Operations | Any") -> str:
    """``<service>_app``, from the ``<service>_owner`` that runs the migration."""
    owner = op.get_bind().exec_driver_sql("SELECT current_user").scalar_one()
    match = _SERVICE_LOGIN.fullmatch(owner)
    if match is None:
        raise NotCurrent(f"migrations run as <service>_owner, not as {owner}")
    return f"{match[1]}_app"


def create_platform_schema(op: "Operations | Any") -> None:
    """The functions that policies compare with, and the tables of ``db.tables``, protected."""
    app = app_login(op)
    for statement in (*_FUNCTIONS, *_TABLES):
        op.execute(statement)
    op.execute(f"GRANT USAGE ON SCHEMA tertulia TO {app}")
    relay = "tertulia.purpose() IN ('relay', 'sweep')"
    own = f"({SCOPED}) AND (workspace_id IS NULL OR tertulia.tenant() IS NULL OR workspace_id = tertulia.tenant())"
    protect(op, "outbox", using=relay)
    policy(op, "outbox", "outbox_publish", command="INSERT", check=own)
    protect(op, "consumed_message", using="tertulia.purpose() = 'sweep'")
    policy(op, "consumed_message", "consumed_message_once", command="INSERT", check=SCOPED)
    mine = " AND ".join(
        f"{column} IS NOT DISTINCT FROM tertulia.{function}()"
        for column, function in (("workspace_id", "tenant"), ("user_id", "actor"), ("purpose", "purpose"))
    )
    protect(op, "idempotency_key", using=f"({SCOPED}) AND {mine}")
    policy(op, "idempotency_key", "idempotency_key_sweep", using="tertulia.purpose() = 'sweep'")


def drop_platform_schema(op: "Operations | Any") -> None:
    op.execute("DROP TABLE idempotency_key, consumed_message, outbox")
    op.execute("DROP SCHEMA tertulia CASCADE")


def protect(
    op: "Operations | Any",
    table: str,
    using: str = "workspace_id = tertulia.tenant()",
    check: str | None = None,
    *,
    privileges: Sequence[str] = ("SELECT", "INSERT", "UPDATE", "DELETE"),
) -> None:
    """Forces row-level security with one policy for all commands, and grants the app's login its ``privileges``.

    ``check`` is what a written row must hold, the same as ``using`` by default. More doors: ``policy``.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    policy(op, table, f"{table}_own", using=using, check=check)
    op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app_login(op)}")


def policy(
    op: "Operations | Any",
    table: str,
    name: str,
    *,
    command: str = "ALL",
    using: str | None = None,
    check: str | None = None,
) -> None:
    """One more way to a protected table; any policy that holds opens it."""
    clauses = [f"USING ({using})" if using else "", f"WITH CHECK ({check})" if check else ""]
    op.execute(f"CREATE POLICY {name} ON {table} FOR {command} {' '.join(filter(None, clauses))}")


def let_erase(op: "Operations | Any", *tables: str) -> None:
    """Opens a tenant's rows in these tables, whosever they are in it, to ``db.erase_tenant``."""
    for table in tables:
        policy(op, table, f"{table}_erase", using="tertulia.purpose() = 'erase' AND workspace_id = tertulia.tenant()")


def unprotected_tables(connection: "Connection | psycopg.Connection[Any]") -> list[str]:
    """Tables without forced row-level security or without any policy; there should be none."""
    execute: Callable[[str], Any] = getattr(connection, "exec_driver_sql", connection.execute)  # type: ignore[arg-type] # psycopg takes text as it is
    return [str(row[0]) for row in execute(_UNPROTECTED).fetchall()]


_UNPROTECTED = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND NOT (n.nspname = 'public' AND c.relname = 'alembic_version')
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
ORDER BY 1
"""


def _function(name: str, kind: str, setting: str) -> str:
    value = f"nullif(current_setting('tertulia.{setting}', true), '')"
    cast = "" if kind == "text" else f"::{kind}"
    return f"CREATE FUNCTION tertulia.{name}() RETURNS {kind} LANGUAGE sql STABLE PARALLEL SAFE RETURN {value}{cast}"


_FUNCTIONS = (
    "CREATE SCHEMA tertulia",
    _function("tenant", "uuid", "workspace_id"),
    _function("actor", "uuid", "user_id"),
    _function("purpose", "text", "purpose"),
    _function("credential", "text", "credential"),
)
_TABLES = (
    """
    CREATE TABLE outbox (
        id uuid PRIMARY KEY,
        subject text NOT NULL,
        workspace_id uuid,
        body text NOT NULL,
        request_id text,
        traceparent text,
        occurred_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        sent_at timestamptz
    )
    """,
    "CREATE INDEX outbox_pending ON outbox (id) WHERE sent_at IS NULL",
    """
    CREATE TABLE consumed_message (
        consumer text,
        delivery_id uuid,
        consumed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, delivery_id)
    )
    """,
    "CREATE INDEX consumed_message_age ON consumed_message USING brin (consumed_at)",
    """
    CREATE TABLE idempotency_key (
        id uuid PRIMARY KEY,
        workspace_id uuid,
        user_id uuid,
        purpose text,
        key text NOT NULL,
        fingerprint bytea NOT NULL,
        claim uuid NOT NULL,
        claimed_until timestamptz NOT NULL,
        status smallint,
        headers jsonb,
        body bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE NULLS NOT DISTINCT (workspace_id, user_id, purpose, key)
    )
    """,
)
