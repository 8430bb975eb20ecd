"""The values behind placeholders.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

from tertulia.platform.migrations import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE pii_vault (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            digest bytea NOT NULL,
            kind text NOT NULL,
            number integer NOT NULL CHECK (number BETWEEN 1 AND 999999),
            layer text NOT NULL CHECK (layer IN ('pattern', 'model')),
            sealed bytea NOT NULL,
            found_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (workspace_id, id),
            UNIQUE (workspace_id, digest),
            UNIQUE (workspace_id, kind, number)
        )
    """)
    protect(op, "pii_vault")


def downgrade() -> None:
    op.execute("DROP TABLE pii_vault")
