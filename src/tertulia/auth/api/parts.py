"""What auth's routes share: its services, and the caller as a person in a place."""

from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Header, Path, Request

from tertulia.auth.service.accounts import Accounts
from tertulia.auth.service.api_keys import Keys, person
from tertulia.auth.service.credentials import Credentials
from tertulia.auth.service.guessing import Guessing
from tertulia.auth.service.keyring import Keyring
from tertulia.auth.service.members import Memberships
from tertulia.auth.service.session_life import SessionLife
from tertulia.auth.service.workspaces import NoSuchWorkspace, RoleTooLow, Workspaces
from tertulia.platform.db import Database
from tertulia.platform.identity import Identity, caller
from tertulia.platform.pagination import Cursors


@dataclass(frozen=True)
class Deps:
    """Made once, in ``app``."""

    database: Database
    accounts: Accounts
    guessing: Guessing
    sessions: SessionLife
    workspaces: Workspaces
    members: Memberships
    keys: Keys
    credentials: Credentials
    keyring: Keyring
    cursors: Cursors
    https: bool


def deps(request: Request) -> Deps:
    return cast("Deps", request.app.state.deps)


@dataclass(frozen=True)
class Person:
    """The caller in their own affairs."""

    user_id: UUID
    identity: Identity

    @property
    def session_id(self) -> UUID | None:
        return None if self.identity.kind == "api_key" else self.identity.credential_id

    @property
    def only_workspace(self) -> UUID | None:
        """An API key reaches the one workspace that it was made for."""
        return self.identity.workspace_id if self.identity.kind == "api_key" else None


@dataclass(frozen=True)
class InWorkspace:
    """The caller in the workspace that the path names."""

    workspace_id: UUID
    user_id: UUID
    identity: Identity


def a_person(identity: Annotated[Identity, Depends(caller)]) -> Person:
    return Person(person(identity), identity)


def the_account(of: Annotated[Person, Depends(a_person)]) -> Person:
    """What concerns the account itself is not an API key's business, whatever its scopes."""
    if of.identity.kind == "api_key":
        raise RoleTooLow("An API key cannot manage an account. Sign in instead.")
    return of


def in_workspace(workspace_id: Annotated[UUID, Path()], of: Annotated[Person, Depends(a_person)]) -> InWorkspace:
    """Raises: NoSuchWorkspace when the call was authorised for another one."""
    if of.identity.workspace_id != workspace_id:
        raise NoSuchWorkspace
    return InWorkspace(workspace_id, of.user_id, of.identity)


Services = Annotated[Deps, Depends(deps)]
Someone = Annotated[Person, Depends(a_person)]
Account = Annotated[Person, Depends(the_account)]
Here = Annotated[InWorkspace, Depends(in_workspace)]
IdempotencyKey = Annotated[str | None, Header(description="the same key and body give the stored answer for 24 hours")]
