"""``/v1/responses/{id}``: what is stored of responses, and those in the background. Asking for one is ``openai``'s."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response
from starlette.types import ASGIApp

from tertulia.orchestrator.api.events import Events
from tertulia.orchestrator.api.item_pages import page_of
from tertulia.orchestrator.api.person import In
from tertulia.orchestrator.service.completions import Customer
from tertulia.orchestrator.service.responses.background import Background
from tertulia.orchestrator.service.responses.kept import KeptResponses, shown
from tertulia.orchestrator.service.responses.responses import Asked, person_of
from tertulia.platform import idempotency
from tertulia.platform.db import Database, WriteSession, tenant
from tertulia.platform.idempotency import StoredResponse
from tertulia.platform.pagination import DEFAULT_LIMIT, Limit

_NO_EVENT = 10**15
"""No response has so many."""


class BackgroundDoor:
    """Takes a request for a response in the background. The idempotency table learns its id only, no content."""

    def __init__(self, database: Database, kept: KeptResponses, background: Background) -> None:
        self._database = database
        self._kept = kept
        self._background = background

    async def __call__(self, customer: Customer, asked: Asked, key: str | None) -> ASGIApp:
        workspace_id, person = customer.workspace_id, person_of(customer)
        sealed = await self._kept.seal(workspace_id, asked.id, asked.kept)

        async def run(session: WriteSession) -> StoredResponse:
            await self._background.begin(session, customer, asked, sealed)
            return StoredResponse(200, shown(asked.id).encode())

        begun = await idempotency.once(
            self._database, tenant(workspace_id, person), key, asked.raw, run, operation="POST /v1/responses"
        )
        response_id = begun.body.decode()
        if asked.stream:
            return Events(await self._background.follow(workspace_id, person, response_id, None), openai=True)
        return _json((await self._kept.get(workspace_id, person, response_id)).response)


def router(kept: KeptResponses, background: Background) -> APIRouter:
    made = APIRouter(prefix="/v1/responses", tags=["openai"], default_response_class=Response)

    @made.get("/{response_id}")
    async def get_response(
        of: In,
        response_id: str,
        stream: Annotated[bool, Query(description="true: the events, instead of the response")] = False,
        starting_after: Annotated[
            int | None, Query(ge=0, lt=_NO_EVENT, description="the last event's `sequence_number`")
        ] = None,
    ) -> Response:
        """A stored response; with ``stream`` the events of one in the background, from the start or after one."""
        if stream:
            return Events(await background.follow(*of.place, response_id, starting_after), openai=True)
        return _json((await kept.get(*of.place, response_id)).response)

    @made.delete("/{response_id}")
    async def delete_response(of: In, response_id: str) -> Response:
        """For good; one that is being written ends."""
        await kept.delete(*of.place, response_id)
        return _json({"id": response_id, "object": "response", "deleted": True})

    @made.post("/{response_id}/cancel")
    async def cancel_response(of: In, response_id: str) -> Response:
        """Ends a response in the background, with what was said; one that has ended stays as it is."""
        return _json(await background.cancel(*of.place, response_id))

    @made.get("/{response_id}/input_items")
    async def list_input_items(
        of: In,
        response_id: str,
        limit: Limit = DEFAULT_LIMIT,
        after: Annotated[str | None, Query(max_length=200, description="the last item of the page before")] = None,
        order: Literal["asc", "desc"] = "desc",
    ) -> Response:
        """Everything that was put in, from the conversation's start."""
        items = (await kept.get(*of.place, response_id)).items
        return _json(page_of(items, limit, after, newest_first=order == "desc"))

    return made


def _json(body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
