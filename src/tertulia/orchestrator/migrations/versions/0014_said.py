"""What an answer said is sealed. The clear columns stay for workers of the version before; the sweep empties them.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE generation ADD COLUMN said bytea")
    op.execute("DROP INDEX generation_with_text")
    op.execute(
        "CREATE INDEX generation_saying ON generation (finished_at) "
        "WHERE said IS NOT NULL OR explanation IS NOT NULL OR text <> '' OR sources <> '[]' "
        "OR error_detail IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX generation_saying")
    op.execute("CREATE INDEX generation_with_text ON generation (finished_at) WHERE text <> ''")
    op.execute("ALTER TABLE generation DROP COLUMN said")
