"""The command that warms the caches: on the stores that the environment names, else on the one-machine mode's."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from tertulia.local.errors import LocalError
from tertulia.local.operations import print_line
from tertulia.local.standing import environment


def warm(environ: Mapping[str, str], workspace: UUID | None, most: int) -> None:
    from tertulia.orchestrator.warming import warm as warm_caches
    from tertulia.platform import logs
    from tertulia.platform.errors import TertuliaError
    from tertulia.platform.lifecycle import StartFailed
    from tertulia.platform.settings import SettingsError

    own = environment("orchestrator", environ)
    logs.configure("cli", level="error", format="console")
    try:
        warmed = asyncio.run(warm_caches(own, workspace, most))
    except TertuliaError as error:
        raise LocalError(f"the caches cannot be warmed: {error}") from error
    except (SettingsError, StartFailed) as error:
        raise LocalError(str(error)) from error
    for one in warmed:
        print_line(f"{one.workspace_id}: {one.found} found anew, {one.known} still known, {one.gone} gone")
    if not warmed:
        print_line("nobody has asked documents anything lately")
