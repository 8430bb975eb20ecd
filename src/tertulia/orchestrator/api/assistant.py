"""``/api/workspaces/{id}/assistant``: what the workspace asks of every answer in its conversations."""

import msgspec
from fastapi import APIRouter

from tertulia.orchestrator.api.person import There
from tertulia.orchestrator.pipeline.assistant import Assistant
from tertulia.orchestrator.schemas.assistant import AssistantSettings
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings


def router(chosen: WorkspaceSettings) -> APIRouter:
    made = APIRouter(prefix="/api/workspaces/{workspace_id}/assistant", tags=["assistant"])

    @made.get("")
    async def get_assistant(of: There) -> AssistantSettings:
        """What this workspace asks of every answer."""
        return _view(await chosen.get(of.workspace_id, Assistant))

    @made.put("")
    async def put_assistant(of: There, change: AssistantSettings) -> AssistantSettings:
        """Replaces the settings, from the next question on: what is left out is as in a new workspace.

        The instructions are sent to the model, personal data in them redacted.
        """
        assistant = Assistant(change.instructions.strip(), change.temperature, change.rewrite_questions)
        await chosen.put(of.workspace_id, of.person_id, assistant)
        return _view(assistant)

    return made


def _view(assistant: Assistant) -> AssistantSettings:
    return AssistantSettings(**msgspec.structs.asdict(assistant))
