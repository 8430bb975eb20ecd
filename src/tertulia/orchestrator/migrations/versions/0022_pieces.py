"""Passages in scripts that the embedding model does not know are found by pieces of their words, through an index.

Those that were stored before are found by them when their document is read again. As with words (0021), the owner's
function looks into the index, for the tenant of the transaction and no other, and gives ids alone. A document also
keeps which letters its server said that it is in.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

from tertulia.platform.migrations import app_login

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_FUNCTION = "chunk_with_pieces(uuid[], integer[], vector, integer, integer, integer, integer)"


def upgrade() -> None:
    op.execute("ALTER TABLE document ADD COLUMN charset text")
    op.execute("ALTER TABLE chunk ADD COLUMN pieces integer[]")
    op.execute("CREATE INDEX chunk_pieces ON chunk USING gin (pieces) WITH (gin_pending_list_limit = 64)")
    op.execute("""
        CREATE FUNCTION chunk_with_pieces(
            bases uuid[], asked integer[], near vector, common integer, rarest integer, looked_at integer, most integer
        )
        RETURNS TABLE (id uuid, score double precision)
        LANGUAGE sql STABLE SECURITY DEFINER ROWS 40 SET search_path = pg_catalog, public
        BEGIN ATOMIC
            WITH counted AS MATERIALIZED (
                SELECT piece, (
                    SELECT count(*) FROM (
                        SELECT FROM chunk
                        WHERE chunk.workspace_id = tertulia.tenant() AND chunk.knowledge_base_id = ANY(bases)
                            AND chunk.pieces @> ARRAY[piece]
                        LIMIT common
                    ) AS held
                ) AS holders
                FROM unnest(asked) AS piece
            ), rare AS MATERIALIZED (
                SELECT coalesce(array_agg(piece), '{}') AS pieces
                FROM (SELECT piece FROM counted WHERE holders > 0 ORDER BY holders, piece LIMIT rarest) AS rarest
            )
            SELECT matching.id, coalesce(-(matching.embedding <#> near), 0)
            FROM (
                SELECT chunk.id, chunk.embedding, chunk.pieces FROM chunk
                WHERE chunk.workspace_id = tertulia.tenant() AND chunk.knowledge_base_id = ANY(bases)
                    AND chunk.pieces && (SELECT pieces FROM rare)
                LIMIT looked_at
            ) AS matching
            ORDER BY (
                SELECT count(*) FROM unnest((SELECT pieces FROM rare)) AS piece WHERE piece = ANY(matching.pieces)
            ) DESC, matching.id
            LIMIT most;
        END
    """)
    op.execute(f"REVOKE ALL ON FUNCTION {_FUNCTION} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_FUNCTION} TO {app_login(op)}")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_FUNCTION}")
    op.execute("ALTER TABLE chunk DROP COLUMN pieces")
    op.execute("ALTER TABLE document DROP COLUMN charset")
