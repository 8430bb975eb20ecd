"""What was sent to the model for an answer, sealed beside it.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE generation ADD COLUMN explanation bytea")
    op.execute("CREATE INDEX generation_answer ON generation (workspace_id, answer_id) WHERE answer_id IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX generation_answer")
    op.execute("ALTER TABLE generation DROP COLUMN explanation")
