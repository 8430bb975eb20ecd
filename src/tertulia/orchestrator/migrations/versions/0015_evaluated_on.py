"""A run keeps what it asked and what was found for it: its set may be changed afterwards.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        ALTER TABLE eval_run
            ADD COLUMN knowledge_base_ids uuid[] NOT NULL DEFAULT '{}',
            ADD COLUMN cases jsonb NOT NULL DEFAULT '[]'
    """)
    op.execute("ALTER TABLE eval_result ADD COLUMN passages uuid[] NOT NULL DEFAULT '{}'")
    # No set could be changed until now. The owner, too, sees rows only while the policies are not forced on it.
    for table in ("eval_run", "eval_set"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        UPDATE eval_run SET knowledge_base_ids = asked.knowledge_base_ids, cases = asked.cases FROM eval_set AS asked
        WHERE asked.workspace_id = eval_run.workspace_id AND asked.id = eval_run.set_id
    """)
    for table in ("eval_run", "eval_set"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("ALTER TABLE eval_result DROP COLUMN passages")
    op.execute("ALTER TABLE eval_run DROP COLUMN cases, DROP COLUMN knowledge_base_ids")
