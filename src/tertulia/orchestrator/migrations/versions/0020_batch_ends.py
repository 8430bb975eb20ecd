"""Which line a batch failed for, how long what it writes is kept, and a way to batches whose time is over.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

from tertulia.platform.migrations import policy

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_UNFINISHED = "status NOT IN ('completed', 'failed', 'expired', 'cancelled')"


def upgrade() -> None:
    op.execute("ALTER TABLE batch ADD COLUMN error_line integer CHECK (error_line >= 1)")
    op.execute("ALTER TABLE batch ADD COLUMN output_seconds integer CHECK (output_seconds > 0)")
    # The owner, too, sees rows only while the policies are not forced on it.
    op.execute("ALTER TABLE batch NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE batch SET error_line = substring(error_detail FROM '^Line (\\d{1,9}): ')::integer")
    op.execute("ALTER TABLE batch FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE INDEX batch_unfinished ON batch (expires_at) WHERE {_UNFINISHED}")
    policy(op, "batch", "batch_lost", command="SELECT", using=f"tertulia.purpose() = 'lease' AND {_UNFINISHED}")


def downgrade() -> None:
    op.execute("DROP POLICY batch_lost ON batch")
    op.execute("DROP INDEX batch_unfinished")
    op.execute("ALTER TABLE batch DROP COLUMN error_line, DROP COLUMN output_seconds")
