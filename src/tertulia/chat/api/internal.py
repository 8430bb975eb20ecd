"""``/internal/chat``: what other services ask, signed by them."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Response

from tertulia.chat.service import answers
from tertulia.platform.db import Database
from tertulia.platform.signatures import signed_by


def router(database: Database) -> APIRouter:
    made = APIRouter(prefix="/internal/chat", include_in_schema=False)

    @made.get("/conversations/{conversation_id}/window")
    async def window(
        conversation_id: UUID, answer_id: UUID, _: Annotated[str, Depends(signed_by("orchestrator"))]
    ) -> Response:
        found = await answers.window(database, conversation_id, answer_id)
        return Response(msgspec.json.encode(found), media_type="application/json")

    return made
