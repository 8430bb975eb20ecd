"""Where personal data is in a passage, found as it comes in. Older ones are looked through when they are told.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE chunk ADD COLUMN findings jsonb")


def downgrade() -> None:
    op.execute("ALTER TABLE chunk DROP COLUMN findings")
