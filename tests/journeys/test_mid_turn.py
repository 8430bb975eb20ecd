"""What an answer stands on is taken from under it while it runs: its reader hears an end that says so, and nothing of
it stays behind.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from bench.provider import text as simulated
from tests.databases import ServiceDatabase
from tests.journeys.person import Person, Turn, events
from tests.journeys.waiting import eventually

pytestmark = pytest.mark.journey
LONG = "[[sim: seed=3 tokens=120 gap=20]]"


@pytest.fixture
def person(stack: Any) -> Person:
    return Person.signs_up(stack.url)


def database(stack: Any, service: str) -> ServiceDatabase:
    password = json.loads((stack.home / "secrets" / "passwords.json").read_text())["postgres"]
    port = (stack.home / "postgres" / "tertulia.conf").read_text().partition("\nport = ")[2].split()[0]
    return ServiceDatabase("", "", f"postgresql://postgres:{password}@127.0.0.1:{port}/{service}_db")


def while_it_is_said(
    person: Person, question: str, act: Callable[[Turn], object], *, words: int = 5, **also: Any
) -> Turn:
    """Asks, does something once some words were said, and reads to the end."""
    turn, acted = Turn(also.pop("conversation", str(uuid4())), str(uuid4())), False
    with person.streams(turn, question, **also) as answer:
        assert answer.status_code == 200, answer.read()
        for _, part in events(answer):
            turn.parts.append(part)
            if not acted and len(turn.text.split()) >= words:
                acted = True
                act(turn)
    assert acted, turn.parts
    return turn


def code_of(turn: Turn) -> str | None:
    return turn.parts[-1].get("data", {}).get("code") or turn.parts[-1].get("code")


def test_a_conversation_is_deleted(stack: Any, person: Person) -> None:
    """The answer stops; the orchestrator keeps neither what was said nor what was sent for it."""
    turn = while_it_is_said(
        person, LONG, lambda turn: person.client.delete(f"/api/conversations/{turn.conversation}").raise_for_status()
    )
    assert turn.end == "abort"
    assert person.client.get(f"/api/conversations/{turn.conversation}/messages").status_code == 404
    kept = "SELECT count(*) FROM generation WHERE conversation_id = %s AND said IS NULL AND explanation IS NULL"
    books = database(stack, "orchestrator")
    eventually(lambda: books.rows(kept, UUID(turn.conversation)) == [(1,)])
    back = person.client.patch(f"/api/conversations/{turn.conversation}", json={"deleted": False})
    assert back.status_code == 200, back.text
    stored = person.messages(turn.conversation)[-1]
    assert (stored["status"], text_of_message(stored)) == ("stopped", turn.text)


def test_the_documents_that_it_cites_are_deleted(stack: Any, person: Person) -> None:
    """First the document, then its base: the answer ends well, its citation opens no more, and the next one says that
    the documents could not be searched.
    """
    bases = "/api/knowledge-bases"
    base = person.client.post(bases, json={"name": "Handbook"}).json()["id"]
    file = {"file": ("owl.txt", b"The owl sleeps in the oak.")}
    document = person.client.post(f"{bases}/{base}/documents", files=file).json()["id"]
    path = f"{bases}/{base}/documents/{document}"
    eventually(lambda: person.client.get(path).json()["status"] == "ready")
    question = f"Where does the owl sleep? {LONG}"
    turn = while_it_is_said(
        person, question, lambda _: person.client.delete(path).raise_for_status(), knowledge_base_ids=[base]
    )
    assert turn.end == "finish"
    assert turn.text == simulated.text(3, 120)
    (source,) = [part for part in turn.parts if part["type"] == "source-document"]
    opened = person.client.get(f"{path}/passages", params={"around": source["sourceId"]})
    assert (opened.status_code, opened.json()["code"]) == (404, "document_not_found")
    again = while_it_is_said(
        person,
        question,
        lambda _: person.client.delete(f"{bases}/{base}").raise_for_status(),
        conversation=turn.conversation,
    )
    assert again.end == "finish"
    assert person.client.get(f"{bases}/{base}").status_code == 404
    last = while_it_is_said(person, question, lambda _: None, conversation=turn.conversation)
    codes = {part["data"].get("code") for part in last.parts if part["type"] == "data-step"}
    assert (last.end, codes) == ("finish", {None, "documents_not_searched"})


def test_the_workspace_is_deleted(stack: Any, person: Person) -> None:
    """The answer stops at once, nobody goes on paying for it, and no row of the workspace is left."""
    marker = uuid4().hex
    turn = while_it_is_said(
        person,
        f"{marker} [[sim: seed=3 tokens=2000 gap=20]]",
        lambda _: person.client.delete(f"/api/workspaces/{person.workspace['id']}").raise_for_status(),
    )
    assert turn.end == "abort", turn.parts[-1]
    (asked,) = [one for one in stack.provider.of(marker) if one["request"].get("stream")]
    eventually(lambda: stack.provider.of(marker)[0]["end"] == "client_left")
    assert asked["status"] == 200

    def left() -> dict[str, int]:
        return {
            f"{name}.{table}": count
            for name in ("chat", "orchestrator")
            for table, count in database(stack, name).rows_of(UUID(person.workspace["id"])).items()
            if count
        }

    eventually(lambda: not left())


def test_the_member_who_asks_is_removed(stack: Any, person: Person) -> None:
    """The answer that they may still have had ends well and is kept; from then on they are let in no more."""
    member = Person.signs_up(stack.url)
    place = f"/api/workspaces/{person.workspace['id']}/members"
    email = member.user["email"]
    assert person.client.post(place, json={"email": email, "role": "member"}).status_code in (200, 201)
    member.client.headers["x-workspace-id"] = person.workspace["id"]
    turn = while_it_is_said(
        member, LONG, lambda _: person.client.delete(f"{place}/{member.user['id']}").raise_for_status()
    )
    assert turn.end == "finish"
    refused = member.client.get(f"/api/conversations/{turn.conversation}/messages")
    assert refused.status_code in (403, 404), refused.text
    with member.streams(Turn(turn.conversation, str(uuid4())), "And?") as answer:
        assert answer.status_code in (403, 404)
    chat = database(stack, "chat")
    stored = chat.rows(
        "SELECT status FROM message WHERE conversation_id = %s AND role = 'assistant'", UUID(turn.conversation)
    )
    assert stored == [("finished",)]


def test_the_key_of_a_streamed_call_is_revoked(stack: Any, person: Person) -> None:
    """The call that was let in ends as it would have; the next one is refused."""
    place = f"/api/workspaces/{person.workspace['id']}/api-keys"
    made = person.client.post(place, json={"name": "short-lived"}).json()
    body = {"model": "sim-fast", "stream": True, "messages": [{"role": "user", "content": LONG}]}
    said = ""
    with httpx2.Client(base_url=stack.url, headers={"authorization": f"Bearer {made['key']}"}, timeout=60) as client:
        with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            assert answer.status_code == 200
            lines = [
                line
                for line in (
                    raw.removeprefix("data: ")
                    for raw in lines_of(
                        answer, 5, lambda: person.client.delete(f"{place}/{made['id']}").raise_for_status()
                    )
                )
                if line
            ]
        assert lines[-1] == "[DONE]"
        said = "".join(
            choice["delta"].get("content") or "" for line in lines[:-1] for choice in json.loads(line)["choices"]
        )
        assert said == simulated.text(3, 120)
        assert client.post("/v1/chat/completions", json=body).status_code == 401


def lines_of(answer: httpx2.Response, after: int, act: Callable[[], object]) -> list[str]:
    seen: list[str] = []
    for line in answer.iter_lines():
        seen.append(line)
        if len(seen) == after:
            act()
    return seen


def test_personal_data_is_blocked_from_now_on(stack: Any, person: Person) -> None:
    """The answer was begun under the old rule and ends under it; the next question is held to the new one."""
    place = f"/api/workspaces/{person.workspace['id']}/privacy"
    block = {"kinds": {"EMAIL": "block"}, "allow_list": []}
    turn = while_it_is_said(
        person,
        "I am ada@example.com. [[sim: echo=last gap=100]]",
        lambda _: person.client.put(place, json=block).raise_for_status(),
        words=1,
    )
    assert (turn.end, "ada@example.com" in turn.text) == ("finish", True)
    refused = person.asks("I am ada@example.com.", turn.conversation)
    assert refused.end == "error"
    assert refused.parts[-1]["code"] == "personal_data_blocked"


def text_of_message(message: dict[str, Any]) -> str:
    return "".join(part["text"] for part in message["parts"] if part["type"] == "text")
