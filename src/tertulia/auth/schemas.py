"""The wire types of auth's HTTP API. What is said here is also its OpenAPI document.

Text is checked for form only (its length; names: ``platform.names``); the rules are the service's.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, SecretStr

from tertulia.contracts.access import Role
from tertulia.platform.names import Name
from tertulia.platform.wire import Wire

MAX_PASSWORD = 128
"""In characters, after normalisation; also what keeps a request from hashing a novel."""


def normalised_email(value: str) -> str:
    """Lower-cased, the domain in its ASCII form: one mailbox is one account.

    Raises: ValueError when it is not an address. Whether mail can be delivered is not asked; names of private networks
    and of tests are fine.
    """
    mailbox, _, domain = value.strip().rpartition("@")
    private = domain.lower().rpartition(".")[2] in {"local", "localhost", "test", "invalid"}
    checked = f"{mailbox}@{domain}.example.com" if private else f"{mailbox}@{domain}"
    try:
        parsed = validate_email(checked, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    ascii_domain = parsed.ascii_domain.removesuffix(".example.com") if private else parsed.ascii_domain
    return f"{parsed.local_part.lower()}@{ascii_domain.lower()}"


Email = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(normalised_email)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=4 * MAX_PASSWORD)]
Delivery = Annotated[
    Literal["cookie", "body"],
    Field(description="where the refresh token goes: a cookie (browsers) or the answer's body, then with no cookies"),
]

_COOKIE: Literal["cookie"] = "cookie"


class Request(Wire):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignUp(Request):
    email: Email
    """An e-mail address; one account each."""
    password: Password
    """8 to 128 characters (15 are advised), none of the commonest."""
    name: Name
    """What others call the person."""
    workspace: Name | None = None
    """The name of the workspace that is made; left out, the person's name tells it."""
    token_delivery: Delivery = _COOKIE


class Login(Request):
    email: Email
    password: Password
    """The account's password."""
    token_delivery: Delivery = _COOKIE


class Refresh(Request):
    """Without a body the cookie is used. A token that comes in the body is answered in the body."""

    refresh_token: Annotated[SecretStr | None, Field(max_length=256)] = None
    """Left out, the cookie's is used. One that comes in the body is answered in the body."""
    token_delivery: Delivery | None = None
    """Left out: where the refresh token came from."""


class ChangeMe(Request):
    name: Name


class ChangePassword(Request):
    current_password: Password
    """To prove that it is the owner who asks."""
    new_password: Password
    """8 to 128 characters (15 are advised), none of the commonest."""


class CreateWorkspace(Request):
    name: Name


class ChangeWorkspace(Request):
    name: Name


class AddMember(Request):
    email: Email
    """The address of somebody who has an account here."""
    role: Role = Role.MEMBER


class ChangeMember(Request):
    role: Role


class CreateApiKey(Request):
    name: Name
    """What people call the key, such as the program that uses it."""
    scopes: Annotated[list[Annotated[str, Field(max_length=64)]] | None, Field(min_length=1, max_length=20)] = None
    """What it may do; left out: use models, and its maker's conversations and documents."""
    expires_at: AwareDatetime | None = None
    """When it ends; left out: when it is revoked."""


class User(Wire):
    id: UUID
    email: str
    name: str


class Workspace(Wire):
    id: UUID
    name: str
    role: Role
    """The caller's role in it."""
    plan: str
    """What it may use: `free`, `pro` or `unlimited`."""
    created_at: datetime


class Tokens(Wire):
    access_token: str
    """A JWT: send it as `Authorization: Bearer …`."""
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750's name
    expires_in: int
    """The access token's life, in seconds."""
    refresh_token: Annotated[str | None, Field(description="only with token_delivery `body`")] = None


class SignedIn(Tokens):
    user: User
    workspace: Workspace | None
    """The person's first; null when they have left them all."""


class Me(Wire):
    user: User
    workspaces: list[Workspace]
    session_id: UUID | None
    """This call's session; null for an API key."""


class Session(Wire):
    id: UUID
    user_agent: str
    """The browser or program, as it names itself."""
    address: str
    """The IP address that it was begun from."""
    created_at: datetime
    last_used_at: datetime
    """When it was used last."""
    expires_at: datetime
    current: bool
    """Whether this call is of it."""


class Member(Wire):
    user_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime
    """When they became a member."""


class ApiKey(Wire):
    id: UUID
    name: str
    prefix: str
    """How the key begins, to tell it from others."""
    scopes: list[str]
    """What it may do."""
    user_id: UUID
    """Who made it: the key acts as this person."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """When it was used last; null where it never was."""


class NewApiKey(ApiKey):
    key: str
    """The key itself, in this answer only."""
