"""The services of one machine: which there are, where they listen, what each is told, how one is run.

`run` is the one way a service runs, here as in production (`tertulia serve SERVICE`).
"""

import importlib
import os
import sys
from collections.abc import Mapping

from tertulia.local.errors import LocalError

SERVICES = ("auth", "gateway", "orchestrator", "chat")
OPERATOR = "operator"
"""The login of whoever mends things by hand: it may replay dead letters."""
WITH_DATABASE = ("auth", "chat", "orchestrator")
REPLICATED = frozenset({"chat", "orchestrator"})
PREFERRED_PORTS = {"gateway": 4010, "auth": 3001, "chat": 3002, "orchestrator": 3005}
REPLICA_STEP = 10
"""The second replica prefers a port ten further."""

PRIVATE: Mapping[str, tuple[str, ...]] = {
    "auth": ("TERTULIA_MASTER_KEY", "TERTULIA_PEPPER"),
    "orchestrator": (
        "OPENAI_",
        "TERTULIA_PROVIDERS",
        "TERTULIA_LOCAL_MODEL_",
        "TERTULIA_EMBEDDINGS_",
        "TERTULIA_NAMES_",
    ),
}
"""Settings, by prefix, that only this service is shown."""
_PER_SERVICE = ("DATABASE_URL", "REPLICA_URL", "VALKEY_URL", "NATS_URL", "KEY_FILE")


def run(service: str, environ: Mapping[str, str]) -> int:
    """Runs a service until it is told to stop; its exit code. A wrong setting is one line, not a stack trace."""
    from tertulia.platform import lifecycle
    from tertulia.platform.settings import SettingsError

    if service not in SERVICES:
        raise LocalError(f"there is no service {service!r}; there are: {', '.join(sorted(SERVICES))}")
    try:
        built = importlib.import_module(f"tertulia.{service}.app").build(environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    return lifecycle.run(built)


def shown_to(service: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what is for other services alone, and without what only migrations need."""
    others = [other for other in SERVICES if other != service]
    hidden = [prefix for other in others for prefix in PRIVATE.get(other, ())]
    hidden += [f"TERTULIA_{name}_{other.upper()}" for other in others for name in _PER_SERVICE]
    hidden += [f"TERTULIA_{other.upper()}_" for other in others]
    hidden += ["TERTULIA_MIGRATION_URL_"]
    return {name: value for name, value in environ.items() if not name.startswith(tuple(hidden))}
