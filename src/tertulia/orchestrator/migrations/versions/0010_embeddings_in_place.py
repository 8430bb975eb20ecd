"""Vectors stay in their row: comparing a thousand of them is then one read each and not six.

What was stored before moves when its document is read again.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE chunk ALTER COLUMN embedding SET STORAGE PLAIN")


def downgrade() -> None:
    op.execute("ALTER TABLE chunk ALTER COLUMN embedding SET STORAGE EXTERNAL")
