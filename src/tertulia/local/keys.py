"""The command that makes the next key with which access tokens are signed, before its time: after a leak, say.

It works on the database that the environment names, else on that of the one-machine mode in `TERTULIA_HOME`.
"""

import asyncio
from collections.abc import Mapping

from tertulia.local.errors import LocalError
from tertulia.local.operations import print_line
from tertulia.local.standing import environment

WITHIN_S = 15.0


def rotate(environ: Mapping[str, str]) -> None:
    from tertulia.auth.app import rotate_signing_key
    from tertulia.platform import logs
    from tertulia.platform.errors import TertuliaError
    from tertulia.platform.lifecycle import StartFailed
    from tertulia.platform.settings import SettingsError

    async def rotated() -> str:
        async with asyncio.timeout(WITHIN_S):
            return (await rotate_signing_key(own)).isoformat(timespec="seconds")

    own = environment("auth", environ)
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
