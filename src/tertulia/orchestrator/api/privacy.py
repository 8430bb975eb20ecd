"""``/api/workspaces/{id}/privacy``: what is done with personal data before a model sees it, a way to try it, and what
was found so far.
"""

from uuid import UUID

from fastapi import APIRouter

from tertulia.orchestrator.api.person import There
from tertulia.orchestrator.redaction import Redaction
from tertulia.orchestrator.redaction.policy import KINDS, PrivacyPolicy
from tertulia.orchestrator.repository.vault import VaultRecord
from tertulia.orchestrator.schemas.privacy import (
    Finding,
    Findings,
    FindingView,
    PrivacyChange,
    PrivacyTry,
    PrivacyView,
    Revealed,
)
from tertulia.orchestrator.service.vault import Vault
from tertulia.orchestrator.service.workspace_settings import WorkspaceSettings
from tertulia.platform.pagination import DEFAULT_LIMIT, After, Cursors, Limit, Page


def router(chosen: WorkspaceSettings, redaction: Redaction, vault: Vault, cursors: Cursors) -> APIRouter:
    made = APIRouter(prefix="/api/workspaces/{workspace_id}/privacy", tags=["privacy"])

    @made.get("")
    async def get_privacy(of: There) -> PrivacyView:
        """What is done with each kind of personal data."""
        return _view(await chosen.get(of.workspace_id, PrivacyPolicy), redaction)

    @made.put("")
    async def put_privacy(of: There, change: PrivacyChange) -> PrivacyView:
        """Counts for the next question, here and in the OpenAI-compatible API."""
        policy = PrivacyPolicy(change.kinds, tuple(change.allow_list))
        await chosen.put(of.workspace_id, of.person_id, policy)
        return _view(policy, redaction)

    @made.post("/try")
    async def try_privacy(of: There, asked: PrivacyTry) -> Findings:
        """What would be found in a text, and done with it; nothing of it is kept."""
        policy = await chosen.get(of.workspace_id, PrivacyPolicy)
        (found,) = await (await redaction.window(of.workspace_id)).find([asked.text])
        return Findings(
            findings=[
                Finding(
                    kind=one.kind,
                    start=one.start,
                    end=one.end,
                    action=policy.action(one.kind, asked.text[one.start : one.end]),
                )
                for one in found
            ]
        )

    @made.get("/findings")
    async def list_findings(of: There, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[FindingView]:
        """What was given a placeholder, newest first: its kind and what found it, never the value."""
        position = cursors.read_id("privacy_findings", of.place, after)
        found = await vault.findings(of.workspace_id, limit, position)
        return cursors.page("privacy_findings", of.place, found, show=_finding)

    @made.post("/findings/{finding_id}/reveal")
    async def reveal_finding(of: There, finding_id: UUID) -> Revealed:
        """The value behind a placeholder, for owners and admins; each look goes to the audit."""
        placeholder, value = await vault.reveal(of.workspace_id, of.person_id, finding_id)
        return Revealed(placeholder=placeholder, value=value)

    return made


def _view(policy: PrivacyPolicy, redaction: Redaction) -> PrivacyView:
    return PrivacyView(
        kinds={kind: policy.chosen(kind) for kind in KINDS},
        allow_list=[*policy.allow_list],
        names=redaction.names_state,
    )


def _finding(found: VaultRecord) -> FindingView:
    return FindingView(
        id=found.id,
        placeholder=f"[{found.kind}_{found.number}]",
        kind=found.kind,
        layer=found.layer,
        found_at=found.found_at,
    )
