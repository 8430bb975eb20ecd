"""Who calls: a person in a workspace."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header

from tertulia.platform.errors import Forbidden, NotFound
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


class InNamedWorkspace(Caller):
    """A person in the workspace that the path names."""

    def __init__(self, workspace_id: UUID, identity: Annotated[Identity, Depends(caller)]) -> None:
        super().__init__(identity)
        if workspace_id != self.workspace_id:
            raise NotFound("There is no such workspace, or you are not in it.")


In = Annotated[Caller, Depends(Caller)]
There = Annotated[InNamedWorkspace, Depends(InNamedWorkspace)]
IdempotencyKey = Annotated[str | None, Header(description="makes a repeated request safe; kept for 24 hours")]
