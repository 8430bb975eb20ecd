"""Runs a workspace's own evaluation set by hand or by a clock, beside the services and with their settings.

The run is made here; the orchestrator that runs asks its questions.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import UUID

from tertulia.orchestrator.pipeline.assistant import Assistant
from tertulia.orchestrator.service.evaluated_answers import AnswerPrompts
from tertulia.orchestrator.service.evaluations import Estimate, EvaluationRunEnded, Evaluations, Run
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.orchestrator.settings import OrchestratorSettings
from tertulia.orchestrator.sources import Sources
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import MasterKeys
from tertulia.platform.errors import Unavailable
from tertulia.platform.settings import load
from tertulia.platform.valkey import Valkey

_LOOK = timedelta(seconds=0.5)
_PATIENCE = timedelta(minutes=10)
"""How long no question may be answered before nobody is taken to ask any."""


class NobodyAsks(Unavailable):
    code, title = "nobody_asks", "Nobody asks the questions"


async def evaluate(
    environ: Mapping[str, str], workspace_id: UUID, name: str, model: str | None, agree: Callable[[Estimate], bool]
) -> Run | None:
    """As whoever made the set; None when what it may cost is not agreed to. Whoever goes before its end cancels it.

    Raises: SettingsError; EvaluationSetNotFound, ModelNotFound, NoModel, AnswersNotJudged; NobodyAsks, Unavailable.
    """
    async with _opened(environ) as (database, evaluations):
        asked = await evaluations.set_named(workspace_id, name)
        if model is not None and not agree(await evaluations.estimate(workspace_id, asked.id, model)):
            return None
        async with database.write(tenant(workspace_id)) as session:
            started = await evaluations.start(session, workspace_id, asked.created_by, asked.id, model=model)
        try:
            return await _ended(evaluations, workspace_id, asked.id, started.id)
        except BaseException:
            await _cancelled(evaluations, workspace_id, asked.id, started.id)
            raise


async def _ended(evaluations: Evaluations, workspace_id: UUID, set_id: UUID, run_id: UUID) -> Run:
    done = -1
    while True:
        async with asyncio.timeout(_PATIENCE.total_seconds()) as patience:
            try:
                while (run := await evaluations.run(workspace_id, set_id, run_id)).record.done == done:
                    if run.record.status != "queued":
                        return run
                    await asyncio.sleep(_LOOK.total_seconds())
            except asyncio.CancelledError:
                if patience.expired():
                    raise NobodyAsks("No question was answered for ten minutes. Is an orchestrator running?") from None
                raise
        done = run.record.done


async def _cancelled(evaluations: Evaluations, workspace_id: UUID, set_id: UUID, run_id: UUID) -> None:
    try:
        await evaluations.cancel(workspace_id, set_id, run_id)
    except EvaluationRunEnded:
        return


@asynccontextmanager
async def _opened(environ: Mapping[str, str]) -> AsyncIterator[tuple[Database, Evaluations]]:
    settings = load(OrchestratorSettings, environ)
    async with AsyncExitStack() as stack:
        url = settings.database_url.get_secret_value()
        database = await stack.enter_async_context(Database(url, service="orchestrator"))
        valkey = await stack.enter_async_context(Valkey(settings.valkey_url.get_secret_value(), name="evaluating"))
        chosen, keys = WorkspaceSettings(database), Keys(database, MasterKeys(settings.master_secrets))
        sources = Sources(settings, environ, valkey, chosen, keys)
        for resource in sources.resources:
            await stack.enter_async_context(resource)
        prompts = AnswerPrompts(
            sources.catalogues,
            chosen.of(Assistant),
            system_prompt=settings.system_prompt,
            reserve=settings.output_reserve,
            judged=settings.embeddings_dir is not None,
        )
        yield database, Evaluations(database, keys, prompts)
