"""Taking a credential back, everywhere within a second.

The row is the truth. A marker in Valkey, which the gateway reads with the limits of each call, makes it felt at once;
the event drops what gateways remember, and auth's own consumer writes the marker again should this process have died
or Valkey been away.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import structlog

from tertulia.contracts.auth import AccessChanged
from tertulia.contracts.limits import REVOKED_TTL, revoked_key
from tertulia.platform.db import WriteSession
from tertulia.platform.valkey import Valkey, ValkeyUnavailable

log = structlog.get_logger()


class Revocations:
    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    async def mark(self, credential_ids: Iterable[UUID]) -> None:
        """After the commit. That Valkey is away is the consumer's matter: it will be told again."""
        try:
            for credential_id in credential_ids:
                await self.mark_one(credential_id)
        except ValkeyUnavailable as error:
            log.warning("revocation_mark_put_off", reason=error.reason)

    async def mark_one(self, credential_id: UUID) -> None:
        """Raises: ValkeyUnavailable."""
        seconds = int(REVOKED_TTL.total_seconds())
        await self._valkey.call("SET", revoked_key(credential_id), 1, "EX", seconds)


def publish_revoked(
    session: WriteSession, credential_ids: Iterable[UUID], *, user_id: UUID, workspace_id: UUID | None = None
) -> None:
    """Within the transaction that revokes."""
    for credential_id in credential_ids:
        session.publish(
            AccessChanged(
                user_id=user_id,
                workspace_id=workspace_id,
                credential_id=credential_id,
                revoked=True,
                occurred_at=datetime.now(UTC),
            )
        )


def publish_changed(session: WriteSession, *, user_id: UUID | None = None, workspace_id: UUID | None = None) -> None:
    """What a person may reach (or what anybody may in a workspace) is not what it was."""
    session.publish(AccessChanged(user_id=user_id, workspace_id=workspace_id, occurred_at=datetime.now(UTC)))
