"""The public paths: which service answers each, who may call it, and what it may cost.

One row a method and path. The gateway authorises from this table, Envoy's routes are generated from it, and each
service finds here the paths it must serve; a path without a row does not exist. What a service answers on a path is
its own business.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Literal

import msgspec

from tertulia.contracts.access import Permission

ServiceName = Literal["auth", "chat", "orchestrator", "gateway"]
PUBLIC = None
"""The permission of a path that asks for no credential."""

KB = 1024
MB = 1024 * KB
DEFAULT_TIMEOUT = timedelta(seconds=30)


class Limit(StrEnum):
    """What a call is counted against."""

    CREDENTIAL = "credential"  # tries at a secret, by address
    SIGNUP = "signup"  # new accounts, by address
    API = "api"  # the workspace's (or the person's) requests
    GENERATION = "generation"  # requests, tokens and generations at once of the workspace
    NONE = "none"  # only what protects from floods, by address


class Subject(StrEnum):
    """Whom a call is about: nobody, the person alone, or the person in a workspace."""

    NOBODY = "nobody"
    PERSON = "person"
    WORKSPACE = "workspace"


class Route(msgspec.Struct, frozen=True):
    """``timeout`` None: a stream, which lives as long as something is said on it. ``body`` is in bytes."""

    method: str
    path: str
    service: ServiceName
    permission: Permission | None = PUBLIC
    subject: Subject = Subject.NOBODY
    limit: Limit = Limit.NONE
    timeout: timedelta | None = DEFAULT_TIMEOUT
    body: int = MB
    page: bool = False

    @property
    def streams(self) -> bool:
        return self.timeout is None


def _auth(method: str, path: str, limit: Limit, permission: Permission | None = PUBLIC) -> Route:
    subject = Subject.NOBODY if permission is PUBLIC else Subject.PERSON
    return Route(method, path, "auth", permission, subject, limit, body=64 * KB)


def _workspace(method: str, path: str, permission: Permission) -> Route:
    return Route(method, f"/api/workspaces/{{workspace_id}}{path}", "auth", permission, Subject.WORKSPACE, Limit.API)


def _chat(method: str, path: str, permission: Permission) -> Route:
    return Route(method, path, "chat", permission, Subject.WORKSPACE, Limit.API)


def _choice(method: str, path: str, permission: Permission) -> Route:
    """Something that the workspace chooses for its conversations."""
    place = f"/api/workspaces/{{workspace_id}}{path}"
    return Route(method, place, "orchestrator", permission, Subject.WORKSPACE, Limit.API)


def _provider(method: str, path: str, permission: Permission) -> Route:
    place = f"/api/workspaces/{{workspace_id}}/providers{path}"
    return Route(method, place, "orchestrator", permission, Subject.WORKSPACE, Limit.API)


def _evals(method: str, path: str) -> Route:
    place = f"/api/workspaces/{{workspace_id}}/evals{path}"
    return Route(method, place, "orchestrator", Permission.WORKSPACE_MANAGE, Subject.WORKSPACE, Limit.API)


def _knowledge(method: str, path: str, permission: Permission, body: int = MB) -> Route:
    place = f"/api/knowledge-bases{path}"
    return Route(method, place, "orchestrator", permission, Subject.WORKSPACE, Limit.API, body=body)


def _models(method: str, path: str) -> Route:
    return Route(method, path, "orchestrator", Permission.MODELS_READ, Subject.WORKSPACE, Limit.API)


def _stored(method: str, path: str) -> Route:
    return Route(method, path, "orchestrator", Permission.INFERENCE, Subject.WORKSPACE, Limit.API)


def _generation(path: str, service: ServiceName, permission: Permission, timeout: timedelta | None, body: int) -> Route:
    return Route("POST", path, service, permission, Subject.WORKSPACE, Limit.GENERATION, timeout, body)


def _open(path: str, *, page: bool = False) -> tuple[Route, Route]:
    """Something the gateway itself shows to anybody, by GET and by HEAD."""
    return Route("GET", path, "gateway", page=page), Route("HEAD", path, "gateway", page=page)


_P = Permission

ROUTES: tuple[Route, ...] = (
    # The person: accounts, sessions, tokens.
    _auth("POST", "/api/auth/signup", Limit.SIGNUP),
    _auth("POST", "/api/auth/login", Limit.CREDENTIAL),
    _auth("POST", "/api/auth/refresh", Limit.CREDENTIAL),
    _auth("POST", "/api/auth/logout", Limit.API, _P.ACCOUNT_MANAGE),
    _auth("POST", "/api/auth/password", Limit.CREDENTIAL, _P.ACCOUNT_MANAGE),
    _auth("GET", "/api/auth/me", Limit.API, _P.ACCOUNT_MANAGE),
    _auth("PATCH", "/api/auth/me", Limit.API, _P.ACCOUNT_MANAGE),
    _auth("GET", "/api/auth/sessions", Limit.API, _P.ACCOUNT_MANAGE),
    _auth("DELETE", "/api/auth/sessions", Limit.API, _P.ACCOUNT_MANAGE),
    _auth("DELETE", "/api/auth/sessions/{session_id}", Limit.API, _P.ACCOUNT_MANAGE),
    _auth("GET", "/.well-known/jwks.json", Limit.NONE),
    # Workspaces: a person lists and makes them; everything below one is by role there.
    _auth("GET", "/api/workspaces", Limit.API, _P.ACCOUNT_MANAGE),
    _auth("POST", "/api/workspaces", Limit.API, _P.ACCOUNT_MANAGE),
    _workspace("GET", "", _P.WORKSPACE_READ),
    _workspace("PATCH", "", _P.WORKSPACE_MANAGE),
    _workspace("DELETE", "", _P.WORKSPACE_DELETE),
    _workspace("GET", "/members", _P.MEMBERS_READ),
    _workspace("POST", "/members", _P.MEMBERS_MANAGE),
    _workspace("PATCH", "/members/{user_id}", _P.MEMBERS_MANAGE),
    _workspace("DELETE", "/members/{user_id}", _P.MEMBERS_MANAGE),
    # Leaving is about oneself: any role may, an API key may not.
    _workspace("DELETE", "/membership", _P.ACCOUNT_MANAGE),
    _workspace("GET", "/api-keys", _P.KEYS_READ),
    _workspace("POST", "/api-keys", _P.KEYS_MANAGE),
    _workspace("DELETE", "/api-keys/{key_id}", _P.KEYS_MANAGE),
    # Conversations, and the turn.
    _chat("GET", "/api/conversations", _P.CHAT_READ),
    _chat("POST", "/api/conversations", _P.CHAT_WRITE),
    _chat("GET", "/api/conversations/search", _P.CHAT_READ),
    _chat("GET", "/api/conversations/{conversation_id}", _P.CHAT_READ),
    _chat("PATCH", "/api/conversations/{conversation_id}", _P.CHAT_WRITE),
    _chat("DELETE", "/api/conversations/{conversation_id}", _P.CHAT_WRITE),
    _chat("GET", "/api/conversations/{conversation_id}/messages", _P.CHAT_READ),
    _generation("/api/chat", "chat", _P.CHAT_WRITE, None, 2 * MB),
    msgspec.structs.replace(_chat("GET", "/api/chat/{conversation_id}/stream", _P.CHAT_READ), timeout=None),
    _chat("POST", "/api/chat/{conversation_id}/stop", _P.CHAT_WRITE),
    # What was sent to the model for an answer. No scope of an API key holds this one either.
    Route(
        "GET",
        "/api/messages/{message_id}/explanation",
        "orchestrator",
        _P.ANSWERS_EXPLAIN,
        Subject.WORKSPACE,
        Limit.API,
    ),
    # What is done with personal data, and a way to try it.
    _choice("GET", "/privacy", _P.WORKSPACE_READ),
    _choice("PUT", "/privacy", _P.WORKSPACE_MANAGE),
    _choice("POST", "/privacy/try", _P.WORKSPACE_READ),
    _choice("GET", "/privacy/findings", _P.WORKSPACE_READ),
    # No scope of an API key holds this one: a person looks.
    _choice("POST", "/privacy/findings/{finding_id}/reveal", _P.PRIVACY_REVEAL),
    # What it asks of every answer.
    _choice("GET", "/assistant", _P.WORKSPACE_READ),
    _choice("PUT", "/assistant", _P.WORKSPACE_MANAGE),
    # Whether answers may be given again.
    _choice("GET", "/answer-cache", _P.WORKSPACE_READ),
    _choice("PUT", "/answer-cache", _P.WORKSPACE_MANAGE),
    # Which model answers a question to the model auto.
    _choice("GET", "/routing", _P.WORKSPACE_READ),
    _choice("PUT", "/routing", _P.WORKSPACE_MANAGE),
    # A workspace's own keys at providers.
    _provider("GET", "", _P.WORKSPACE_READ),
    _provider("PUT", "/{name}", _P.WORKSPACE_MANAGE),
    _provider("DELETE", "/{name}", _P.WORKSPACE_MANAGE),
    # Knowledge bases. An upload may take as long as a slow line needs for it.
    _knowledge("GET", "", _P.KNOWLEDGE_READ),
    _knowledge("POST", "", _P.KNOWLEDGE_WRITE),
    _knowledge("GET", "/{knowledge_base_id}", _P.KNOWLEDGE_READ),
    _knowledge("PATCH", "/{knowledge_base_id}", _P.KNOWLEDGE_WRITE),
    _knowledge("DELETE", "/{knowledge_base_id}", _P.KNOWLEDGE_WRITE),
    _knowledge("GET", "/{knowledge_base_id}/documents", _P.KNOWLEDGE_READ),
    msgspec.structs.replace(
        _knowledge("POST", "/{knowledge_base_id}/documents", _P.KNOWLEDGE_WRITE, 51 * MB), timeout=timedelta(minutes=5)
    ),
    msgspec.structs.replace(
        _knowledge("GET", "/{knowledge_base_id}/documents/events", _P.KNOWLEDGE_READ), timeout=None
    ),
    _knowledge("GET", "/{knowledge_base_id}/documents/{document_id}", _P.KNOWLEDGE_READ),
    _knowledge("DELETE", "/{knowledge_base_id}/documents/{document_id}", _P.KNOWLEDGE_WRITE),
    _knowledge("POST", "/{knowledge_base_id}/documents/{document_id}/retry", _P.KNOWLEDGE_WRITE),
    _knowledge("GET", "/{knowledge_base_id}/documents/{document_id}/content", _P.KNOWLEDGE_READ),
    _knowledge("GET", "/{knowledge_base_id}/documents/{document_id}/passages", _P.KNOWLEDGE_READ),
    _knowledge("POST", "/{knowledge_base_id}/search", _P.KNOWLEDGE_READ),
    # How well a workspace's documents answer its own questions.
    _evals("GET", ""),
    _evals("POST", ""),
    _evals("GET", "/{set_id}"),
    _evals("PUT", "/{set_id}"),
    _evals("DELETE", "/{set_id}"),
    _evals("GET", "/{set_id}/estimate"),
    _evals("GET", "/{set_id}/runs"),
    _evals("POST", "/{set_id}/runs"),
    _evals("GET", "/{set_id}/runs/{run_id}"),
    _evals("POST", "/{set_id}/runs/{run_id}/cancel"),
    _evals("GET", "/{set_id}/runs/{run_id}/results/{position}/passages"),
    # Models, and the OpenAI-compatible API.
    _models("GET", "/api/models"),
    _models("GET", "/v1/models"),
    _models("GET", "/v1/models/{model...}"),
    _generation("/v1/chat/completions", "orchestrator", _P.INFERENCE, None, 8 * MB),
    _generation("/v1/responses", "orchestrator", _P.INFERENCE, None, 8 * MB),
    msgspec.structs.replace(_stored("POST", "/v1/responses/input_tokens"), body=8 * MB),
    msgspec.structs.replace(_stored("GET", "/v1/responses/{response_id}"), timeout=None),
    _stored("DELETE", "/v1/responses/{response_id}"),
    _stored("POST", "/v1/responses/{response_id}/cancel"),
    _stored("GET", "/v1/responses/{response_id}/input_items"),
    msgspec.structs.replace(_stored("POST", "/v1/conversations"), body=8 * MB),
    _stored("GET", "/v1/conversations/{conversation_id}"),
    _stored("POST", "/v1/conversations/{conversation_id}"),
    _stored("DELETE", "/v1/conversations/{conversation_id}"),
    msgspec.structs.replace(_stored("POST", "/v1/conversations/{conversation_id}/items"), body=8 * MB),
    _stored("GET", "/v1/conversations/{conversation_id}/items"),
    _stored("GET", "/v1/conversations/{conversation_id}/items/{item_id}"),
    _stored("DELETE", "/v1/conversations/{conversation_id}/items/{item_id}"),
    msgspec.structs.replace(_stored("POST", "/v1/files"), body=51 * MB, timeout=timedelta(minutes=5)),
    _stored("GET", "/v1/files"),
    _stored("GET", "/v1/files/{file_id}"),
    _stored("GET", "/v1/files/{file_id}/content"),
    _stored("DELETE", "/v1/files/{file_id}"),
    _stored("POST", "/v1/batches"),
    _stored("GET", "/v1/batches"),
    _stored("GET", "/v1/batches/{batch_id}"),
    _stored("POST", "/v1/batches/{batch_id}/cancel"),
    _generation("/v1/embeddings", "orchestrator", _P.INFERENCE, timedelta(seconds=120), 8 * MB),
    # What the gateway shows by itself.
    *_open("/livez"),
    *_open("/readyz"),
    *_open("/api/openapi.json"),
    *_open("/assets/{file...}"),
    *_open("/favicon.ico"),
    *_open("/favicon.svg"),
    *_open("/robots.txt"),
    *_open("/manifest.webmanifest"),
    *_open("/", page=True),
    *_open("/login", page=True),
    *_open("/signup", page=True),
    *_open("/c/{conversation_id}", page=True),
    *_open("/knowledge", page=True),
    *_open("/knowledge/{knowledge_base_id}", page=True),
    *_open("/evaluations", page=True),
    *_open("/evaluations/{place...}", page=True),
    *_open("/settings", page=True),
    *_open("/settings/{section...}", page=True),
)


class NoSuchPath(Exception):
    """No row has this path: 404."""


class WrongMethod(Exception):
    """The path exists with other methods only, named in ``allow``: 405."""

    def __init__(self, allow: tuple[str, ...]) -> None:
        super().__init__(", ".join(allow))
        self.allow = allow


class Match(msgspec.Struct, frozen=True):
    route: Route
    params: Mapping[str, str]


class _Node:
    """One place in the tree of path segments: a fixed next segment wins over a named one, that over a tail."""

    __slots__ = ("fixed", "here", "named", "tail")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.named: _Node | None = None
        self.tail: _Node | None = None
        self.here: dict[str, tuple[Route, tuple[str, ...]]] = {}


class Matcher:
    """Finds the row for a method and path (no query) in a few dictionary look-ups."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        self._root = _Node()
        self._exact: dict[tuple[str, str], Match] = {}
        for route in routes:
            self._add(route)

    def match(self, method: str, path: str) -> Match:
        """Raises ``NoSuchPath`` or ``WrongMethod``."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        values: list[str] = []
        node = _descend(self._root, path[1:].split("/"), 0, values) if path.startswith("/") else None
        if node is None:
            raise NoSuchPath(path)
        row = node.here.get(method)
        if row is None:
            raise WrongMethod(tuple(sorted(node.here)))
        return Match(row[0], dict(zip(row[1], values, strict=True)))

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for segment in route.path[1:].split("/"):
            if segment.endswith("...}"):
                names.append(segment[1:-4])
                node.tail = node = node.tail or _Node()
            elif segment.startswith("{"):
                names.append(segment[1:-1])
                node.named = node = node.named or _Node()
            else:
                node = node.fixed.setdefault(segment, _Node())
        if route.method in node.here:
            raise ValueError(f"two rows for {route.method} {route.path}")
        node.here[route.method] = (route, tuple(names))
        if not names:
            self._exact[route.method, route.path] = Match(route, {})


def _descend(node: _Node, segments: list[str], at: int, values: list[str]) -> _Node | None:
    if at == len(segments):
        return node if node.here else None
    segment = segments[at]
    fixed = node.fixed.get(segment)
    if fixed is not None and (found := _descend(fixed, segments, at + 1, values)) is not None:
        return found
    if not segment:
        return None
    if node.named is not None:
        values.append(segment)
        if (found := _descend(node.named, segments, at + 1, values)) is not None:
            return found
        values.pop()
    if node.tail is not None:
        values.append("/".join(segments[at:]))
        return node.tail
    return None
