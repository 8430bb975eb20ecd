"""Two workspaces cannot see one another: every path of the route table is called with the other's ids."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tertulia.contracts.routes import ROUTES, Route, Subject
from tests.journeys.person import Person
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.journey

BODIES: dict[str, dict[str, Any]] = {
    "/api/workspaces/{workspace_id}": {"name": "Taken over"},
    "/api/workspaces/{workspace_id}/members": {"email": "{email}", "role": "admin"},
    "/api/workspaces/{workspace_id}/members/{user_id}": {"role": "viewer"},
    "/api/workspaces/{workspace_id}/api-keys": {"name": "Taken over"},
    "/api/workspaces/{workspace_id}/providers/{name}": {
        "base_url": "https://models.example.com/v1",
        "api_key": "sk-marmalade",
        "models": ["small"],
    },
    "/api/workspaces/{workspace_id}/privacy": {"kinds": {"EMAIL": "allow"}},
    "/api/workspaces/{workspace_id}/assistant": {"instructions": "Answer in verse."},
    "/api/workspaces/{workspace_id}/answer-cache": {"exact": True},
    "/api/workspaces/{workspace_id}/routing": {"threshold": 0.5},
    "/api/workspaces/{workspace_id}/privacy/try": {"text": "marmalade"},
    "/api/workspaces/{workspace_id}/evals": {
        "name": "Taken over",
        "knowledge_base_ids": ["{knowledge_base_id}"],
        "cases": [{"question": "Where is the marmalade?"}],
    },
    "/api/workspaces/{workspace_id}/evals/{set_id}": {
        "name": "Taken over",
        "knowledge_base_ids": ["{knowledge_base_id}"],
        "cases": [{"question": "Who took it over?"}],
        "version": 1,
    },
    "/api/conversations": {"title": "Taken over"},
    "/api/conversations/{conversation_id}": {"title": "Taken over"},
    "/api/auth/me": {"name": "Taken over"},
    "/api/knowledge-bases": {"name": "Taken over"},
    "/api/knowledge-bases/{knowledge_base_id}": {"name": "Taken over"},
    "/api/knowledge-bases/{knowledge_base_id}/documents": {"url": "https://example.com/"},
    "/api/knowledge-bases/{knowledge_base_id}/search": {"query": "marmalade"},
}


class World:
    """One tenant with something of each kind, and a stranger with a workspace of his own."""

    def __init__(self, url: str) -> None:
        self.owner = Person.signs_up(url, name="Olga Owner", workspace="Olga's quiet rooms")
        self.stranger = Person.signs_up(url)
        turn = self.owner.asks("Our secret is the marmalade of olga@rooms.example. [[sim: tokens=3]]")
        title = {"title": "Olga's"}  # a title of one's own stays as it is
        assert self.owner.client.patch(f"/api/conversations/{turn.conversation}", json=title).status_code == 200
        keys = f"/api/workspaces/{self.owner.workspace['id']}/api-keys"
        self.key = self.owner.client.post(keys, json={"name": "Olga's key"}).json()
        session = self.owner.client.get("/api/auth/sessions").json()["data"][0]["id"]
        bases = "/api/knowledge-bases"
        self.base = self.owner.client.post(bases, json={"name": "Olga's handbook"}).json()["id"]
        upload = {"file": ("olga.txt", b"The marmalade is in the attic.")}
        document = self.owner.client.post(f"{bases}/{self.base}/documents", files=upload).json()["id"]
        place = f"/api/workspaces/{self.owner.workspace['id']}/providers/olgas"
        self.owner.client.put(place, json=BODIES["/api/workspaces/{workspace_id}/providers/{name}"])
        # Another test may have made the provider ask for a rest of some seconds.
        said = {"input": "Olga's marmalade"}
        self.response = eventually(lambda: self.owner.client.post("/v1/responses", json=said).json().get("id"))
        items = {"items": [{"role": "user", "content": "Olga's marmalade"}]}
        self.thread = self.owner.client.post("/v1/conversations", json=items).json()["id"]
        calls = {"file": ("calls.jsonl", b'{"custom_id": "marmalade"}')}
        self.file = self.owner.client.post("/v1/files", files=calls, data={"purpose": "batch"}).json()["id"]
        asked = {"input_file_id": self.file, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        self.batch = self.owner.client.post("/v1/batches", json=asked).json()["id"]
        findings = self.owner.client.get(f"/api/workspaces/{self.owner.workspace['id']}/privacy/findings").json()
        self.ids = {
            "finding_id": findings["data"][0]["id"],
            "name": "olgas",
            "response_id": self.response,
            "file_id": self.file,
            "batch_id": self.batch,
            "item_id": self.owner.client.get(f"/v1/conversations/{self.thread}/items").json()["first_id"],
            "knowledge_base_id": self.base,
            "document_id": document,
            "workspace_id": self.owner.workspace["id"],
            "user_id": self.owner.user["id"],
            "key_id": self.key["id"],
            "session_id": session,
            "conversation_id": turn.conversation,
        }
        self.message = turn.question
        answer = self.owner.messages(turn.conversation)[-1]["id"]
        explained = self.owner.client.get(f"/api/messages/{answer}/explanation")
        assert "marmalade" in explained.text
        self.ids["message_id"] = answer
        self.ids |= self._evaluated()

    def _evaluated(self) -> dict[str, str]:
        """A set of questions of hers, and a run that has ended."""
        evals = f"/api/workspaces/{self.ids['workspace_id']}/evals"
        cases = [{"question": "Where is the marmalade?", "facts": ["attic"]}]
        new = {"name": "Olga's questions", "knowledge_base_ids": [self.base], "cases": cases}
        made = self.owner.client.post(evals, json=new).json()["id"]
        run = self.owner.client.post(f"{evals}/{made}/runs").json()["id"]
        eventually(lambda: self.owner.client.get(f"{evals}/{made}/runs/{run}").json()["status"] == "finished")
        return {"set_id": made, "run_id": run, "position": "0"}

    def body(self, route: Route) -> dict[str, Any] | None:
        if route.path == "/api/chat":
            message = {"id": self.message, "role": "user", "parts": [{"type": "text", "text": "Mine now"}]}
            return {"id": self.ids["conversation_id"], "message": message, "messageId": self.message}
        if route.path.startswith("/v1/conversations/"):
            items = {"items": [{"role": "user", "content": "Mine now"}]}
            return items if route.path.endswith("/items") else {"metadata": {"mine": "now"}}
        if route.path.startswith("/v1/"):
            return {"model": "none", "messages": [], "input": ""}
        body = BODIES.get(route.path)
        return body and json.loads(
            json.dumps(body).replace("{email}", self.stranger.user["email"]).replace("{knowledge_base_id}", self.base)
        )

    def path(self, route: Route) -> str:
        """With her ids; two kinds of conversations have the same name for theirs."""
        ids = self.ids | ({"conversation_id": self.thread} if route.path.startswith("/v1/conversations/") else {})
        path = route.path.replace("{model...}", "none").format(**ids)
        return path + (f"?around={ids['document_id']}" if path.endswith("/passages") else "")

    def looks(self) -> str:
        """All that the owner sees, to compare before and after."""
        workspace = f"/api/workspaces/{self.owner.workspace['id']}"
        conversation = f"/api/conversations/{self.ids['conversation_id']}"
        seen = [
            f"{workspace}/privacy",
            f"{workspace}/providers",
            f"{workspace}/assistant",
            f"{workspace}/answer-cache",
            f"{workspace}/routing",
            workspace,
            f"{workspace}/members",
            f"{workspace}/api-keys",
            conversation,
            f"{conversation}/messages",
            f"/v1/responses/{self.response}",
            f"/v1/conversations/{self.thread}",
            f"/v1/conversations/{self.thread}/items",
            f"{workspace}/evals/{self.ids['set_id']}",
            f"{workspace}/evals/{self.ids['set_id']}/runs/{self.ids['run_id']}",
            f"/v1/files/{self.file}",
            f"/v1/batches/{self.batch}",
        ]
        documents = f"/api/knowledge-bases/{self.base}/documents/{self.ids['document_id']}"
        eventually(lambda: self.owner.client.get(documents).json()["status"] == "ready")
        eventually(lambda: self.owner.client.get(f"/v1/batches/{self.batch}").json()["status"] == "completed")
        seen += [f"/api/knowledge-bases/{self.base}", documents]
        bodies = {path: self.owner.client.get(path).json() for path in seen}
        bodies[f"{workspace}/privacy"].pop("names")  # whether its model is there yet is the installation's
        for key in bodies[f"{workspace}/api-keys"]["data"]:
            key.pop("last_used_at", None)
        return json.dumps(bodies, sort_keys=True)

    def secrets(self) -> Iterator[str]:
        yield from ("marmalade", "Olga", self.owner.user["email"], self.key["key"], self.key["prefix"])


@pytest.fixture(scope="module")
def world(stack: Any) -> World:
    return World(stack.url)


def of_a_tenant() -> list[Route]:
    return [route for route in ROUTES if route.subject is not Subject.NOBODY]


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", of_a_tenant(), ids=name)
@pytest.mark.parametrize("claims", ["own workspace", "the other's workspace"])
def test_no_path_gives_a_stranger_anything(world: World, route: Route, claims: str) -> None:
    """With the other's ids in the path, and his own or the other's workspace in the header: nothing, and no change."""
    before = world.looks()
    claimed = world.stranger.workspace["id"] if claims == "own workspace" else world.owner.workspace["id"]
    answer = world.stranger.client.request(
        route.method, world.path(route), json=world.body(route), headers={"x-workspace-id": claimed}
    )
    if route.path not in ENDS_THE_STRANGERS_SESSION:
        assert answer.status_code < 500, answer.text
    if "_id}" in route.path and route.path not in NEW_FOR_EACH_TENANT:
        assert answer.status_code == 404, answer.text
    if claims == "the other's workspace" and route.subject is Subject.WORKSPACE:
        assert answer.status_code == 404, answer.text
    assert not [secret for secret in world.secrets() if secret in answer.text]
    assert world.looks() == before
    if route.path in ENDS_THE_STRANGERS_SESSION:
        world.stranger = Person.signs_up(world.stranger.url)


ENDS_THE_STRANGERS_SESSION = {"/api/auth/logout", "/api/auth/password"}
NEW_FOR_EACH_TENANT: set[str] = set()


def test_a_key_of_one_workspace_opens_no_other(world: World) -> None:
    """Whatever header it comes with."""
    headers = {"authorization": f"Bearer {world.key['key']}", "x-workspace-id": world.stranger.workspace["id"]}
    with httpx2.Client(base_url=world.stranger.url, headers=headers) as program:
        assert program.get("/api/conversations").status_code == 404
