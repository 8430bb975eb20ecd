"""What auth answers to other services, signed; and the public keys that it answers to anybody."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from tertulia.auth.api.parts import Services
from tertulia.contracts.auth import PersonNames, ResolveCredential
from tertulia.contracts.tokens import JWKS_MAX_AGE
from tertulia.platform.errors import FieldError, MalformedJson, Unprocessable
from tertulia.platform.signatures import signed_by

MAX_NAMES = 100

jwks_router = APIRouter(tags=["keys"])
router = APIRouter(prefix="/internal/auth", include_in_schema=False)
_decode = msgspec.json.Decoder(ResolveCredential).decode


@jwks_router.get("/.well-known/jwks.json")
async def jwks(response: Response, services: Services) -> dict[str, list[dict[str, Any]]]:
    """The keys that access tokens are signed with (RFC 7517)."""
    response.headers["cache-control"] = f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"
    return services.keyring.jwks()


@router.post("/credentials", dependencies=[Depends(signed_by("gateway"))])
async def resolve_credential(request: Request, services: Services) -> Response:
    """404 `credential_unknown` when it is good for nothing (any more)."""
    try:
        asked = _decode(await request.body())
    except msgspec.ValidationError as error:
        raise Unprocessable("The body is not a credential.", errors=[FieldError("body", str(error))]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedJson("The body is not valid JSON.") from error
    return _json(await services.credentials.resolve(asked))


@router.get("/users/{user_id}/access", dependencies=[Depends(signed_by("gateway"))])
async def user_access(user_id: UUID, services: Services) -> Response:
    return _json(await services.credentials.access(user_id))


@router.get("/users", dependencies=[Depends(signed_by("gateway", "chat", "orchestrator"))])
async def user_names(
    workspace_id: UUID, ids: Annotated[str, Query(max_length=MAX_NAMES * 37)], services: Services
) -> Response:
    try:
        asked = [UUID(one) for one in ids.split(",") if one]
    except ValueError as error:
        raise Unprocessable("`ids` are UUIDs, separated by commas.", param="ids") from error
    return _json(PersonNames(tuple(await services.credentials.names(workspace_id, asked))))


def _json(answer: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
