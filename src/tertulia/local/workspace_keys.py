"""Whether what workspaces have sealed opens: each has a key, which one of the settings' master keys unwraps.

Asked of the Postgres of a `tertulia up` that runs, as its superuser: no service may look at all workspaces' keys.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

import psycopg

from tertulia.local import standing
from tertulia.local.home import Home
from tertulia.local.servers.postgres import Postgres

_SETTING = "TERTULIA_ORCHESTRATOR_MASTER_KEYS"
_RESTORE = "restore their rows of the orchestrator's table workspace_key from a backup, else what they sealed is lost"
_KEYS = "SELECT workspace_id, master_key_id, wrapped FROM workspace_key"
_OLDER_THAN_THEIR_KEY = """
    SELECT count(DISTINCT sealed.workspace_id)
    FROM (
        SELECT workspace_id, created_at AS at FROM response
        UNION ALL SELECT workspace_id, finished_at FROM generation WHERE said IS NOT NULL
    ) sealed
    LEFT JOIN workspace_key key ON key.workspace_id = sealed.workspace_id
    WHERE key.workspace_id IS NULL OR key.created_at > sealed.at
"""


def examine(home: Home, environ: Mapping[str, str]) -> Iterator[tuple[bool, str]]:
    """Findings of the doctor's; none where no Postgres runs here."""
    from tertulia.orchestrator.settings import OrchestratorSettings
    from tertulia.platform.envelopes import MasterKeyMissing, MasterKeys, SealBroken
    from tertulia.platform.settings import load

    port = standing.port_of_postgres(home)
    if port is None or "TERTULIA_DATABASE_URL_ORCHESTRATOR" in environ:
        return
    master = MasterKeys(load(OrchestratorSettings, standing.environment("orchestrator", environ)).master_secrets)
    passwords = json.loads((home.secrets / "passwords.json").read_text())
    postgres = Postgres(home.server("postgres"), port, passwords["postgres"])
    try:
        with psycopg.connect(postgres.url("orchestrator_db", postgres.superuser)) as connection:
            keys = connection.execute(_KEYS).fetchall()
            older = connection.execute(_OLDER_THAN_THEIR_KEY).fetchone()
    except psycopg.Error as error:
        yield False, f"workspaces' keys: cannot be looked at ({str(error).strip().splitlines()[0]})"
        return
    missing, damaged = Counter[str](), 0
    for workspace_id, master_key_id, wrapped in keys:
        try:
            master.unwrap(master_key_id, wrapped, str(workspace_id))
        except MasterKeyMissing:
            missing[master_key_id] += 1
        except SealBroken:
            damaged += 1
    wrong = [
        f"keys of {count} workspaces are wrapped with master key {master_key_id}, which the settings lack: "
        f"put it back into {_SETTING}, behind the one that is there"
        for master_key_id, count in missing.items()
    ]
    if damaged:
        wrong.append(f"keys of {damaged} workspaces are damaged: {_RESTORE}")
    if older is not None and older[0]:
        wrong.append(f"{older[0]} workspaces have sealed content that is older than their key: {_RESTORE}")
    yield from ((False, line) for line in wrong)
    if not wrong:
        yield True, f"workspaces' keys: {len(keys)}, all can be opened"
