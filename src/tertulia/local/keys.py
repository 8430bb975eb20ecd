"""The command that makes the next key with which access tokens are signed, before its time: after a leak, say.

It works on the database that the environment names, else on that of the one-machine mode in `TERTULIA_HOME`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.operations import print_line
from tertulia.local.settings import read
from tertulia.local.stack import Stack

WITHIN_S = 15.0
_URL = "TERTULIA_DATABASE_URL_AUTH"
_PORT_LINE = 3


def rotate(environ: Mapping[str, str]) -> None:
    from tertulia.auth.app import rotate_signing_key
    from tertulia.platform import logs
    from tertulia.platform.errors import TertuliaError
    from tertulia.platform.lifecycle import StartFailed
    from tertulia.platform.settings import SettingsError

    async def rotated() -> str:
        async with asyncio.timeout(WITHIN_S):
            return (await rotate_signing_key(own)).isoformat(timespec="seconds")

    own = environ if environ.get(_URL) or environ.get(f"{_URL}_FILE") else _of_home(environ)
    logs.configure("cli", level="error", format="console")
    try:
        start = asyncio.run(rotated())
    except TimeoutError as error:
        raise LocalError(f"the database of auth does not answer within {WITHIN_S:.0f} s: is it running?") from error
    except TertuliaError as error:
        raise LocalError(f"the database of auth cannot be used: {error}") from error
    except (SettingsError, StartFailed) as error:
        raise LocalError(str(error)) from error
    print_line(f"The newest key signs from {start}; tokens of the one before stay good until they expire.")


def _of_home(environ: Mapping[str, str]) -> Mapping[str, str]:
    """What auth is told there, with Postgres where it listens now."""
    settings = read(environ)
    home = Home(settings.home)
    try:
        port = int((home.server("postgres") / "postmaster.pid").read_text().splitlines()[_PORT_LINE])
    except (OSError, ValueError, IndexError) as error:
        raise LocalError(
            f"{_URL} is not set, and no Postgres of `tertulia up` runs in {home.path}: start Tertulia first"
        ) from error
    stack = Stack(home, settings, replicas=1)
    database = stack.secrets.database("auth")
    if stack.postgres is None:
        raise LocalError(f"{_URL} is not set: set it to the database's URL")
    url = replace(stack.postgres, port=port).url(database.name, database.app)
    return stack.environment("auth", {_URL: url})
