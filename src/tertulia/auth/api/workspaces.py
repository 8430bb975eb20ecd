"""Workspaces, their members and their API keys."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response

from tertulia.auth import schemas
from tertulia.auth.api.parts import Account, Here, IdempotencyKey, Services, Someone
from tertulia.auth.service.accounts import shown_workspace
from tertulia.auth.service.api_keys import shown_key
from tertulia.auth.service.members import shown_member
from tertulia.platform.db import WriteSession, actor, tenant
from tertulia.platform.idempotency import StoredResponse, once
from tertulia.platform.pagination import DEFAULT_LIMIT, After, Limit, Page

router = APIRouter(prefix="/api/workspaces", tags=["workspaces"])
one_router = APIRouter(prefix="/api/workspaces/{workspace_id}", tags=["workspaces"])
_CREATED = 201


@router.get("")
async def list_workspaces(
    of: Someone, services: Services, limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[schemas.Workspace]:
    """In the order in which they were joined; an API key sees its own only."""
    key = services.cursors.read("workspaces", of.user_id, after, tuple[datetime, UUID])
    found = await services.workspaces.mine(of.user_id, only=of.only_workspace, after=key, limit=limit)
    return services.cursors.page(
        "workspaces", of.user_id, found, key=lambda row: (row.joined_at, row.id), show=shown_workspace
    )


@router.post("", status_code=_CREATED, response_model=schemas.Workspace)
async def create_workspace(
    asked: schemas.CreateWorkspace,
    of: Account,
    request: Request,
    services: Services,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The caller becomes its owner."""

    async def create(session: WriteSession) -> StoredResponse:
        made = await services.workspaces.create(session, of.user_id, asked.name)
        return StoredResponse(_CREATED, made.model_dump_json().encode())

    return _answer(
        await once(
            services.database,
            actor(of.user_id),
            idempotency_key,
            await request.body(),
            create,
            operation=_operation(request),
        )
    )


@one_router.get("")
async def get_workspace(here: Here, services: Services) -> schemas.Workspace:
    """Its name and plan, and the caller's role in it."""
    return await services.workspaces.get(here.workspace_id, here.user_id)


@one_router.patch("")
async def change_workspace(asked: schemas.ChangeWorkspace, here: Here, services: Services) -> schemas.Workspace:
    """A new name."""
    return await services.workspaces.rename(here.workspace_id, here.user_id, asked.name)


@one_router.delete("", status_code=204)
async def delete_workspace(here: Here, services: Services) -> None:
    """Gone for everybody at once, with its API keys; all that it had is erased."""
    await services.workspaces.delete(here.workspace_id, here.user_id)


@one_router.get("/members")
async def list_members(
    here: Here, services: Services, limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[schemas.Member]:
    """In the order in which they joined."""
    key = services.cursors.read("members", here.workspace_id, after, tuple[datetime, UUID])
    found = await services.members.listed(here.workspace_id, here.user_id, after=key, limit=limit)
    return services.cursors.page(
        "members", here.workspace_id, found, key=lambda row: (row.joined_at, row.user_id), show=shown_member
    )


@one_router.post("/members", status_code=_CREATED, response_model=schemas.Member)
async def add_member(
    asked: schemas.AddMember,
    here: Here,
    request: Request,
    services: Services,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Adds somebody who has an account. 422 `person_unknown` when nobody has the address."""

    async def add(session: WriteSession) -> StoredResponse:
        member = await services.members.add(session, here.workspace_id, here.user_id, asked)
        return StoredResponse(_CREATED, member.model_dump_json().encode())

    scope = services.members.scope_of_adding(here.workspace_id, here.user_id, asked)
    body = await request.body()
    return _answer(await once(services.database, scope, idempotency_key, body, add, operation=_operation(request)))


@one_router.patch("/members/{user_id}")
async def change_member(user_id: UUID, asked: schemas.ChangeMember, here: Here, services: Services) -> schemas.Member:
    """Another role. The last owner stays one."""
    return await services.members.change(here.workspace_id, here.user_id, user_id, asked.role)


@one_router.delete("/members/{user_id}", status_code=204)
async def remove_member(user_id: UUID, here: Here, services: Services) -> None:
    """The member's API keys of this workspace end as well."""
    await services.members.remove(here.workspace_id, here.user_id, user_id)


@one_router.delete("/membership", status_code=204)
async def leave_workspace(here: Here, of: Account, services: Services) -> None:
    """Ends the caller's own membership, whatever their role."""
    await services.members.remove(here.workspace_id, of.user_id, of.user_id)


@one_router.get("/api-keys")
async def list_api_keys(
    here: Here, services: Services, limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[schemas.ApiKey]:
    """Newest first; those that are good now."""
    position = services.cursors.read_id("api-keys", here.workspace_id, after)
    found = await services.keys.listed(here.workspace_id, here.user_id, after=position, limit=limit)
    return services.cursors.page("api-keys", here.workspace_id, found, show=shown_key)


@one_router.post("/api-keys", status_code=_CREATED, response_model=schemas.NewApiKey)
async def create_api_key(
    asked: schemas.CreateApiKey,
    here: Here,
    request: Request,
    services: Services,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """`key` is shown in this answer only. It acts as its maker, as far as its scopes reach."""

    async def create(session: WriteSession) -> StoredResponse:
        made = await services.keys.create(session, here.workspace_id, here.identity, asked)
        return StoredResponse(_CREATED, services.keys.seal(made.model_dump_json().encode(), here.workspace_id))

    scope = tenant(here.workspace_id, here.user_id)
    body = await request.body()
    stored = await once(services.database, scope, idempotency_key, body, create, operation=_operation(request))
    return _answer(StoredResponse(stored.status, services.keys.open(stored.body, here.workspace_id)))


@one_router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_api_key(key_id: UUID, here: Here, services: Services) -> None:
    """Ends the key at once."""
    await services.keys.revoke(here.workspace_id, here.user_id, key_id)


def _operation(request: Request) -> str:
    return f"{request.method} {request.url.path}"


def _answer(stored: StoredResponse) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(stored.body, stored.status, headers, media_type="application/json")
