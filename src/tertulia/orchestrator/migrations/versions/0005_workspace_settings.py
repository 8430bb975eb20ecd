"""What each workspace has chosen.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from tertulia.platform.migrations import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE workspace_setting (
            workspace_id uuid NOT NULL,
            name text NOT NULL,
            value jsonb NOT NULL,
            updated_by uuid,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (workspace_id, name)
        )
    """)
    protect(op, "workspace_setting")


def downgrade() -> None:
    op.execute("DROP TABLE workspace_setting")
