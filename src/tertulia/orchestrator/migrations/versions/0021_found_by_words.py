"""Passages are found by their words through the index of words, and not by reading a whole base.

A policy's condition is held before any that is not known to leak nothing, and a match of words is not: under a policy
the index of words is never used. So the owner's function looks into it, for the tenant of the transaction and no other,
and gives ids alone; who asks sees of them what the policy shows. What waits to be put into the index is read with each
search: that is kept short, so that documents that have just come in do not make it slow.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

from tertulia.platform.migrations import app_login

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_FUNCTION = "chunk_with_words(uuid[], text, vector, integer, integer)"


def upgrade() -> None:
    op.execute("ALTER INDEX chunk_words SET (gin_pending_list_limit = 64)")
    op.execute("CREATE POLICY chunk_found ON chunk FOR SELECT TO CURRENT_USER USING (true)")
    op.execute("""
        CREATE FUNCTION chunk_with_words(bases uuid[], query text, near vector, looked_at integer, most integer)
        RETURNS TABLE (id uuid, score double precision)
        LANGUAGE sql STABLE SECURITY DEFINER ROWS 40 SET search_path = pg_catalog, public
        BEGIN ATOMIC
            SELECT matching.id, coalesce(-(matching.embedding <#> near), 0)
            FROM (
                SELECT chunk.id, chunk.embedding, chunk.words FROM chunk
                WHERE chunk.workspace_id = tertulia.tenant() AND chunk.knowledge_base_id = ANY(bases)
                    AND chunk.words @@ to_tsquery('english', query)
                LIMIT looked_at
            ) AS matching
            ORDER BY ts_rank(matching.words, to_tsquery('english', query), 1) DESC, matching.id
            LIMIT most;
        END
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {_FUNCTION} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_FUNCTION} TO {app_login(op)}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_FUNCTION}")
    op.execute("DROP POLICY chunk_found ON chunk")
    op.execute("ALTER INDEX chunk_words RESET (gin_pending_list_limit)")
