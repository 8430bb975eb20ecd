"""People, sessions, workspaces, keys; and who sees which row.

There is no way to see everything. A row opens to its tenant, to its person, or to who knows the digest of a secret
that belongs to it; the purposes see only what they are for: ``sweep`` what has expired, ``record_use`` when credentials
were last used, ``signing_keys`` the (sealed) signing keys.
"""

from alembic import op

from tertulia.platform.migrations import (
    app_login,
    create_platform_schema,
    drop_platform_schema,
    policy,
    protect,
)

revision = "0001"
down_revision = None

MINE = "user_id = tertulia.actor()"
OURS = "workspace_id = tertulia.tenant()"
PROVEN = "digest = tertulia.credential()"
SWEEP = "tertulia.purpose() = 'sweep'"

TABLES = (
    """
    CREATE TABLE "user" (
        id uuid PRIMARY KEY,
        email text NOT NULL UNIQUE,
        email_digest text NOT NULL UNIQUE,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE password (
        user_id uuid PRIMARY KEY REFERENCES "user" ON DELETE CASCADE,
        hash text NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE session (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
        digest text NOT NULL UNIQUE,
        user_agent text NOT NULL,
        address text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
    )
    """,
    "CREATE INDEX session_user_id ON session (user_id)",
    "CREATE INDEX session_expires_at ON session (expires_at)",
    """
    CREATE TABLE refresh_token (
        id uuid PRIMARY KEY,
        session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
        user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
        digest text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz,
        successor_id uuid
    )
    """,
    "CREATE INDEX refresh_token_session_id ON refresh_token (session_id)",
    "CREATE INDEX refresh_token_user_id ON refresh_token (user_id)",
    """
    CREATE TABLE workspace (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        plan text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz
    )
    """,
    "CREATE INDEX workspace_expires_at ON workspace (expires_at)",
    """
    CREATE TABLE membership (
        workspace_id uuid REFERENCES workspace ON DELETE CASCADE,
        user_id uuid REFERENCES "user" ON DELETE CASCADE,
        role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, user_id)
    )
    """,
    "CREATE INDEX membership_user_id ON membership (user_id)",
    """
    CREATE TABLE api_key (
        workspace_id uuid REFERENCES workspace ON DELETE CASCADE,
        id uuid UNIQUE,
        user_id uuid NOT NULL REFERENCES "user" ON DELETE CASCADE,
        name text NOT NULL,
        prefix text NOT NULL,
        digest text NOT NULL UNIQUE,
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        PRIMARY KEY (workspace_id, id)
    )
    """,
    "CREATE INDEX api_key_user_id ON api_key (user_id)",
    "CREATE TABLE credential_use (credential_id uuid PRIMARY KEY, used_at timestamptz NOT NULL)",
    "CREATE INDEX credential_use_used_at ON credential_use (used_at)",
    """
    CREATE TABLE signing_key (
        kid text PRIMARY KEY,
        public_key bytea NOT NULL,
        sealed_private_key bytea NOT NULL,
        active_from timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE audit_event (
        id uuid PRIMARY KEY,
        workspace_id uuid,
        user_id uuid NOT NULL,
        action text NOT NULL,
        subject text,
        details jsonb NOT NULL,
        occurred_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX audit_event_workspace_id ON audit_event (workspace_id, id)",
    "CREATE INDEX audit_event_user_id ON audit_event (user_id)",
)


def upgrade() -> None:
    create_platform_schema(op)
    for statement in TABLES:
        op.execute(statement)
    _open_people()
    _open_sessions()
    _open_workspaces()
    protect(op, "signing_key", "tertulia.purpose() = 'signing_keys'", privileges=("SELECT", "INSERT", "DELETE"))
    protect(op, "audit_event", f"{OURS} OR {MINE}", privileges=("SELECT", "INSERT"))


def _open_people() -> None:
    op.execute('ALTER TABLE "user" ENABLE ROW LEVEL SECURITY')
    op.execute('ALTER TABLE "user" FORCE ROW LEVEL SECURITY')
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "user" TO {app_login(op)}')
    fellow = f'EXISTS (SELECT FROM membership m WHERE m.user_id = "user".id AND m.{OURS})'
    policy(op, '"user"', "user_own", using="id = tertulia.actor()")
    policy(op, '"user"', "user_by_email", command="SELECT", using="email_digest = tertulia.credential()")
    policy(op, '"user"', "user_fellow_member", command="SELECT", using=fellow)
    protect(op, "password", MINE)
    by_email = 'EXISTS (SELECT FROM "user" u WHERE u.id = user_id AND u.email_digest = tertulia.credential())'
    policy(op, "password", "password_by_email", command="SELECT", using=by_email)


def _open_sessions() -> None:
    protect(op, "session", MINE)
    policy(op, "session", "session_proven", command="SELECT", using=PROVEN)
    policy(op, "session", "session_sweep", using=f"{SWEEP} AND expires_at < now()")
    protect(op, "refresh_token", MINE)
    policy(op, "refresh_token", "refresh_token_proven", command="SELECT", using=PROVEN)


def _open_workspaces() -> None:
    member = f"EXISTS (SELECT FROM membership m WHERE m.workspace_id = workspace.id AND m.{MINE})"
    protect(op, "workspace", "id = tertulia.tenant()")
    policy(op, "workspace", "workspace_of_member", command="SELECT", using=member)
    policy(op, "workspace", "workspace_sweep", using=f"{SWEEP} AND expires_at < now()")
    protect(op, "membership", OURS)
    policy(op, "membership", "membership_mine", command="SELECT", using=MINE)
    protect(op, "api_key", OURS)
    policy(op, "api_key", "api_key_proven", command="SELECT", using=PROVEN)
    protect(op, "credential_use", "tertulia.purpose() IN ('record_use', 'sweep')")
    visible = (
        "EXISTS (SELECT FROM session s WHERE s.id = credential_id)"
        " OR EXISTS (SELECT FROM api_key k WHERE k.id = credential_id)"
    )
    policy(op, "credential_use", "credential_use_of_visible", command="SELECT", using=visible)


def downgrade() -> None:
    names = "audit_event, signing_key, credential_use, api_key, membership, workspace, refresh_token, session, password"
    op.execute(f'DROP TABLE {names}, "user"')
    drop_platform_schema(op)
