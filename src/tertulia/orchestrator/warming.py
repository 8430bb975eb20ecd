"""Warms the caches of retrieval: finds again what is asked most often, where that has expired or a base has changed.

Run by hand or by a clock (`tertulia cache warm`), beside the services and with their settings.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from uuid import UUID

import msgspec

from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.popular import PopularSearches
from tertulia.orchestrator.service.retrieval import KnowledgeBaseNotFound, Retrieval
from tertulia.orchestrator.settings import OrchestratorSettings
from tertulia.platform import cache
from tertulia.platform.db import Database
from tertulia.platform.envelopes import MasterKeys
from tertulia.platform.settings import load
from tertulia.platform.valkey import Valkey


class Warmed(msgspec.Struct):
    """Searches: ``found`` had to be found again, ``known`` were still there, ``gone`` are of a base or a person's right
    to it that is no more.
    """

    workspace_id: UUID
    found: int = 0
    known: int = 0
    gone: int = 0


async def warm(environ: Mapping[str, str], workspace_id: UUID | None, most: int) -> list[Warmed]:
    """The ``most`` popular searches of a workspace, or of each. Raises: SettingsError; Unavailable, Overloaded."""
    settings = load(OrchestratorSettings, environ)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            Database(settings.database_url.get_secret_value(), service="orchestrator")
        )
        valkey = await stack.enter_async_context(Valkey(settings.valkey_url.get_secret_value(), name="warming"))
        embedder = None
        if settings.embeddings_dir is not None:
            embedder = await stack.enter_async_context(LocalEmbedder(settings.embeddings_dir))
        popular = PopularSearches(valkey, Keys(database, MasterKeys(settings.master_secrets)))
        retrieval = Retrieval(database, valkey, embedder)
        workspaces = await popular.workspaces() if workspace_id is None else [workspace_id]
        warmed = [await _warm(retrieval, popular, workspace, most) for workspace in workspaces]
        await cache.settled()
    return warmed


async def _warm(retrieval: Retrieval, popular: PopularSearches, workspace_id: UUID, most: int) -> Warmed:
    done = Warmed(workspace_id)
    for search in await popular.most(workspace_id, most):
        try:
            if await retrieval.warm(workspace_id, search):
                done.found += 1
            else:
                done.known += 1
        except KnowledgeBaseNotFound:
            done.gone += 1
    return done
