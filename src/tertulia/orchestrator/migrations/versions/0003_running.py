"""Find the generations that nobody works on any more without reading all that have ended.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX generation_running ON generation (leased_until) WHERE status = 'running'")


def downgrade() -> None:
    op.execute("DROP INDEX generation_running")
