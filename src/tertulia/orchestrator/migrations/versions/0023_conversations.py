"""Conversations of the API.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

from tertulia.platform.migrations import policy, protect

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE stored_conversation (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            user_id uuid NOT NULL,
            sealed bytea NOT NULL CHECK (length(sealed) <= 33554432),
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX stored_conversation_end ON stored_conversation (expires_at)")
    # What is sealed does not compress.
    op.execute("ALTER TABLE stored_conversation ALTER COLUMN sealed SET STORAGE EXTERNAL")
    protect(op, "stored_conversation")
    policy(
        op,
        "stored_conversation",
        "stored_conversation_sweep",
        using="tertulia.purpose() = 'sweep' AND expires_at < now()",
    )


def downgrade() -> None:
    op.execute("DROP TABLE stored_conversation")
