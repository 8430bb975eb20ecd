"""Alembic runs this; the platform knows how."""

from tertulia.auth.models import Table
from tertulia.platform import migrations

migrations.run(Table.metadata)
