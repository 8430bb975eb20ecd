"""Knowledge bases, their documents and passages; and what an answer was given of them.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from tertulia.platform.migrations import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE knowledge_base (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            owner_id uuid NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            description text NOT NULL DEFAULT '',
            visibility text NOT NULL CHECK (visibility IN ('workspace', 'private')),
            revision integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (workspace_id, id)
        )
    """)
    protect(op, "knowledge_base")
    op.execute("""
        CREATE TABLE document (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
            version integer NOT NULL DEFAULT 1,
            status text NOT NULL CHECK (status IN ('queued', 'parsing', 'embedding', 'ready', 'failed')),
            progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
            media_type text NOT NULL DEFAULT '',
            size bigint NOT NULL DEFAULT 0,
            chunks integer NOT NULL DEFAULT 0,
            file_id uuid,
            source_url text,
            error_code text,
            error_detail text,
            created_by uuid,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (workspace_id, id),
            UNIQUE (workspace_id, knowledge_base_id, name),
            FOREIGN KEY (workspace_id, knowledge_base_id) REFERENCES knowledge_base ON DELETE CASCADE,
            FOREIGN KEY (workspace_id, file_id) REFERENCES stored_file (workspace_id, id) ON DELETE SET NULL (file_id)
        )
    """)
    protect(op, "document")
    op.execute("""
        CREATE TABLE chunk (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            document_id uuid NOT NULL,
            position integer NOT NULL,
            text text NOT NULL,
            heading text,
            page integer,
            digest bytea NOT NULL,
            embedding vector(384),
            words tsvector GENERATED ALWAYS AS
                (setweight(to_tsvector('english', coalesce(heading, '')), 'A') || to_tsvector('english', text)) STORED,
            PRIMARY KEY (workspace_id, id),
            FOREIGN KEY (workspace_id, document_id) REFERENCES document (workspace_id, id) ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX chunk_in_document ON chunk (workspace_id, document_id, position)")
    op.execute("CREATE INDEX chunk_words ON chunk USING gin (words)")
    op.execute("CREATE INDEX chunk_embedding ON chunk USING hnsw (embedding vector_ip_ops)")
    # A base of ordinary size is read whole by this one, exactly; the planner chooses by how much it holds.
    op.execute("CREATE INDEX chunk_in_base ON chunk (workspace_id, knowledge_base_id)")
    protect(op, "chunk")
    op.execute("ALTER TABLE generation ADD COLUMN sources jsonb NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    op.execute("ALTER TABLE generation DROP COLUMN sources")
    op.execute("DROP TABLE chunk, document, knowledge_base")
