"""Generations and their steps.

Revision ID: 0001
Revises:
"""

from alembic import op

from tertulia.platform.migrations import create_platform_schema, drop_platform_schema, policy, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_platform_schema(op)
    op.execute("""
        CREATE TABLE generation (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            user_id uuid,
            source text NOT NULL CHECK (source IN ('chat', 'api')),
            kind text NOT NULL DEFAULT 'chat' CHECK (kind IN ('chat', 'embedding', 'title')),
            conversation_id uuid,
            answer_id uuid,
            api_key_id uuid,
            status text NOT NULL CHECK (status IN ('running', 'finished', 'stopped', 'failed')),
            epoch integer NOT NULL DEFAULT 1,
            worker uuid,
            leased_until timestamptz,
            provider text,
            model text,
            text text NOT NULL DEFAULT '',
            prompt_tokens bigint NOT NULL DEFAULT 0 CHECK (prompt_tokens >= 0),
            completion_tokens bigint NOT NULL DEFAULT 0 CHECK (completion_tokens >= 0),
            cached_prompt_tokens bigint NOT NULL DEFAULT 0 CHECK (cached_prompt_tokens BETWEEN 0 AND prompt_tokens),
            usage_estimated boolean NOT NULL DEFAULT false,
            cost bigint NOT NULL DEFAULT 0 CHECK (cost >= 0),
            currency text NOT NULL DEFAULT 'USD',
            error_code text,
            error_detail text,
            first_token_ms integer,
            started_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz CHECK ((finished_at IS NULL) = (status = 'running')),
            PRIMARY KEY (workspace_id, id)
        )
    """)
    op.execute("CREATE INDEX generation_by_id ON generation (id)")
    op.execute(
        "CREATE INDEX generation_conversation ON generation (workspace_id, conversation_id) "
        "WHERE conversation_id IS NOT NULL"
    )
    op.execute("CREATE INDEX generation_with_text ON generation (finished_at) WHERE text <> ''")
    protect(op, "generation", privileges=("SELECT", "INSERT", "UPDATE"))
    policy(op, "generation", "generation_lease", using="tertulia.purpose() = 'lease' AND status = 'running'")
    # Chat knows an answer by its generation's id alone, which only the server makes.
    policy(op, "generation", "generation_reading", command="SELECT", using="tertulia.purpose() = 'reading'")
    policy(op, "generation", "generation_sweep", using="tertulia.purpose() = 'sweep' AND status <> 'running'")
    op.execute("""
        CREATE TABLE step (
            workspace_id uuid NOT NULL,
            generation_id uuid NOT NULL,
            name text NOT NULL,
            status text NOT NULL CHECK (status IN ('ok', 'failed', 'skipped', 'cancelled')),
            milliseconds integer NOT NULL CHECK (milliseconds >= 0),
            error_code text,
            PRIMARY KEY (workspace_id, generation_id, name),
            FOREIGN KEY (workspace_id, generation_id) REFERENCES generation (workspace_id, id) ON DELETE CASCADE
        )
    """)
    protect(op, "step", privileges=("SELECT", "INSERT"))


def downgrade() -> None:
    op.execute("DROP TABLE step, generation")
    drop_platform_schema(op)
