r"""Searches whose last word is a phrase that is not wanted, as ``-a/b``: only a word can be the beginning of one.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UNSPACED = r"[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF]"


def _search_terms(whole: str) -> None:
    """``whole``: when the last word is taken as it is."""
    op.execute(rf"""
    CREATE OR REPLACE FUNCTION search_terms(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
        SELECT CASE WHEN {whole} THEN terms ELSE (terms::text || ':*')::tsquery END
        FROM websearch_to_tsquery('pg_catalog.simple', searchable(CASE
            WHEN strpos(typed, '"') > 0 THEN typed ELSE regexp_replace(typed, '({_UNSPACED}{{2,}})', '"\1"', 'g')
        END)) terms
    )
    """)  # noqa: S608 - put together from constants


def upgrade() -> None:
    _search_terms(r"""typed ~ '["\s]$' OR terms::text !~ '''$'""")


def downgrade() -> None:
    _search_terms(r"""numnode(terms) = 0 OR typed ~ '["\s]$'""")
