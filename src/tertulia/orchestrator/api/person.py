"""Who calls: a person in a workspace."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header

from tertulia.platform.errors import Forbidden
from tertulia.platform.identity import Identity, caller


class Caller:
    """A person in a workspace."""

    def __init__(self, identity: Annotated[Identity, Depends(caller)]) -> None:
        if identity.workspace_id is None or identity.user_id is None:
            raise Forbidden("This call is for a workspace. Name one in X-Workspace-ID.")
        self.workspace_id: UUID = identity.workspace_id
        self.person_id: UUID = identity.user_id

    @property
    def place(self) -> tuple[UUID, UUID]:
        return self.workspace_id, self.person_id


In = Annotated[Caller, Depends(Caller)]
IdempotencyKey = Annotated[str | None, Header(description="makes a repeated request safe; kept for 24 hours")]
