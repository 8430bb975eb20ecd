"""The events that auth handles: its own revocations, and what is to be in the record of who did what."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tertulia.auth.repository import audit
from tertulia.auth.service.revocation import Revocations
from tertulia.contracts.auth import AccessChanged
from tertulia.contracts.limits import REVOKED_TTL
from tertulia.contracts.orchestrator import AnswerExplained, PersonalDataRevealed, WorkspaceSettingsChanged
from tertulia.platform.bus import Delivery, Subscription
from tertulia.platform.db import Database, tenant

_AUDIT = "auth-settings-audit"
_LOOKS = "auth-personal-data-audit"
_EXPLANATIONS = "auth-explanations-audit"


@dataclass(frozen=True)
class Consumers:
    database: Database
    revocations: Revocations

    def subscriptions(self) -> tuple[Subscription[Any], ...]:
        return (
            Subscription(AccessChanged, "auth-revocation-markers", self.mark_revoked),
            Subscription(WorkspaceSettingsChanged, _AUDIT, self.record_settings),
            Subscription(PersonalDataRevealed, _LOOKS, self.record_look),
            Subscription(AnswerExplained, _EXPLANATIONS, self.record_explanation),
        )

    async def mark_revoked(self, delivery: Delivery[AccessChanged]) -> None:
        """So that each is marked in Valkey whatever died meanwhile; marking twice is the same as once."""
        changed = delivery.message
        if changed.revoked and changed.credential_id and datetime.now(UTC) - changed.occurred_at < REVOKED_TTL:
            await self.revocations.mark_one(changed.credential_id)

    async def record_settings(self, delivery: Delivery[WorkspaceSettingsChanged]) -> None:
        """Which concern and by whom; what was chosen is the settings' own."""
        changed = delivery.message
        if changed.changed_by is not None:
            who = changed.workspace_id, changed.changed_by
            await self._record(delivery.id, _AUDIT, "workspace.settings_changed", who, changed.name)

    async def record_look(self, delivery: Delivery[PersonalDataRevealed]) -> None:
        """Who looked at the value behind which placeholder."""
        revealed = delivery.message
        who = revealed.workspace_id, revealed.user_id
        await self._record(delivery.id, _LOOKS, "personal_data.revealed", who, revealed.placeholder)

    async def record_explanation(self, delivery: Delivery[AnswerExplained]) -> None:
        """Who looked at what was sent for which answer."""
        explained = delivery.message
        who = explained.workspace_id, explained.user_id
        await self._record(delivery.id, _EXPLANATIONS, "answer.explained", who, str(explained.answer_id))

    async def _record(
        self, delivery_id: UUID, consumer: str, action: str, who: tuple[UUID, UUID], subject: str
    ) -> None:
        """Once, however often it is delivered. ``who``: the workspace and the person."""
        workspace_id, user_id = who
        async with self.database.write(tenant(workspace_id, user_id)) as session:
            if await session.first_time(delivery_id, consumer):
                await audit.record(session, action, user_id=user_id, workspace_id=workspace_id, subject=subject)
