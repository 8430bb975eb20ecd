"""auth's tables. Who sees which row is said by the policies in ``migrations``.

Secrets are never here: passwords are argon2id hashes, every other secret is an HMAC (``service.secrets``), private
signing keys are sealed. A person's password has a table of its own, so that no list of members comes near it.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
        bytes: LargeBinary,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


class User(Table):
    """``email`` is normalised; ``email_digest`` is what a sign-in may look it up by."""

    __tablename__ = "user"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    email_digest: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Password(Table):
    __tablename__ = "password"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Session(Table):
    """One sign-in: its cookie, its refresh tokens and its access tokens end together. ``expires_at`` is absolute."""

    __tablename__ = "session"
    __table_args__ = (Index("session_user_id", "user_id"), Index("session_expires_at", "expires_at"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(unique=True)
    user_agent: Mapped[str]
    address: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshToken(Table):
    """Kept after use as long as its session: a used one that comes back late is stolen."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index("refresh_token_session_id", "session_id"), Index("refresh_token_user_id", "user_id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]
    successor_id: Mapped[UUID | None]


class Workspace(Table):
    """The tenant. ``expires_at`` is set when it is deleted: gone for everybody, and then this row too."""

    __tablename__ = "workspace"
    __table_args__ = (Index("workspace_expires_at", "expires_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    plan: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]


class Membership(Table):
    __tablename__ = "membership"
    __table_args__ = (Index("membership_user_id", "user_id"),)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKey(Table):
    """Acts as its maker within one workspace, as far as ``scopes`` reach. ``prefix`` is what people know it by."""

    __tablename__ = "api_key"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        Index("api_key_user_id", "user_id"),
    )
    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CredentialUse(Table):
    """When a session or key was last used: apart from them, so that noting it in batches needs to see nothing else."""

    __tablename__ = "credential_use"
    __table_args__ = (Index("credential_use_used_at", "used_at"),)
    credential_id: Mapped[UUID] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class SigningKey(Table):
    """A key signs from ``active_from`` until the next one does; the private half is sealed with the master key."""

    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[bytes]
    sealed_private_key: Mapped[bytes]
    active_from: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEvent(Table):
    """What was done by whom; rows are only ever added."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("audit_event_workspace_id", "workspace_id", "id"), Index("audit_event_user_id", "user_id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID | None]
    user_id: Mapped[UUID]
    action: Mapped[str]
    subject: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
