"""A session from sign-in to its end: its cookie secret, its chain of refresh tokens, its access tokens.

A refresh token is good once. Its successor is derived from it, so that tabs which refresh at the same moment get the
same one, without storing it; one that comes back later than that has been stolen, and ends the session.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog

from tertulia.auth import schemas
from tertulia.auth.repository import audit
from tertulia.auth.repository.sessions import RefreshRow, RefreshTokens, SessionRow, Sessions
from tertulia.auth.repository.workspaces import MyWorkspaces
from tertulia.auth.service import secrets as secret_forms
from tertulia.auth.service.guessing import Client
from tertulia.auth.service.keyring import Keyring
from tertulia.auth.service.revocation import Revocations, publish_revoked
from tertulia.auth.service.secrets import Secrets
from tertulia.auth.service.use import Uses
from tertulia.contracts import tokens
from tertulia.platform.db import Database, Scope, WriteSession, actor, credential
from tertulia.platform.errors import NotFound, Unauthenticated
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import Slice

log = structlog.get_logger()

ABSOLUTE = timedelta(days=30)
IDLE = timedelta(days=14)
GRACE = timedelta(seconds=10)
_USER_AGENT_KEPT = 300

Reuse = Literal["stolen"]


class RefreshRefused(Unauthenticated):
    code, title = "refresh_refused", "Sign in again"

    def __init__(self) -> None:
        super().__init__("This refresh token is not valid any more. Sign in again.")


@dataclass(frozen=True)
class Grant:
    """What a client gets; ``session_secret`` only when the session begins."""

    session_id: UUID
    user_id: UUID
    refresh_token: str
    access_token: str
    expires_at: datetime
    session_secret: str | None = None


class SessionLife:
    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        keyring: Keyring,
        revocations: Revocations,
        uses: Uses,
        *,
        issuer: str,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._keyring = keyring
        self._revocations = revocations
        self._uses = uses
        self._issuer = issuer

    async def start(self, session: WriteSession, user_id: UUID, client: Client) -> Grant:
        """Within the transaction (of that person) that proved who it is."""
        now = datetime.now(UTC)
        session_secret, refresh_token = secret_forms.new_token(), secret_forms.new_token()
        row = SessionRow(
            id=uuid7(),
            user_id=user_id,
            user_agent=client.user_agent[:_USER_AGENT_KEPT],
            address=client.address,
            created_at=now,
            last_used_at=now,
            expires_at=now + ABSOLUTE,
            revoked_at=None,
        )
        await Sessions(session).add(row, self._stored("session", session_secret))
        await RefreshTokens(session).add(uuid7(), row.id, user_id, self._stored("refresh", refresh_token))
        await audit.record(session, "session.started", user_id=user_id, subject=row.id)
        access_token = await self._access_token(session, user_id, row.id)
        return Grant(row.id, user_id, refresh_token, access_token, row.expires_at, session_secret)

    async def refresh(self, token: str) -> Grant:
        """Raises: RefreshRefused for all that is not a living session's token, whatever the reason."""
        if not secret_forms.is_token(token):
            raise RefreshRefused
        digest = self._stored("refresh", token)
        async with self._database.write(credential(digest)) as session:
            known = await RefreshTokens(session).by_digest(digest)
        if known is None:
            raise RefreshRefused
        async with self._database.write(Scope(user_id=known.user_id, credential=digest)) as session:
            outcome = await self._rotate(session, token, digest, known.session_id)
        if outcome == "stolen":
            await self._revocations.mark([known.session_id])
            log.warning("refresh_token_reused", session_id=str(known.session_id))
            raise RefreshRefused
        self._uses.note(known.session_id)
        return outcome

    async def _rotate(self, session: WriteSession, token: str, digest: str, session_id: UUID) -> Grant | Reuse:
        await Sessions(session).lock(session_id)
        living = await Sessions(session).get(session_id)
        known = await RefreshTokens(session).by_digest(digest)
        now = datetime.now(UTC)
        if known is None or living is None or not is_live(living, now):
            raise RefreshRefused
        if known.used_at is not None and now - known.used_at > GRACE:
            await self._end(session, known.user_id, only=session_id, action="session.token_reused")
            return "stolen"
        successor = await self._successor(session, token, known, now)
        access_token = await self._access_token(session, known.user_id, session_id)
        return Grant(session_id, known.user_id, successor, access_token, living.expires_at)

    async def _successor(self, session: WriteSession, token: str, known: RefreshRow, now: datetime) -> str:
        if known.successor_id is not None:
            return self._secrets.successor(token, known.successor_id)
        successor_id = uuid7()
        successor = self._secrets.successor(token, successor_id)
        rows = RefreshTokens(session)
        await rows.add(successor_id, known.session_id, known.user_id, self._stored("refresh", successor))
        await rows.use(known.id, successor_id, now)
        return successor

    async def listed(self, user_id: UUID, *, after: UUID | None, limit: int) -> Slice[SessionRow]:
        async with self._database.write(actor(user_id)) as session:
            return await Sessions(session).live(datetime.now(UTC) - IDLE, after=after, limit=limit)

    async def end(self, user_id: UUID, session_id: UUID) -> None:
        """Ends one session, with its tokens.

        Raises: NotFound when it is not this person's, or has ended.
        """
        async with self._database.write(actor(user_id)) as session:
            ended = await self._end(session, user_id, only=session_id, action="session.ended")
        if not ended:
            raise NotFound("You have no such session.")
        await self._revocations.mark(ended)

    async def sign_out(self, user_id: UUID, session_id: UUID) -> None:
        """Ends this session, unless it has ended already: who signs out twice is signed out."""
        with suppress(NotFound):
            await self.end(user_id, session_id)

    async def end_others(self, user_id: UUID, keep: UUID | None) -> None:
        async with self._database.write(actor(user_id)) as session:
            ended = await self.end_all(session, user_id, keep=keep)
        await self._revocations.mark(ended)

    async def end_all(self, session: WriteSession, user_id: UUID, *, keep: UUID | None) -> list[UUID]:
        """Within a transaction of that person; whoever calls marks the sessions after the commit."""
        return await self._end(session, user_id, keep=keep, action="session.ended")

    async def _end(
        self, session: WriteSession, user_id: UUID, *, action: str, only: UUID | None = None, keep: UUID | None = None
    ) -> list[UUID]:
        ended = await Sessions(session).revoke(user_id, only=only, keep=keep)
        for session_id in ended:
            await audit.record(session, action, user_id=user_id, subject=session_id)
        publish_revoked(session, ended, user_id=user_id)
        return ended

    async def _access_token(self, session: WriteSession, user_id: UUID, session_id: UUID) -> str:
        found = await MyWorkspaces(session, user_id).page(limit=tokens.MAX_WORKSPACES)
        now = int(datetime.now(UTC).timestamp())
        claims = tokens.AccessClaims(
            iss=self._issuer,
            aud=tokens.AUDIENCE,
            sub=user_id,
            sid=session_id,
            jti=uuid7(),
            iat=now,
            exp=now + int(tokens.LIFETIME.total_seconds()),
            ws=tuple(tokens.WorkspaceClaim(one.id, one.role, one.plan) for one in found.rows),
        )
        return tokens.sign(claims, self._keyring.signing_key())

    def _stored(self, kind: Literal["session", "refresh"], secret: str) -> str:
        return self._secrets.stored(kind, secret_forms.digest(secret))


def is_live(row: SessionRow, now: datetime) -> bool:
    return row.revoked_at is None and now < row.expires_at and now - row.last_used_at < IDLE


def shown(row: SessionRow, current: UUID | None) -> schemas.Session:
    return schemas.Session(
        id=row.id,
        user_agent=row.user_agent,
        address=row.address,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        current=row.id == current,
    )
