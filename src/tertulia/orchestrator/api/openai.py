"""The OpenAI-compatible API in bare ASGI: chat completions, responses, embeddings, models.

These are answered before FastAPI, so that a call costs little; ``document`` writes them into its description. A client
that leaves is noticed at once, whatever is being waited for.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tertulia.orchestrator.api.responses import BackgroundDoor
from tertulia.orchestrator.providers.registry import Catalogue, Catalogues, Model
from tertulia.orchestrator.redaction import NamesAway
from tertulia.orchestrator.service.accounting import Accounts, Plan
from tertulia.orchestrator.service.completions import Call, Completions, Customer
from tertulia.orchestrator.service.embedding import Embedding
from tertulia.orchestrator.service.places import Places
from tertulia.orchestrator.service.preparing import Preparing
from tertulia.orchestrator.service.responses.responses import Responses
from tertulia.orchestrator.service.reused_completions import ReusedCompletion, Reusing
from tertulia.platform import context
from tertulia.platform.errors import Forbidden, MethodNotAllowed
from tertulia.platform.http import read_body
from tertulia.platform.http.bell import Bell
from tertulia.platform.http.inbound import TOLD
from tertulia.platform.http.uvicorn_server import LEFT
from tertulia.platform.identity import LEASE_HEADER, Identity, IdentityVerifier, identify

T = TypeVar("T")

MAX_BODY = 8 * 1024 * 1024
_MODELS = "/v1/models"
_CREATED = 1_750_000_000
_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]
_WITHOUT_NAMES = (b"x-tertulia-warning", NamesAway.code.encode())
_LEASE = LEASE_HEADER.encode()
_IDEMPOTENCY_KEY = b"idempotency-key"
_Door = Callable[[Scope, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """Nobody is there any more to be answered."""


class OpenAiDoors:
    """Answers the paths under ``/v1/`` that it knows, and hands everything else on."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        verifier: IdentityVerifier,
        catalogues: Catalogues,
        accounts: Accounts,
        places: Places,
        completions: Completions,
        embedding: Embedding,
        preparing: Preparing,
        reusing: Reusing,
        responses: Responses,
        begin: BackgroundDoor,
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._catalogues = catalogues
        self._accounts = accounts
        self._places = places
        self._completions = completions
        self._embedding = embedding
        self._preparing = preparing
        self._reusing = reusing
        self._responses = responses
        self._begin = begin
        self._doors: dict[str, tuple[str, _Door]] = {
            "/v1/chat/completions": ("POST", self._chat),
            "/v1/embeddings": ("POST", self._embed),
            "/v1/responses": ("POST", self._respond),
            "/v1/responses/input_tokens": ("POST", self._count),
            _MODELS: ("GET", self._list_models),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        method, door = self._doors.get(path, ("", self._app))
        template = path
        if not method and path.startswith(f"{_MODELS}/"):
            method, door, template = "GET", self._show_model, f"{_MODELS}/{{model}}"
        if method:
            context.name_route(scope, template)
            if scope["method"] != method:
                raise MethodNotAllowed(f"This address takes {method} only.", headers={"allow": method})
        with suppress(ClientGone):
            await door(scope, receive, send)

    async def _chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        customer = self._customer(scope)
        async with self._kept_if_begun(customer):
            prepared = await self._preparing(customer, await read_body(scope, receive, MAX_BODY))
            reused = await self._reusing.of(customer, prepared)
        warnings = _warnings(without_names=prepared.without_names)
        answering: Completions | ReusedCompletion = self._completions
        if reused is not None:
            answering = reused
            warnings.append(reused.header)
        call = Call(customer, prepared)
        with self._attended(customer, scope) as waiting:
            if prepared.stream:
                await _send_stream(answering.stream(call), waiting, send, warnings)
            else:
                await _json(await waiting(answering.complete(call)), warnings)(scope, receive, send)
        scope[TOLD] = True  # the line of its end in the books has all that is to be said

    async def _embed(self, scope: Scope, receive: Receive, send: Send) -> None:
        customer = self._customer(scope)
        async with self._kept_if_begun(customer):
            asked = await self._embedding.prepare(customer.workspace_id, await read_body(scope, receive, MAX_BODY))
        with self._attended(customer, scope) as waiting:
            answer = await waiting(self._embedding.embed(customer, asked))
            await _json(answer, _warnings(without_names=asked.without_names))(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        customer = self._customer(scope)
        async with self._kept_if_begun(customer):
            asked = await self._responses.prepare(customer, await read_body(scope, receive, MAX_BODY))
            if asked.background:
                answer = await self._begin(customer, asked, _header(scope, _IDEMPOTENCY_KEY))
        if asked.background:
            await answer(scope, receive, send)
            return
        with self._attended(customer, scope) as waiting:
            warnings = _warnings(without_names=asked.prepared.without_names)
            if asked.stream:
                await _send_stream(self._responses.stream(customer, asked), waiting, send, warnings)
            else:
                whole = await waiting(self._responses.complete(customer, asked))
                await _json(whole, warnings)(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        counted = await self._responses.count(self._customer(scope), await read_body(scope, receive, MAX_BODY))
        await _json(counted)(scope, receive, send)

    async def _list_models(self, scope: Scope, receive: Receive, send: Send) -> None:
        catalogue = await self._catalogue(scope)
        models = [_model(model) for model in await catalogue.models()]
        await _json(msgspec.json.encode({"object": "list", "data": models}))(scope, receive, send)

    async def _show_model(self, scope: Scope, receive: Receive, send: Send) -> None:
        catalogue = await self._catalogue(scope)
        model = await catalogue.find(scope["path"].removeprefix(f"{_MODELS}/"))
        await _json(msgspec.json.encode(_model(model)))(scope, receive, send)

    async def _catalogue(self, scope: Scope) -> Catalogue:
        return await self._catalogues(self._customer(scope).workspace_id)

    def _customer(self, scope: Scope) -> Customer:
        identity: Identity = identify(scope, self._verifier)
        if identity.workspace_id is None:
            raise Forbidden("This call is for a workspace. Name one in X-Workspace-ID.")
        return Customer(
            identity.workspace_id,
            identity.user_id,
            identity.credential_id if identity.kind == "api_key" else None,
            Plan(identity.plan, _header(scope, _LEASE)),
        )

    @contextmanager
    def _attended(self, customer: Customer, scope: Scope) -> Iterator["_Presence"]:
        """The call's place is kept, and the client watched."""
        with self._places.held(customer.workspace_id, customer.plan):
            yield _Presence(scope[LEFT])

    @asynccontextmanager
    async def _kept_if_begun(self, customer: Customer) -> AsyncIterator[None]:
        """The place that the gateway took for a call which is refused before it begins is given back."""
        try:
            yield
        except BaseException:
            if customer.plan is not None:
                await self._accounts.release(customer.workspace_id, customer.plan)
            raise


class _Presence:
    """Waits for something as long as the client is there."""

    def __init__(self, left: Bell) -> None:
        self._left = left

    async def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        """Raises: ClientGone, after the work is cancelled."""
        waiting = asyncio.current_task()
        assert waiting is not None  # noqa: S101 - a coroutine runs in a task
        cancelled_before = waiting.cancelling()
        self._left.add(waiting.cancel)
        try:
            return await work
        except asyncio.CancelledError:
            if self._left.rung and waiting.uncancel() <= cancelled_before:
                raise ClientGone from None
            raise
        finally:
            self._left.discard(waiting.cancel)


async def _send_stream(
    pieces: AsyncGenerator[bytes], waiting: _Presence, send: Send, warnings: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """The status is sent with the first piece, so that a failure before it is an HTTP error."""

    async def all_of_it() -> None:
        begun = False
        async with aclosing(pieces):
            async for piece in pieces:
                if not begun:
                    begun = True
                    await send({"type": "http.response.start", "status": 200, "headers": [*_STREAM_HEADERS, *warnings]})
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    await waiting(all_of_it())


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for known, value in scope["headers"] if known == name), None)


def _json(body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    response = Response(body, media_type="application/json")
    response.raw_headers += headers
    return response


def _warnings(*, without_names: bool) -> list[tuple[bytes, bytes]]:
    """What the answer has to do without, as headers."""
    return [_WITHOUT_NAMES] if without_names else []


def _model(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": _CREATED,
        "owned_by": model.provider,
        "context_window": model.context,
        "capabilities": model.capabilities,
    }
