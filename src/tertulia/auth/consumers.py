"""The events that auth handles: its own revocations, so that each is marked in Valkey whatever died meanwhile."""

from datetime import UTC, datetime

from tertulia.auth.service.revocation import Revocations
from tertulia.contracts.auth import AccessChanged
from tertulia.contracts.limits import REVOKED_TTL
from tertulia.platform.bus import Delivery, Subscription


def subscriptions(revocations: Revocations) -> tuple[Subscription[AccessChanged], ...]:
    async def mark_revoked(delivery: Delivery[AccessChanged]) -> None:
        """Writing a marker twice is the same as once, so deliveries need not be counted."""
        changed = delivery.message
        if changed.revoked and changed.credential_id and datetime.now(UTC) - changed.occurred_at < REVOKED_TTL:
            await revocations.mark_one(changed.credential_id)

    return (Subscription(AccessChanged, "auth-revocation-markers", mark_revoked),)
