"""``/internal/orchestrator``: what chat asks, signed by it."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from tertulia.contracts.orchestrator import KnownKnowledgeBases, WriteTitle
from tertulia.orchestrator.service.knowledge import Knowledge
from tertulia.orchestrator.service.records import Records
from tertulia.orchestrator.service.titles import Titles
from tertulia.platform.errors import NotFound, Unprocessable
from tertulia.platform.signatures import signed_by

_MOST_IDS = 100
_Signed = Annotated[str, Depends(signed_by("chat"))]


class GenerationNotFound(NotFound):
    """There is none of this id, or it has not ended."""

    code, title = "generation_not_found", "No such generation"


def router(records: Records, titles: Titles, knowledge: Knowledge) -> APIRouter:
    made = APIRouter(prefix="/internal/orchestrator", include_in_schema=False)

    @made.get("/generations/{generation_id}")
    async def generation(generation_id: UUID, _: _Signed) -> Response:
        record = await records.find(generation_id)
        if record is None:
            raise GenerationNotFound("No generation of this id has ended.")
        return _json(record)

    @made.get("/knowledge-bases")
    async def knowledge_bases(workspace_id: UUID, user_id: UUID, ids: str, _: _Signed) -> Response:
        try:
            wanted = [UUID(one) for one in ids.split(",")][:_MOST_IDS]
        except ValueError as error:
            raise Unprocessable(str(error)) from None
        return _json(KnownKnowledgeBases(await knowledge.usable(workspace_id, user_id, wanted)))

    @made.post("/titles")
    async def title(request: Request, _: _Signed) -> Response:
        try:
            wanted = msgspec.json.decode(await request.body(), type=WriteTitle)
        except msgspec.DecodeError as error:
            raise Unprocessable(str(error)) from None
        return _json(await titles.write(wanted))

    return made


def _json(value: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
