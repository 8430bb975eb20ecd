"""What auth tells the others: its events, and the internal calls that it answers."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from tertulia.platform.message import Event

CredentialKind = Literal["session", "api_key"]


class UserSignedUp(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "event.auth.user_signed_up.v1"
    user_id: UUID
    occurred_at: datetime


class WorkspaceCreated(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "event.auth.workspace_created.v1"
    owner_id: UUID
    plan: str
    occurred_at: datetime


class WorkspaceDeleted(Event, frozen=True, kw_only=True):
    """Erase all that is its own. Told when it is deleted, and again a day later for what was under way then."""

    subject: ClassVar[str] = "event.auth.workspace_deleted.v1"
    workspace_id: UUID
    occurred_at: datetime


class AccessChanged(Event, frozen=True, kw_only=True):
    """What was known of a person's or a credential's access is out of date: forget it.

    Sent when a session or key is revoked, a membership or role changes, a workspace's plan changes or it is deleted.
    """

    subject: ClassVar[str] = "event.auth.access_changed.v1"
    user_id: UUID | None = None
    credential_id: UUID | None = None
    revoked: bool = False
    occurred_at: datetime


class ResolveCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /internal/auth/credentials``. ``digest`` is the SHA-256 of the secret in hex: the secret itself stays
    in the gateway.
    """

    kind: CredentialKind
    digest: str


class WorkspaceAccess(msgspec.Struct, frozen=True):
    workspace_id: UUID
    role: str
    plan: str


class Access(msgspec.Struct, frozen=True):
    """What a person may reach: ``GET /internal/auth/users/{id}/access``; first workspace first."""

    user_id: UUID
    workspaces: tuple[WorkspaceAccess, ...]


class ResolvedCredential(msgspec.Struct, frozen=True):
    """A live session (all the person's workspaces) or API key (its one workspace, with ``scopes``)."""

    kind: CredentialKind
    credential_id: UUID
    access: Access
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


class PersonName(msgspec.Struct, frozen=True):
    user_id: UUID
    name: str


class PersonNames(msgspec.Struct, frozen=True):
    """``GET /internal/auth/users?workspace_id=…&ids=…,…`` (at most 100): those who are members of the workspace."""

    people: tuple[PersonName, ...]
