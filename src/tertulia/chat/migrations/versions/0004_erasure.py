"""A workspace's conversations can be erased, whosever they are."""

from alembic import op

from tertulia.platform.migrations import let_erase

revision = "0004"
down_revision = "0003"

_TABLES = ("conversation", "idempotency_key")


def upgrade() -> None:
    let_erase(op, *_TABLES)


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP POLICY {table}_erase ON {table}")
