"""A run may ask a model too: which, on whose account, what it said and cost. A set counts its changes.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_STATUS = "ALTER TABLE eval_run DROP CONSTRAINT eval_run_status_check, ADD CONSTRAINT eval_run_status_check"


def upgrade() -> None:
    op.execute("ALTER TABLE eval_set ADD COLUMN version integer NOT NULL DEFAULT 1")
    op.execute("""
        ALTER TABLE eval_run
            ADD COLUMN model text,
            ADD COLUMN plan text,
            ADD COLUMN done integer NOT NULL DEFAULT 0,
            ADD COLUMN cost bigint NOT NULL DEFAULT 0,
            ADD COLUMN currency text NOT NULL DEFAULT 'USD'
    """)
    op.execute(f"{_STATUS} CHECK (status IN ('queued', 'finished', 'failed', 'cancelled'))")
    op.execute("ALTER TABLE eval_result ADD COLUMN answered jsonb, ADD COLUMN answer bytea")
    # The owner, too, sees rows only while the policies are not forced on it.
    op.execute("ALTER TABLE eval_run NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE eval_run SET done = jsonb_array_length(cases) WHERE status = 'finished'")
    op.execute("ALTER TABLE eval_run FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("ALTER TABLE eval_result DROP COLUMN answer, DROP COLUMN answered")
    op.execute("ALTER TABLE eval_run NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE eval_run SET status = 'failed', error_code = 'cancelled' WHERE status = 'cancelled'")
    op.execute("ALTER TABLE eval_run FORCE ROW LEVEL SECURITY")
    op.execute(f"{_STATUS} CHECK (status IN ('queued', 'finished', 'failed'))")
    op.execute(
        "ALTER TABLE eval_run DROP COLUMN currency, DROP COLUMN cost, DROP COLUMN done, DROP COLUMN plan,"
        " DROP COLUMN model"
    )
    op.execute("ALTER TABLE eval_set DROP COLUMN version")
