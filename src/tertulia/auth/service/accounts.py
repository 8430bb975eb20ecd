"""Signing up and in, and what a person changes about themselves."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tertulia.auth import schemas
from tertulia.auth.repository import audit
from tertulia.auth.repository.people import Account, People
from tertulia.auth.repository.workspaces import Members, MyWorkspace, MyWorkspaces, OneWorkspace
from tertulia.auth.service.guessing import Client, Guessing
from tertulia.auth.service.passwords import Passwords
from tertulia.auth.service.revocation import Revocations
from tertulia.auth.service.secrets import Secrets
from tertulia.auth.service.session_life import Grant, SessionLife
from tertulia.contracts.access import Role
from tertulia.contracts.auth import UserSignedUp, WorkspaceCreated
from tertulia.platform.db import Database, WriteSession, actor, credential, tenant
from tertulia.platform.errors import Conflict, FieldError, Forbidden, Unauthenticated
from tertulia.platform.ids import uuid7
from tertulia.platform.pagination import MAX_LIMIT


class EmailTaken(Conflict):
    code, title = "email_taken", "There is an account with this address"

    def __init__(self) -> None:
        super().__init__("There is an account with this address. Sign in instead.", param="email")


class WrongCredentials(Unauthenticated):
    """The same for an unknown address and a wrong password."""

    code, title = "invalid_credentials", "Not signed in"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class WrongPassword(Forbidden):
    code, title = "wrong_password", "Wrong password"

    def __init__(self) -> None:
        field = "current_password"
        super().__init__(
            "The current password is wrong.", param=field, errors=[FieldError(field, "is not your password")]
        )


@dataclass(frozen=True)
class SignedIn:
    grant: Grant
    user: schemas.User
    workspace: schemas.Workspace | None
    device: str


class Accounts:
    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        *,
        passwords: Passwords,
        guessing: Guessing,
        sessions: SessionLife,
        revocations: Revocations,
        plan: str,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._passwords = passwords
        self._guessing = guessing
        self._sessions = sessions
        self._revocations = revocations
        self._plan = plan

    async def sign_up(self, asked: schemas.SignUp, client: Client) -> SignedIn:
        """A person, a workspace that they own, and a session.

        Raises: EmailTaken; WeakPassword; HashingBusy.
        """
        password = asked.password.get_secret_value()
        self._passwords.check(password, field="password", own_words=(asked.email, asked.name))
        account = Account(
            id=uuid7(),
            email=asked.email,
            email_digest=self._secrets.of_email(asked.email),
            name=asked.name,
            password_hash=await self._passwords.hash(password),
        )
        workspace_id = uuid7()
        async with self._database.write(tenant(workspace_id, account.id)) as session:
            if not await People(session).add(account):
                raise EmailTaken
            await self._found_workspace(session, account, workspace_id, asked.workspace)
            grant = await self._sessions.start(session, account.id, client)
            workspace = await MyWorkspaces(session, account.id).get(workspace_id)
        await self._guessing.forgive_address(client)
        return self._signed_in(grant, account, workspace)

    async def _found_workspace(
        self, session: WriteSession, account: Account, workspace_id: UUID, name: str | None
    ) -> None:
        now = datetime.now(UTC)
        await OneWorkspace(session, workspace_id).add(name or f"{account.name}'s workspace", self._plan)
        await Members(session, workspace_id).add(account.id, Role.OWNER)
        await audit.record(session, "workspace.created", user_id=account.id, workspace_id=workspace_id)
        session.publish(UserSignedUp(user_id=account.id, workspace_id=workspace_id, occurred_at=now))
        session.publish(
            WorkspaceCreated(workspace_id=workspace_id, owner_id=account.id, plan=self._plan, occurred_at=now)
        )

    async def log_in(self, asked: schemas.Login, client: Client) -> SignedIn:
        """Raises: WrongCredentials, TooManyTries, HashingBusy: each the same, in words and in time, for an address
        that nobody has.
        """
        email_digest = self._secrets.of_email(asked.email)
        spent = await self._guessing.admit(email_digest, client)
        async with self._database.write(credential(email_digest)) as session:
            account = await People(session).by_email(email_digest)
        password = asked.password.get_secret_value()
        right = await self._passwords.verify(account.password_hash if account else None, password)
        if account is None or not right:
            raise WrongCredentials
        fresh_hash = await self._fresh_hash(account, password)
        async with self._database.write(actor(account.id)) as session:
            if fresh_hash is not None:
                await People(session).set_password(account.id, fresh_hash)
            grant = await self._sessions.start(session, account.id, client)
            first = (await MyWorkspaces(session, account.id).page(limit=1)).rows
        await self._guessing.forgive(spent)
        return self._signed_in(grant, account, first[0] if first else None)

    async def _fresh_hash(self, account: Account, password: str) -> str | None:
        """When the stored one was made with other parameters than today's."""
        if account.password_hash is None or not self._passwords.is_outdated(account.password_hash):
            return None
        return await self._passwords.hash(password)

    async def me(self, user_id: UUID, *, session_id: UUID | None) -> schemas.Me:
        """Raises: Unauthenticated when the account is gone."""
        async with self._database.write(actor(user_id)) as session:
            account = await self._own(session, user_id)
            mine = await MyWorkspaces(session, user_id).page(limit=MAX_LIMIT)
        return schemas.Me(
            user=_user(account), workspaces=[shown_workspace(one) for one in mine.rows], session_id=session_id
        )

    async def rename(self, user_id: UUID, name: str) -> schemas.User:
        async with self._database.write(actor(user_id)) as session:
            await People(session).rename(user_id, name)
            return _user(await self._own(session, user_id))

    async def change_password(
        self, user_id: UUID, asked: schemas.ChangePassword, client: Client, *, keep: UUID | None
    ) -> None:
        """Ends every session but ``keep``.

        Raises: WrongPassword; WeakPassword; TooManyTries; HashingBusy.
        """
        async with self._database.write(actor(user_id)) as session:
            account = await self._own(session, user_id)
        spent = await self._guessing.admit(account.email_digest, client)
        if not await self._passwords.verify(account.password_hash, asked.current_password.get_secret_value()):
            raise WrongPassword
        await self._guessing.forgive(spent)
        new = asked.new_password.get_secret_value()
        self._passwords.check(new, field="new_password", own_words=(account.email, account.name))
        new_hash = await self._passwords.hash(new)
        async with self._database.write(actor(user_id)) as session:
            await People(session).set_password(user_id, new_hash)
            await audit.record(session, "password.changed", user_id=user_id)
            ended = await self._sessions.end_all(session, user_id, keep=keep)
        await self._revocations.mark(ended)

    async def _own(self, session: WriteSession, user_id: UUID) -> Account:
        account = await People(session).get(user_id)
        if account is None:
            raise Unauthenticated("This account does not exist any more.")
        return account

    def _signed_in(self, grant: Grant, account: Account, workspace: MyWorkspace | None) -> SignedIn:
        return SignedIn(
            grant=grant,
            user=_user(account),
            workspace=shown_workspace(workspace) if workspace else None,
            device=self._secrets.device_token(account.email_digest),
        )


def _user(account: Account) -> schemas.User:
    return schemas.User(id=account.id, email=account.email, name=account.name)


def shown_workspace(row: MyWorkspace) -> schemas.Workspace:
    return schemas.Workspace(id=row.id, name=row.name, role=row.role, plan=row.plan, created_at=row.created_at)
