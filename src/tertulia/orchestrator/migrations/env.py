"""Alembic's entry for the orchestrator's database."""

from tertulia.orchestrator.models import Table
from tertulia.platform import migrations

migrations.run(Table.metadata)
