"""A service's database as the platform's own migrations make it, with one table of a tenant, on the real servers."""

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest

from tertulia.platform import migrations
from tertulia.platform.bus import Bus
from tertulia.platform.db import Database
from tests import streams
from tests.databases import ServiceDatabase

HISTORY = "probe_history"
_ENV = "from tertulia.platform.migrations import run\n\nrun()\n"
_FIRST = """
from alembic import op
from tertulia.platform.migrations import create_platform_schema, drop_platform_schema, protect

revision = "0001"
down_revision = None

def upgrade():
    create_platform_schema(op)
    op.execute("CREATE TABLE note (workspace_id uuid, id uuid, words text, PRIMARY KEY (workspace_id, id))")
    protect(op, "note")

def downgrade():
    op.execute("DROP TABLE note")
    drop_platform_schema(op)
"""
_SECOND = """
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.execute("ALTER TABLE note ADD COLUMN pinned boolean NOT NULL DEFAULT false")

def downgrade():
    op.execute("ALTER TABLE note DROP COLUMN pinned")
"""


class ProbeDatabase(ServiceDatabase):
    def clear(self) -> None:
        self.rows("TRUNCATE note, outbox, consumed_message, idempotency_key")


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A package of migrations with two revisions."""
    root = tmp_path_factory.mktemp("history")
    versions = root / HISTORY / "versions"
    versions.mkdir(parents=True)
    (root / HISTORY / "env.py").write_text(_ENV)
    (versions / "0001_first.py").write_text(_FIRST)
    (versions / "0002_second.py").write_text(_SECOND)
    sys.path.insert(0, str(root))
    yield HISTORY
    sys.path.remove(str(root))


@pytest.fixture(scope="session")
def migrated(servers: Any, history: str) -> ProbeDatabase:
    owner_url, app_url = servers.postgres.create_service_database("probe")
    migrations.upgrade(owner_url, history)
    name = psycopg.conninfo.conninfo_to_dict(app_url)["dbname"]
    return ProbeDatabase(owner_url, app_url, servers.postgres.url(name))


@pytest.fixture
def probe(migrated: ProbeDatabase) -> ProbeDatabase:
    """The migrated database, empty."""
    migrated.clear()
    return migrated


@pytest.fixture
async def database(probe: ProbeDatabase) -> AsyncIterator[Database]:
    async with Database(probe.app_url, service="probe", pool_size=4) as opened:
        yield opened


@pytest.fixture
async def bus(servers: Any) -> AsyncIterator[Bus]:
    """Connected, with empty streams."""
    async with Bus(servers.nats.url, "probe") as connected:
        await streams.empty(connected)
        yield connected
