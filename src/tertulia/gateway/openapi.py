"""One OpenAPI document of everything that is public: the services' own, cut down to the table of routes and merged.

``merge`` is what ``tertulia openapi`` writes to a file; ``OpenApi`` serves the same from the running services.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tertulia.contracts.limits import CREDENTIAL_TRIES, CREDENTIAL_WINDOW
from tertulia.contracts.routes import PUBLIC, ROUTES, Limit, Route, ServiceName, Subject
from tertulia.gateway.examples import EXAMPLES
from tertulia.gateway.words import FIELDS, OPENAI_FIELDS, PLACES
from tertulia.platform import context
from tertulia.platform.errors import TertuliaError, Unavailable
from tertulia.platform.http import HttpClient

Document = dict[str, Any]
_WITHIN = timedelta(seconds=3)
_KEPT_SECONDS = 60.0
_TAIL = re.compile(r"\{(\w+)\.\.\.\}")
_PLACE = re.compile(r"\{\w+(:\w+|\.\.\.)?\}")
_REFERENCE = "#/components/schemas/"
_SUMMARY = "A multi-tenant AI chat platform: accounts, workspaces, conversations, documents, an OpenAI-compatible API."
_LICENSE = {"name": "Apache-2.0"}
_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": "tt_session", "description": "The browser's session."},
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token."},
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, `tt_live_…`, as far as its scopes reach."},
}


def merge(documents: Mapping[ServiceName, Document], routes: Iterable[Route] = ROUTES) -> Document:
    """Of each service only its rows of the table. A schema whose name another service uses otherwise is renamed."""
    paths: Document = {}
    schemas: Document = {}
    for service, document in documents.items():
        rename = _take_schemas(schemas, document.get("components", {}).get("schemas", {}), service)
        own = {_shape(path): (path, methods) for path, methods in document.get("paths", {}).items()}
        for route in routes:
            path, methods = own.get(_shape(route.path), ("", {}))
            operation = methods.get(route.method.lower()) if route.service == service else None
            if operation is not None:
                described = _with_policy(_in_words(_renamed(operation, rename)), route)
                paths.setdefault(path, {})[route.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tertulia", "version": version("tertulia"), "summary": _SUMMARY, "license": _LICENSE},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: _schema_in_words(name, schema) for name, schema in sorted(schemas.items())},
            "securitySchemes": _SCHEMES,
        },
    }


def _shape(path: str) -> str:
    """Two services may call a place in a path by different names."""
    return _PLACE.sub("{}", _TAIL.sub(r"{\1}", path))


def _take_schemas(schemas: Document, new: Document, service: str) -> dict[str, str]:
    rename = {name: f"{service}_{name}" for name, schema in new.items() if schemas.get(name, schema) != schema}
    for name, schema in new.items():
        schemas[rename.get(name, name)] = _renamed(schema, rename)
    return rename


def _renamed(part: Document, rename: Mapping[str, str]) -> Document:
    text = json.dumps(part)
    for old, new in rename.items():
        text = text.replace(f'"{_REFERENCE}{old}"', f'"{_REFERENCE}{new}"')
    copied: Document = json.loads(text)
    return copied


def _in_words(operation: Document) -> Document:
    """With what its parameters mean, and an example of its body."""
    for parameter in operation.get("parameters", []):
        if meaning := PLACES.get(parameter["name"]):
            parameter.setdefault("description", meaning)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and (example := EXAMPLES.get(operation["operationId"])):
        body["example"] = example
    return operation


def _schema_in_words(name: str, schema: Document) -> Document:
    """With what its fields mean, where the service has not said it."""
    for field, described in schema.get("properties", {}).items():
        for words, key in ((OPENAI_FIELDS, f"{name}.{field}"), (FIELDS, field), (OPENAI_FIELDS, field)):
            if key in words:
                described.setdefault("description", words[key])
    return schema


def _with_policy(operation: Document, route: Route) -> Document:
    """What the gateway asks of a call, whatever the service behind says of itself."""
    limits = {"body_bytes": route.body, "class": route.limit.value}
    if route.limit in (Limit.CREDENTIAL, Limit.SIGNUP):
        limits |= {"tries": CREDENTIAL_TRIES, "seconds": int(CREDENTIAL_WINDOW.total_seconds())}
    if route.timeout is not None:
        limits["timeout_seconds"] = int(route.timeout.total_seconds())
    operation["x-limits"] = limits
    operation["security"] = [] if route.permission is PUBLIC else [{name: []} for name in _SCHEMES]
    if route.permission is not PUBLIC:
        operation["x-permission"] = route.permission.value
    if route.subject is Subject.WORKSPACE and "{workspace_id}" not in route.path:
        operation.setdefault("parameters", []).append(_WORKSPACE_HEADER)
    return operation


_WORKSPACE_HEADER = {
    "name": "X-Workspace-ID",
    "in": "header",
    "required": False,
    "description": "The workspace that the call is about; the person's first when it is absent.",
    "schema": {"type": "string", "format": "uuid"},
}


class OpenApi:
    """An ASGI application that serves the merged document of the services as they run."""

    def __init__(self, client: HttpClient, internal_url: str, services: Sequence[ServiceName]) -> None:
        self._client = client
        self._internal_url = internal_url
        self._services = services
        self._kept: tuple[bytes, float] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context.name_route(scope, "/api/openapi.json")
        if self._kept is None or time.monotonic() - self._kept[1] > _KEPT_SECONDS:
            self._kept = (await self._read(), time.monotonic())
        headers = {"cache-control": "public, max-age=60"}
        await Response(self._kept[0], 200, headers, "application/json")(scope, receive, send)

    async def _read(self) -> bytes:
        documents = await asyncio.gather(*(self._of(service) for service in self._services))
        return msgspec.json.encode(merge(dict(zip(self._services, documents, strict=True))))

    async def _of(self, service: str) -> Document:
        url = f"{self._internal_url}/internal/{service}/openapi.json"
        try:
            answer = await self._client.request("GET", url, timeout=_WITHIN)
            if answer.status == HTTPStatus.OK:
                return msgspec.json.decode(answer.body, type=Document)
        except (TertuliaError, msgspec.DecodeError) as error:
            raise Unavailable(f"The document of {service} cannot be read now.") from error
        raise Unavailable(f"The document of {service} cannot be read now.")
