"""One document of all that is public, with what the gateway asks of each call."""

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Header
from pydantic import BaseModel

from tertulia.contracts.routes import ROUTES
from tertulia.gateway.openapi import OpenApi, merge
from tertulia.platform.http import HttpClient
from tertulia.platform.lifecycle import fastapi_app

if TYPE_CHECKING:
    from tests.gateway.conftest import StandIn


def auth_app() -> FastAPI:
    app = fastapi_app("auth", "auth")

    class Item(BaseModel):
        email: str

    @app.post("/api/auth/login")
    async def login(body: Item) -> Item:
        return body

    @app.get("/api/workspaces/{id}")
    async def workspace(id: str) -> Item:  # noqa: A002 - named otherwise than in the table
        return Item(email=id)

    @app.get("/internal/auth/secret")
    async def secret() -> None: ...

    return app


def chat_app() -> FastAPI:
    app = fastapi_app("chat", "chat")

    class Item(BaseModel):
        title: str

    @app.get("/api/conversations")
    async def conversations(x: Annotated[str, Header()]) -> list[Item]:
        return [Item(title=x)]

    @app.post("/api/auth/login")
    async def stolen() -> None: ...

    return app


def test_services_documents_become_one() -> None:
    """Only rows of the table, each from its own service; schemas of one name and another form are kept apart."""
    document = merge({"auth": auth_app().openapi(), "chat": chat_app().openapi()}, ROUTES)
    assert set(document["paths"]) == {"/api/auth/login", "/api/workspaces/{id}", "/api/conversations"}
    login = document["paths"]["/api/auth/login"]["post"]
    assert login["security"] == []
    assert login["x-limits"] == {
        "body_bytes": 65536, "class": "credential", "tries": 20, "seconds": 900, "timeout_seconds": 30,
    }  # fmt: skip
    assert login["operationId"] == "login"
    listing = document["paths"]["/api/conversations"]["get"]
    assert listing["x-permission"] == "chat.read"
    assert {"session": []} in listing["security"]
    assert "X-Workspace-ID" in [parameter["name"] for parameter in listing["parameters"]]
    items = listing["responses"]["200"]["content"]["application/json"]["schema"]["items"]
    assert items == {"$ref": "#/components/schemas/chat_Item"}
    schemas = document["components"]["schemas"]
    assert set(schemas["Item"]["properties"]) == {"email"}
    assert set(schemas["chat_Item"]["properties"]) == {"title"}
    assert "Problem" in schemas


def test_merging_changes_no_document_of_a_service() -> None:
    """The same twice gives the same."""
    auth = auth_app().openapi()
    assert merge({"auth": auth}) == merge({"auth": auth})


async def test_the_gateway_serves_it_from_the_running_services(http: HttpClient, behind: "StandIn") -> None:
    """As they are now, asked for through the internal door."""
    sent: list[dict[str, object]] = []

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    app = OpenApi(http, f"http://127.0.0.1:{behind.port}", ("auth", "chat"))
    await app({"type": "http", "method": "GET", "path": "/api/openapi.json", "headers": []}, receive, send)
    assert sent[0]["status"] == 200
    assert b'"openapi":"3.1.0"' in bytes(sent[1]["body"])  # type: ignore[call-overload] # an ASGI body
