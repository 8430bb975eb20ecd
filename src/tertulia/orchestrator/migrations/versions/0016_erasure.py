"""A deleted workspace's generations are erased too: for that purpose alone, since they are the books.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

from tertulia.platform.migrations import app_login, let_erase

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("generation", "step"):
        op.execute(f"GRANT DELETE ON {table} TO {app_login(op)}")
        op.execute(
            f"CREATE POLICY {table}_stays ON {table} AS RESTRICTIVE FOR DELETE USING (tertulia.purpose() = 'erase')"
        )
    let_erase(op, "idempotency_key")


def downgrade() -> None:
    op.execute("DROP POLICY idempotency_key_erase ON idempotency_key")
    for table in ("generation", "step"):
        op.execute(f"DROP POLICY {table}_stays ON {table}")
        op.execute(f"REVOKE DELETE ON {table} FROM {app_login(op)}")
