"""Evaluations: sets of cases, runs over them, and how each case was judged.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

from tertulia.platform.migrations import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE eval_set (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            knowledge_base_ids uuid[] NOT NULL,
            cases jsonb NOT NULL,
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (workspace_id, id),
            UNIQUE (workspace_id, name)
        )
    """)
    protect(op, "eval_set")
    op.execute("""
        CREATE TABLE eval_run (
            workspace_id uuid NOT NULL,
            id uuid NOT NULL,
            set_id uuid NOT NULL,
            status text NOT NULL CHECK (status IN ('queued', 'finished', 'failed')),
            figures jsonb NOT NULL DEFAULT '[]',
            error_code text,
            started_by uuid NOT NULL,
            started_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            PRIMARY KEY (workspace_id, id),
            FOREIGN KEY (workspace_id, set_id) REFERENCES eval_set ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX eval_run_of_set ON eval_run (workspace_id, set_id, id)")
    protect(op, "eval_run")
    op.execute("""
        CREATE TABLE eval_result (
            workspace_id uuid NOT NULL,
            run_id uuid NOT NULL,
            position integer NOT NULL,
            correct boolean NOT NULL,
            judged jsonb NOT NULL,
            PRIMARY KEY (workspace_id, run_id, position),
            FOREIGN KEY (workspace_id, run_id) REFERENCES eval_run ON DELETE CASCADE
        )
    """)
    protect(op, "eval_result")


def downgrade() -> None:
    op.execute("DROP TABLE eval_result, eval_run, eval_set")
