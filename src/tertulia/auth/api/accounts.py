"""Signing up, in and out; the person's own account and sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request, Response

from tertulia.auth import schemas
from tertulia.auth.api.cookies import Cookies, client_of
from tertulia.auth.api.parts import Account, Services, Someone
from tertulia.auth.service.accounts import SignedIn
from tertulia.auth.service.session_life import Grant, RefreshRefused, shown
from tertulia.contracts import tokens
from tertulia.platform.pagination import DEFAULT_LIMIT, After, Limit, Page

router = APIRouter(prefix="/api/auth", tags=["account"])
_NO_STORE = {"cache-control": "no-store"}
_EXPIRES_IN = int(tokens.LIFETIME.total_seconds())


@router.post("/signup", status_code=201)
async def sign_up(asked: schemas.SignUp, request: Request, response: Response, services: Services) -> schemas.SignedIn:
    """Makes an account, and a workspace that it owns. 409 `email_taken` when the address has an account."""
    cookies = Cookies(services.https)
    signed_in = await services.accounts.sign_up(asked, client_of(request, cookies))
    return _welcome(response, cookies, signed_in, asked.token_delivery)


@router.post("/login")
async def log_in(asked: schemas.Login, request: Request, response: Response, services: Services) -> schemas.SignedIn:
    """401 `invalid_credentials` for an unknown address and for a wrong password."""
    cookies = Cookies(services.https)
    signed_in = await services.accounts.log_in(asked, client_of(request, cookies))
    return _welcome(response, cookies, signed_in, asked.token_delivery)


@router.post("/refresh", summary="Refresh tokens")
async def refresh(
    request: Request,
    response: Response,
    services: Services,
    asked: Annotated[schemas.Refresh | None, Body()] = None,
) -> schemas.Tokens:
    """A new access token and the next refresh token; the one that was sent is good for ten more seconds."""
    asked = asked or schemas.Refresh()
    cookies = Cookies(services.https)
    given = asked.refresh_token
    token = given.get_secret_value() if given else request.cookies.get(cookies.refresh)
    if not token:
        raise RefreshRefused
    grant = await services.sessions.refresh(token)
    await services.guessing.forgive_address(client_of(request, cookies))
    return _tokens(response, cookies, grant, asked.token_delivery or ("body" if given else "cookie"))


@router.post("/logout", status_code=204)
async def log_out(of: Account, response: Response, services: Services) -> None:
    """Ends this session everywhere, with all its tokens."""
    await services.sessions.sign_out(of.user_id, of.identity.credential_id)
    Cookies(services.https).clear(response)


@router.get("/me", summary="Who am I")
async def me(of: Someone, services: Services) -> schemas.Me:
    """The person who calls, and their workspaces."""
    return await services.accounts.me(of.user_id, session_id=of.session_id)


@router.patch("/me", summary="Change my name")
async def change_me(asked: schemas.ChangeMe, of: Account, services: Services) -> schemas.User:
    """A new name."""
    return await services.accounts.rename(of.user_id, asked.name)


@router.post("/password", status_code=204)
async def change_password(asked: schemas.ChangePassword, of: Account, request: Request, services: Services) -> None:
    """Ends all other sessions."""
    client = client_of(request, Cookies(services.https))
    await services.accounts.change_password(of.user_id, asked, client, keep=of.session_id)


@router.get("/sessions")
async def list_sessions(
    of: Account, services: Services, limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[schemas.Session]:
    """Newest first."""
    position = services.cursors.read_id("sessions", of.user_id, after)
    found = await services.sessions.listed(of.user_id, after=position, limit=limit)
    return services.cursors.page("sessions", of.user_id, found, show=lambda row: shown(row, of.session_id))


@router.delete("/sessions", status_code=204)
async def end_other_sessions(of: Account, services: Services) -> None:
    """All but this one."""
    await services.sessions.end_others(of.user_id, keep=of.session_id)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, of: Account, services: Services) -> None:
    """Signs out one session, with all its tokens."""
    await services.sessions.end(of.user_id, session_id)


def _welcome(response: Response, cookies: Cookies, signed_in: SignedIn, delivery: schemas.Delivery) -> schemas.SignedIn:
    grant = signed_in.grant
    if delivery == "cookie":
        if grant.session_secret is not None:
            cookies.set_session(response, grant.session_secret, grant.expires_at)
        cookies.set_device(response, signed_in.device)
    issued = _tokens(response, cookies, grant, delivery)
    return schemas.SignedIn(**issued.model_dump(), user=signed_in.user, workspace=signed_in.workspace)


def _tokens(response: Response, cookies: Cookies, grant: Grant, delivery: schemas.Delivery) -> schemas.Tokens:
    response.headers.update(_NO_STORE)
    if delivery == "cookie":
        cookies.set_refresh(response, grant.refresh_token, grant.expires_at)
    return schemas.Tokens(
        access_token=grant.access_token,
        expires_in=_EXPIRES_IN,
        refresh_token=grant.refresh_token if delivery == "body" else None,
    )
