"""The wire types of auth's HTTP API. What is said here is also its OpenAPI document.

Text is checked for form only (its length; names: ``platform.names``); the rules are the service's.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from tertulia.contracts.access import Role
from tertulia.platform.names import Name

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


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignUp(Request):
    """At least 8 characters of password (15 advised), at most 128; not a common one."""

    email: Email
    password: Password
    name: Name
    workspace: Name | None = None
    token_delivery: Delivery = _COOKIE


class Login(Request):
    email: Email
    password: Password
    token_delivery: Delivery = _COOKIE


class Refresh(Request):
    """Without a body the cookie is used. A token that comes in the body is answered in the body."""

    refresh_token: Annotated[SecretStr | None, Field(max_length=256)] = None
    token_delivery: Delivery | None = None


class ChangeMe(Request):
    name: Name


class ChangePassword(Request):
    current_password: Password
    new_password: Password


class CreateWorkspace(Request):
    name: Name


class ChangeWorkspace(Request):
    name: Name


class AddMember(Request):
    email: Email
    role: Role = Role.MEMBER


class ChangeMember(Request):
    role: Role


class CreateApiKey(Request):
    """``scopes`` left out: the models and its maker's conversations. ``expires_at`` left out: until it is revoked."""

    name: Name
    scopes: Annotated[list[Annotated[str, Field(max_length=64)]] | None, Field(min_length=1, max_length=20)] = None
    expires_at: AwareDatetime | None = None


class User(BaseModel):
    id: UUID
    email: str
    name: str


class Workspace(BaseModel):
    """``role`` is the caller's there."""

    id: UUID
    name: str
    role: Role
    plan: str
    created_at: datetime


class Tokens(BaseModel):
    """``expires_in`` is the access token's life in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750's name
    expires_in: int
    refresh_token: Annotated[str | None, Field(description="only with token_delivery `body`")] = None


class SignedIn(Tokens):
    """``workspace`` is the person's first; none when they have left them all."""

    user: User
    workspace: Workspace | None


class Me(BaseModel):
    """``session_id`` is this call's session; none for an API key."""

    user: User
    workspaces: list[Workspace]
    session_id: UUID | None


class Session(BaseModel):
    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class Member(BaseModel):
    user_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime


class ApiKey(BaseModel):
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    user_id: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKey(ApiKey):
    """``key`` is shown this once."""

    key: str
