"""Somebody's client: calls chat as one who has passed the gateway, and reads streams event by event."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec

from tertulia.platform.http import HttpClient, HttpStream
from tertulia.platform.identity import HEADER, Identity, IdentityIssuer


class Event(NamedTuple):
    id: int | None
    part: dict[str, Any]


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str]


class Reader:
    """One person in one workspace."""

    def __init__(self, url: str, client: HttpClient, issuer: IdentityIssuer, workspace: UUID, user: UUID) -> None:
        self.url = url
        self.workspace = workspace
        self.user = user
        self._client = client
        self._issuer = issuer

    def headers(self) -> dict[str, str]:
        identity = Identity(
            kind="session",
            credential_id=self.user,
            plan="pro",
            user_id=self.user,
            workspace_id=self.workspace,
            role="member",
        )
        return {HEADER: self._issuer.issue(identity)}

    async def call(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = self.headers() | dict(headers or {})
        if body is not None:
            sent["content-type"] = "application/json"
        answer = await self._client.request(method, self.url + path, headers=sent, json=json, body=body)
        is_json = answer.body and "json" in answer.headers.get("content-type", "")
        return Answer(answer.status, msgspec.json.decode(answer.body) if is_json else answer.body, answer.headers)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[HttpStream]:
        sent = self.headers() | dict(headers or {})
        if after is not None:
            sent["last-event-id"] = str(after)
        async with self._client.stream(method, self.url + path, headers=sent, json=json) as answer:
            yield answer

    async def ask(self, conversation: object, text: str, **also: Any) -> list[Event]:
        """Reads the answer to its end."""
        async with self.stream("POST", "/api/chat", question(conversation, text, **also)) as answer:
            assert answer.status == 200, await answer.read()
            return [event async for event in events(answer)]

    async def resume(self, conversation: object, after: int | None = None, *, query: str = "") -> list[Event]:
        async with self.stream("GET", f"/api/chat/{conversation}/stream{query}", after=after) as answer:
            assert answer.status == 200, await answer.read()
            return [event async for event in events(answer)]

    async def messages(self, conversation: object) -> list[dict[str, Any]]:
        answer = await self.call("GET", f"/api/conversations/{conversation}/messages?limit=100")
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.body["data"]
        return found


def question(conversation: object, text: str, **also: Any) -> dict[str, Any]:
    message = {"id": str(also.pop("message_id", uuid4())), "role": "user", "parts": [{"type": "text", "text": text}]}
    return {"id": str(conversation), "message": message} | also


async def events(answer: HttpStream) -> AsyncIterator[Event]:
    """Up to ``[DONE]``; a stream that ends without it is broken."""
    rest = b""
    async for chunk in answer:
        *whole, rest = (rest + chunk).split(b"\n\n")
        for raw in whole:
            fields = dict(line.split(b": ", 1) for line in raw.split(b"\n") if not line.startswith(b":"))
            if fields.get(b"data") == b"[DONE]":
                return
            if b"data" in fields:
                number = int(fields[b"id"]) if b"id" in fields else None
                yield Event(number, msgspec.json.decode(fields[b"data"]))
    raise AssertionError("the stream ended without [DONE]")


def text_of(heard: list[Event]) -> str:
    """What is on the screen after these parts."""
    said = ""
    for event in heard:
        if event.part["type"] == "reset-step":
            said = ""
        said += event.part.get("delta", "")
    return said


def end_of(heard: list[Event]) -> str:
    kind: str = heard[-1].part["type"]
    return kind
