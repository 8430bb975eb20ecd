"""Batches of API calls, and what each of their lines gave.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from tertulia.platform.migrations import protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE batch (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            user_id uuid NOT NULL,
            api_key_id uuid,
            plan text NOT NULL,
            endpoint text NOT NULL,
            input_file_id uuid NOT NULL,
            output_file_id uuid,
            error_file_id uuid,
            status text NOT NULL CHECK (status IN ('validating', 'in_progress', 'finalizing', 'completed', 'failed',
                                                   'expired', 'cancelling', 'cancelled')),
            epoch integer NOT NULL DEFAULT 0,
            total integer NOT NULL DEFAULT 0,
            completed integer NOT NULL DEFAULT 0,
            failed integer NOT NULL DEFAULT 0,
            error_code text,
            error_detail text,
            metadata jsonb NOT NULL DEFAULT '{}',
            times jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX batch_newest ON batch (workspace_id, user_id, id DESC)")
    protect(op, "batch")
    op.execute("""
        CREATE TABLE batch_line (
            workspace_id uuid NOT NULL,
            batch_id uuid NOT NULL,
            number integer NOT NULL CHECK (number >= 1),
            failed boolean NOT NULL,
            result bytea NOT NULL,
            PRIMARY KEY (workspace_id, batch_id, number),
            FOREIGN KEY (workspace_id, batch_id) REFERENCES batch (workspace_id, id) ON DELETE CASCADE
        )
    """)
    protect(op, "batch_line")


def downgrade() -> None:
    op.execute("DROP TABLE batch_line, batch")
