"""Whose conversations a call is about: one person in one workspace; and the ids that their clients make.

A client may name things by any short id (``useChat`` makes such). One that is no UUID becomes one, the same for the
same person, so that two people's ids never meet.
"""

import re
from dataclasses import dataclass
from uuid import UUID, uuid5

from tertulia.platform.db import Scope, tenant
from tertulia.platform.errors import Forbidden
from tertulia.platform.identity import Identity

_NAMES = UUID("6d1f0a52-4c3e-5a0f-9d0b-2a6f6c0e7c11")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Owner:
    workspace_id: UUID
    user_id: UUID

    @classmethod
    def of(cls, identity: Identity) -> "Owner":
        """Raises: Forbidden for a caller without a workspace or a person."""
        if identity.workspace_id is None or identity.user_id is None:
            raise Forbidden("Conversations belong to a person in a workspace; name one you are a member of.")
        return cls(identity.workspace_id, identity.user_id)

    @property
    def scope(self) -> Scope:
        return tenant(self.workspace_id, self.user_id)

    def resolve(self, client_id: str) -> UUID | None:
        """The UUID that a client's id stands for; None when it is no id."""
        if _UUID.fullmatch(client_id):
            return UUID(client_id)
        return self.derive(client_id) if _CLIENT_ID.fullmatch(client_id) else None

    def derive(self, name: str) -> UUID:
        """An id that is the same whenever this person's client says the same."""
        return uuid5(_NAMES, f"{self.workspace_id}/{self.user_id}/{name}")
