"""Somebody who uses Tertulia from outside: signs up, asks, reads the stream, makes keys; by public paths alone."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar, Self
from uuid import uuid4

import httpx2

PASSWORD = "seven lanterns over the quay"
DEADLINE = 60.0


class Person:
    """One browser: cookies are kept. ``all_leave`` closes the connections of everybody."""

    everybody: ClassVar[list[httpx2.Client]] = []

    def __init__(self, url: str, answer: dict[str, Any], client: httpx2.Client) -> None:
        self.url = url
        self.client = client
        self.user = answer["user"]
        self.workspace = answer["workspace"]
        self.token: str = answer["access_token"]

    @classmethod
    def signs_up(cls, url: str, **also: str) -> Self:
        client = httpx2.Client(base_url=url, timeout=DEADLINE, headers={"origin": url})
        cls.everybody.append(client)
        account = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "name": "Ada"} | also
        answer = client.post("/api/auth/signup", json=account)
        assert answer.status_code == 201, answer.text
        return cls(url, answer.json(), client)

    @classmethod
    def all_leave(cls) -> None:
        while cls.everybody:
            cls.everybody.pop().close()

    def makes_a_key(self, **also: Any) -> str:
        answer = self.client.post(f"/api/workspaces/{self.workspace['id']}/api-keys", json={"name": "test"} | also)
        assert answer.status_code == 201, answer.text
        key: str = answer.json()["key"]
        return key

    def asks(self, text: str, conversation: str | None = None, **also: Any) -> "Turn":
        """Asks and reads the answer to its end."""
        turn = Turn(conversation or str(uuid4()), str(uuid4()))
        with self.streams(turn, text, **also) as answer:
            assert answer.status_code == 200, answer.read()
            turn.parts = [part for _, part in events(answer)]
        return turn

    def streams(self, turn: "Turn", text: str, **also: Any) -> Any:
        """The open stream of a new question."""
        message = {"id": turn.question, "role": "user", "parts": [{"type": "text", "text": text}]}
        return self.client.stream("POST", "/api/chat", json={"id": turn.conversation, "message": message} | also)

    def resumes(self, conversation: str, after: int | None = None) -> Any:
        headers = {} if after is None else {"last-event-id": str(after)}
        return self.client.stream("GET", f"/api/chat/{conversation}/stream", headers=headers)

    def messages(self, conversation: str) -> list[dict[str, Any]]:
        answer = self.client.get(f"/api/conversations/{conversation}/messages")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


class Turn:
    def __init__(self, conversation: str, question: str) -> None:
        self.conversation = conversation
        self.question = question
        self.parts: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        return text_of(self.parts)

    @property
    def end(self) -> str:
        kind: str = self.parts[-1]["type"]
        return kind


def text_of(parts: list[dict[str, Any]]) -> str:
    """What a reader has on the screen after these parts."""
    said = ""
    for part in parts:
        if part["type"] == "reset-step":
            said = ""
        elif part["type"] == "text-delta":
            said += part["delta"]
    return said


def events(answer: httpx2.Response) -> Iterator[tuple[int, dict[str, Any]]]:
    """(sequence number, part) of each event up to ``[DONE]``."""
    number = 0
    for line in answer.iter_lines():
        if line.startswith("id:"):
            number = int(line[3:])
        elif line.startswith("data:"):
            data = line[5:].strip()
            if data == "[DONE]":
                return
            yield number, json.loads(data)
