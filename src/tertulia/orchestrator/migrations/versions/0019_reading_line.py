"""Which content of a document has been given to be read: the others wait for their workspace's turn.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE document ADD COLUMN given_version integer NOT NULL DEFAULT 0")
    # The owner, too, sees rows only while the policies are not forced on it.
    op.execute("ALTER TABLE document NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE document SET given_version = version")
    op.execute("ALTER TABLE document FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE INDEX document_being_read ON document (workspace_id, updated_at) "
        "WHERE status IN ('queued', 'parsing', 'embedding')"
    )


def downgrade() -> None:
    op.execute("DROP INDEX document_being_read")
    op.execute("ALTER TABLE document DROP COLUMN given_version")
