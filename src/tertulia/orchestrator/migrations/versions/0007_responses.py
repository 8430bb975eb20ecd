"""Stored responses of the API.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

from tertulia.platform.migrations import policy, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE response (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            user_id uuid NOT NULL,
            status text NOT NULL
                CHECK (status IN ('queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled')),
            background boolean NOT NULL,
            epoch integer NOT NULL DEFAULT 0,
            last_sequence integer,
            sealed bytea NOT NULL CHECK (length(sealed) <= 33554432),
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX response_end ON response (expires_at)")
    op.execute(
        "CREATE INDEX response_unfinished ON response (workspace_id, created_at) "
        "WHERE status IN ('queued', 'in_progress')"
    )
    # What is sealed does not compress.
    op.execute("ALTER TABLE response ALTER COLUMN sealed SET STORAGE EXTERNAL")
    protect(op, "response")
    policy(op, "response", "response_sweep", using="tertulia.purpose() = 'sweep' AND expires_at < now()")
    policy(
        op,
        "response",
        "response_lost",
        command="SELECT",
        using="tertulia.purpose() = 'lease' AND status IN ('queued', 'in_progress')",
    )


def downgrade() -> None:
    op.execute("DROP TABLE response")
