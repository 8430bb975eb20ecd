"""Each workspace's own key, and what people upload.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from tertulia.platform.migrations import policy, protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE workspace_key (
            workspace_id uuid PRIMARY KEY,
            master_key_id text NOT NULL,
            wrapped bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    protect(op, "workspace_key")
    op.execute("""
        CREATE TABLE stored_file (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            purpose text NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
            size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
            sha256 text NOT NULL DEFAULT '',
            complete boolean NOT NULL DEFAULT false,
            created_by uuid,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            PRIMARY KEY (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX stored_file_by_purpose ON stored_file (workspace_id, purpose, id DESC)")
    op.execute("CREATE INDEX stored_file_end ON stored_file (expires_at) WHERE expires_at IS NOT NULL")
    protect(op, "stored_file")
    policy(op, "stored_file", "stored_file_sweep", using="tertulia.purpose() = 'sweep' AND expires_at < now()")
    op.execute("""
        CREATE TABLE stored_file_part (
            workspace_id uuid NOT NULL,
            file_id uuid NOT NULL,
            number integer NOT NULL CHECK (number >= 0),
            content bytea NOT NULL CHECK (length(content) <= 1048576),
            PRIMARY KEY (workspace_id, file_id, number),
            FOREIGN KEY (workspace_id, file_id) REFERENCES stored_file (workspace_id, id) ON DELETE CASCADE
        )
    """)
    # Most uploads are compressed already, and parts are read whole.
    op.execute("ALTER TABLE stored_file_part ALTER COLUMN content SET STORAGE EXTERNAL")
    protect(op, "stored_file_part")


def downgrade() -> None:
    op.execute("DROP TABLE stored_file_part, stored_file, workspace_key")
