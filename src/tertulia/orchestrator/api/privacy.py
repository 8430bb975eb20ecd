"""``/api/workspaces/{id}/privacy``: what is done with personal data before a model sees it, and a way to try it."""

from fastapi import APIRouter

from tertulia.orchestrator.api.person import There
from tertulia.orchestrator.redaction import patterns
from tertulia.orchestrator.redaction.policy import KINDS, PrivacyPolicy
from tertulia.orchestrator.schemas.privacy import Finding, Findings, PrivacyChange, PrivacyTry, PrivacyView
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings


def router(chosen: WorkspaceSettings) -> APIRouter:
    made = APIRouter(prefix="/api/workspaces/{workspace_id}/privacy", tags=["privacy"])

    @made.get("")
    async def get_privacy(of: There) -> PrivacyView:
        return _view(await chosen.get(of.workspace_id, PrivacyPolicy))

    @made.put("")
    async def put_privacy(of: There, change: PrivacyChange) -> PrivacyView:
        """Counts for the next question, here and in the OpenAI-compatible API."""
        policy = PrivacyPolicy(change.kinds, tuple(change.allow_list))
        await chosen.put(of.workspace_id, of.person_id, policy)
        return _view(policy)

    @made.post("/try")
    async def try_privacy(of: There, asked: PrivacyTry) -> Findings:
        """What would be found in a text, and done with it; nothing of it is kept."""
        policy = await chosen.get(of.workspace_id, PrivacyPolicy)
        found = [
            Finding(
                kind=one.kind,
                start=one.start,
                end=one.end,
                action=policy.action(one.kind, asked.text[one.start : one.end]),
            )
            for one in patterns.find(asked.text)
        ]
        return Findings(findings=found)

    return made


def _view(policy: PrivacyPolicy) -> PrivacyView:
    return PrivacyView(kinds={kind: policy.chosen(kind) for kind in KINDS}, allow_list=[*policy.allow_list])
