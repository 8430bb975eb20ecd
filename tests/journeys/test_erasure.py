"""Who deletes a workspace takes all of it along, through the front door and the bus, out of both databases."""

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from tests.databases import ServiceDatabase
from tests.journeys.person import Person
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.journey


def test_a_deleted_workspace_is_erased_everywhere(stack: Any) -> None:
    """Conversation, answer, vault, key, knowledge base; a neighbour keeps theirs, and the owner is let in no more."""
    person, neighbour = Person.signs_up(stack.url), Person.signs_up(stack.url)
    for somebody in (person, neighbour):
        assert somebody.asks("I am ada@example.com. [[sim: tokens=3]]").end == "finish"
        assert somebody.client.post("/api/knowledge-bases", json={"name": "Ours"}).status_code == 201
        eventually(lambda who=somebody: rows(stack, who)["generation"] == 2)  # type: ignore[misc]  # the title is there
    before = rows(stack, person)
    assert {place for place in ("pii_vault", "workspace_key", "conversation", "message") if not before[place]} == set()
    kept = rows(stack, neighbour)
    workspace = f"/api/workspaces/{person.workspace['id']}"
    assert person.client.delete(workspace).status_code == 204
    eventually(lambda: not any(rows(stack, person).values()))
    assert rows(stack, neighbour) == kept
    assert person.client.get(workspace).status_code == 404


def rows(stack: Any, person: Person) -> dict[str, int]:
    """Of their workspace, by table."""
    password = json.loads((stack.home / "secrets" / "passwords.json").read_text())["postgres"]
    settings = (stack.home / "postgres" / "tertulia.conf").read_text()
    port = settings.partition("\nport = ")[2].split()[0]
    found: Counter[str] = Counter()
    for name in ("chat", "orchestrator"):
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/{name}_db"
        found.update(ServiceDatabase("", "", url).rows_of(UUID(person.workspace["id"])))
    return found
