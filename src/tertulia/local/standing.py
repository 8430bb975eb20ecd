"""What a service is told by a `tertulia up` that runs: for commands that work on its stores while it stands.

Where the environment names a service's database, as in production, it is the environment that counts.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.models import EMBEDDINGS, folder
from tertulia.local.settings import read
from tertulia.local.stack import Stack

_PORT_LINE = 3


def environment(service: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """With Postgres, Valkey and the local model where they listen now.

    Raises: LocalError when none of them runs in `TERTULIA_HOME`.
    """
    name = f"TERTULIA_DATABASE_URL_{service.upper()}"
    if environ.get(name) or environ.get(f"{name}_FILE"):
        return environ
    settings = read(environ)
    home = Home(settings.home)
    port = port_of_postgres(home)
    if port is None:
        raise LocalError(
            f"{name} is not set, and no Postgres of `tertulia up` runs in {home.path}: start Tertulia first"
        )
    stack = Stack(home, settings, replicas=1)
    if stack.postgres is None:
        raise LocalError(f"{name} is not set: set it to the database's URL")
    database = stack.secrets.database(service)
    postgres = replace(stack.postgres, port=port)
    told = {
        name: postgres.url(database.name, database.app),
        # What follows is shown to whom it concerns alone.
        "TERTULIA_EMBEDDINGS_DIR": str(folder(home.path, EMBEDDINGS)),
        **_local_model(home),
    }
    if stack.valkey is not None:
        valkey = replace(stack.valkey, port=_port_of_valkey(home.server("valkey")))
        told["TERTULIA_VALKEY_URL"] = valkey.url(stack.secrets.login("valkey", service))
    return stack.environment(service, told)


def _local_model(home: Home) -> dict[str, str]:
    """As its server's command line tells; nothing where none runs."""
    import psutil

    try:
        argv = psutil.Process(home.processes()["model"]).cmdline()
    except (KeyError, psutil.Error):
        return {}
    told = dict(pairwise(argv))
    if not {"--port", "--name", "--context", "--key-file"} <= told.keys():
        return {}
    return {
        "TERTULIA_LOCAL_MODEL_URL": f"http://127.0.0.1:{told['--port']}",
        "TERTULIA_LOCAL_MODEL_NAME": told["--name"],
        "TERTULIA_LOCAL_MODEL_CONTEXT": told["--context"],
        "TERTULIA_LOCAL_MODEL_KEY_FILE": told["--key-file"],
    }


def port_of_postgres(home: Home) -> int | None:
    """None where none runs."""
    try:
        return int((home.server("postgres") / "postmaster.pid").read_text().splitlines()[_PORT_LINE])
    except (OSError, ValueError, IndexError):
        return None


def _port_of_valkey(data: Path) -> int:
    try:
        lines = (data / "valkey.conf").read_text().splitlines()
        return next(int(line.partition(" ")[2]) for line in lines if line.startswith("port "))
    except (OSError, ValueError, StopIteration) as error:
        raise LocalError(f"no Valkey of `tertulia up` has run in {data}: start Tertulia first") from error
