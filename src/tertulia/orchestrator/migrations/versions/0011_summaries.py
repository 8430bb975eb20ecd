"""Summaries of long conversations, and what an answer had to do without.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from tertulia.platform.migrations import policy, protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_EXPIRED = "tertulia.purpose() = 'sweep' AND expires_at < now()"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE conversation_summary (
            workspace_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            digest bytea NOT NULL,
            sealed bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (workspace_id, conversation_id, digest)
        )
    """)
    op.execute("CREATE INDEX conversation_summary_expiry ON conversation_summary (expires_at)")
    protect(op, "conversation_summary")
    policy(op, "conversation_summary", "conversation_summary_sweep", using=_EXPIRED)
    op.execute("ALTER TABLE generation DROP CONSTRAINT generation_kind_check")
    op.execute(
        "ALTER TABLE generation ADD CONSTRAINT generation_kind_check "
        "CHECK (kind IN ('chat', 'embedding', 'title', 'summary', 'rewrite')) NOT VALID"
    )
    op.execute("ALTER TABLE generation ADD COLUMN warnings jsonb NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    op.execute("ALTER TABLE generation DROP COLUMN warnings")
    op.execute("UPDATE generation SET kind = 'title' WHERE kind IN ('summary', 'rewrite')")
    op.execute("ALTER TABLE generation DROP CONSTRAINT generation_kind_check")
    op.execute(
        "ALTER TABLE generation ADD CONSTRAINT generation_kind_check CHECK (kind IN ('chat', 'embedding', 'title'))"
    )
    op.execute("DROP TABLE conversation_summary")
