"""Conversations, the tree of their messages, and the words that search looks through."""

from alembic import op

from tertulia.platform.migrations import app_login, create_platform_schema, drop_platform_schema, policy, protect

revision = "0001"
down_revision = None

_OWN = "workspace_id = tertulia.tenant() AND user_id = tertulia.actor()"

_TABLES = (
    """
    CREATE TABLE conversation (
        workspace_id uuid,
        id uuid,
        user_id uuid NOT NULL,
        title text NOT NULL,
        title_source text NOT NULL CHECK (title_source IN ('provisional', 'generated', 'person')),
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz,
        expires_at timestamptz,
        PRIMARY KEY (workspace_id, id),
        CHECK ((deleted_at IS NULL) = (expires_at IS NULL))
    )
    """,
    "CREATE INDEX conversation_recent ON conversation (workspace_id, user_id, updated_at DESC, id DESC)",
    "CREATE INDEX conversation_expiring ON conversation (expires_at) WHERE expires_at IS NOT NULL",
    """
    CREATE TABLE message (
        workspace_id uuid,
        id uuid,
        conversation_id uuid NOT NULL,
        user_id uuid NOT NULL,
        parent_id uuid,
        role text NOT NULL CHECK (role IN ('user', 'assistant')),
        status text NOT NULL CHECK (status IN ('generating', 'finished', 'stopped', 'failed')),
        parts jsonb NOT NULL CHECK (jsonb_typeof(parts) = 'array'),
        model text,
        usage jsonb,
        cost_amount bigint,
        cost_currency text,
        generation_id uuid,
        error_code text,
        error_detail text,
        stop_requested_at timestamptz,
        created_at timestamptz NOT NULL,
        ended_at timestamptz,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation ON DELETE CASCADE,
        FOREIGN KEY (workspace_id, parent_id) REFERENCES message ON DELETE CASCADE,
        CHECK ((role = 'assistant') = (generation_id IS NOT NULL))
    )
    """,
    "CREATE INDEX message_in_conversation ON message (workspace_id, conversation_id, created_at, id)",
    "CREATE INDEX message_children ON message (workspace_id, parent_id)",
    # An answer is found by its id alone by those who work for all tenants: the window, the streams' watch.
    "CREATE UNIQUE INDEX message_answer ON message (id) WHERE generation_id IS NOT NULL",
    """
    CREATE INDEX message_generating ON message (workspace_id, conversation_id, created_at) WHERE status = 'generating'
    """,
    # A conversation's title is the row without a message.
    """
    CREATE TABLE search_document (
        workspace_id uuid NOT NULL,
        conversation_id uuid NOT NULL,
        message_id uuid,
        user_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        words tsvector NOT NULL,
        UNIQUE NULLS NOT DISTINCT (workspace_id, conversation_id, message_id),
        FOREIGN KEY (workspace_id, conversation_id) REFERENCES conversation ON DELETE CASCADE
    )
    """,
    "CREATE INDEX search_document_words ON search_document USING gin (workspace_id, user_id, words)",
)

# Words are compared without case whatever the database's locale is. Scripts that put no space between words are
# taken character by character. Of what is longer than 100,000 characters the beginning is searched: a tsvector has a
# bound.
_UNSPACED = r"[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF]"
_FUNCTIONS = (
    rf"""
    CREATE FUNCTION searchable(content text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
        regexp_replace(
            lower(normalize(left(content, 100000), NFKC) COLLATE pg_c_utf8), '{_UNSPACED}', ' \& ', 'g'
        )
    """,
    # Websearch syntax; the last word is taken as the beginning of one, because it may still be being typed.
    rf"""
    CREATE FUNCTION search_terms(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
        SELECT CASE WHEN numnode(terms) = 0 OR typed ~ '["\s]$' THEN terms ELSE (terms::text || ':*')::tsquery END
        FROM websearch_to_tsquery('pg_catalog.simple', searchable(CASE
            WHEN strpos(typed, '"') > 0 THEN typed ELSE regexp_replace(typed, '({_UNSPACED}{{2,}})', '"\1"', 'g')
        END)) terms
    )
    """,  # noqa: S608 - put together from constants
    """
    CREATE FUNCTION searched() RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE RETURN
        nullif(current_setting('tertulia.searched', true), '')::tsquery
    """,
)

# The triggers write as the owner, so that the app may only look: and only for what it has said it searches.
_TRIGGERS = (
    """
    CREATE FUNCTION note_title() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$ BEGIN
        INSERT INTO search_document (workspace_id, conversation_id, user_id, created_at, words)
        VALUES (NEW.workspace_id, NEW.id, NEW.user_id, NEW.created_at, to_tsvector('simple', searchable(NEW.title)))
        ON CONFLICT (workspace_id, conversation_id, message_id) DO UPDATE SET words = excluded.words;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$ BEGIN
        INSERT INTO search_document (workspace_id, conversation_id, message_id, user_id, created_at, words)
        SELECT NEW.workspace_id, NEW.conversation_id, NEW.id, NEW.user_id, NEW.created_at,
               to_tsvector('simple', searchable(string_agg(part ->> 'text', E'\\n')))
        FROM jsonb_array_elements(NEW.parts) part
        ON CONFLICT (workspace_id, conversation_id, message_id) DO UPDATE SET words = excluded.words;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER note_title AFTER INSERT OR UPDATE OF title ON conversation
    FOR EACH ROW EXECUTE FUNCTION note_title()
    """,
    """
    CREATE TRIGGER note_message AFTER INSERT OR UPDATE OF parts ON message
    FOR EACH ROW WHEN (NEW.parts <> '[]') EXECUTE FUNCTION note_message()
    """,
)


def upgrade() -> None:
    create_platform_schema(op)
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    for statement in (*_FUNCTIONS, *_TABLES, *_TRIGGERS):
        op.execute(statement)
    for table in ("conversation", "message"):
        protect(op, table, using=_OWN)
        policy(op, table, f"{table}_sweep", using="tertulia.purpose() = 'sweep'")
        policy(op, table, f"{table}_window", command="SELECT", using="tertulia.purpose() = 'window'")
    policy(op, "message", "message_watch", command="SELECT", using="tertulia.purpose() = 'watch'")
    _protect_search()


def _protect_search() -> None:
    """The query stands in the policy: a condition of the statement would be tried only after the policy's, without
    the index, because ``@@`` is not leakproof.
    """
    op.execute("ALTER TABLE search_document ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE search_document FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY search_document_kept ON search_document TO CURRENT_USER USING ({_OWN})")
    app, found = app_login(op), f"{_OWN} AND words @@ searched()"
    op.execute(f"CREATE POLICY search_document_own ON search_document FOR SELECT TO {app} USING ({found})")
    op.execute(f"GRANT SELECT ON search_document TO {app}")


def downgrade() -> None:
    op.execute("DROP TABLE search_document, message, conversation")
    op.execute("DROP FUNCTION note_title, note_message, searched, search_terms, searchable")
    drop_platform_schema(op)
