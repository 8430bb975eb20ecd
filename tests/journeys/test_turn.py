"""A conversation through the front door: asked, streamed, resumed, stopped, regenerated, edited, found again."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bench.provider import text as simulated
from tests.journeys.person import Person, Turn, events, text_of

pytestmark = pytest.mark.journey


@pytest.fixture
def person(stack: Any) -> Person:
    return Person.signs_up(stack.url)


def stored(person: Person, conversation: str) -> dict[str, Any]:
    """The last message: who has read a stream to its end finds the answer stored."""
    return person.messages(conversation)[-1]


def test_an_answer_is_streamed_and_stored_as_it_was_streamed(person: Person) -> None:
    """What the provider said, what the reader saw and what is kept at the stream's end are the same text."""
    turn = person.asks("Say something. [[sim: seed=5 tokens=40]]")
    assert turn.text == simulated.text(5, 40)
    assert turn.end == "finish"
    kept = stored(person, turn.conversation)
    assert kept["status"] == "finished"
    assert kept["parts"] == [{"type": "text", "text": turn.text}]
    assert kept["usage"]["completion_tokens"] > 0
    assert kept["cost"]["currency"] == "USD"


def test_several_turns_make_a_conversation(person: Person) -> None:
    """The provider is told what was said before, and the list shows the conversation under a title."""
    first = person.asks("My boat is called Alma. [[sim: tokens=3]]")
    second = person.asks("What is she called? [[sim: echo=all]]", first.conversation)
    assert "My boat is called Alma." in second.text
    assert [message["role"] for message in person.messages(first.conversation)] == ["user", "assistant"] * 2
    listed = person.client.get("/api/conversations").json()["data"]
    assert [conversation["id"] for conversation in listed] == [first.conversation]
    assert listed[0]["title"]


@pytest.mark.parametrize("left_after", [1, 6, 25])
def test_a_reader_who_leaves_and_comes_back_misses_nothing(person: Person, left_after: int) -> None:
    """By the number of the last event: the rest, each part once."""
    turn = Turn(str(uuid4()), str(uuid4()))
    seen = []
    with person.streams(turn, "Go on. [[sim: seed=9 tokens=60 gap=20]]") as answer:
        for event in events(answer):
            seen.append(event)
            if len(seen) == left_after:
                break
    with person.resumes(turn.conversation, after=seen[-1][0]) as answer:
        seen += list(events(answer))
    numbers = [number for number, _ in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert text_of([part for _, part in seen]) == simulated.text(9, 60)


def test_two_tabs_see_the_same_answer(person: Person) -> None:
    """A second reader who comes in the middle gets all of it, from the start."""
    turn = Turn(str(uuid4()), str(uuid4()))

    def second_tab() -> str:
        with person.resumes(turn.conversation) as answer:
            return text_of([part for _, part in events(answer)])

    with ThreadPoolExecutor(1) as pool, person.streams(turn, "Go on. [[sim: seed=4 tokens=50 gap=20]]") as answer:
        first = events(answer)
        said = [next(first)[1] for _ in range(8)]
        other = pool.submit(second_tab)
        said += [part for _, part in first]
        assert text_of(said) == other.result() == simulated.text(4, 50)


def test_nothing_to_resume_is_204(person: Person) -> None:
    """A conversation whose answer has ended has no running stream."""
    turn = person.asks("Hello. [[sim: tokens=2]]")
    with person.resumes(turn.conversation) as answer:
        assert answer.status_code == 204


def test_a_stopped_answer_keeps_what_was_said(person: Person) -> None:
    """Stop ends the stream with what has come so far, and that is what is stored."""
    turn = Turn(str(uuid4()), str(uuid4()))
    with person.streams(turn, "Go on. [[sim: seed=3 tokens=2000 gap=20]]") as answer:
        for _, part in events(answer):
            turn.parts.append(part)
            if len(turn.parts) == 12:
                assert person.client.post(f"/api/chat/{turn.conversation}/stop").is_success
    assert turn.end == "abort"
    kept = stored(person, turn.conversation)
    assert kept["status"] == "stopped"
    assert kept["parts"][0]["text"] == turn.text
    assert simulated.text(3, 2000).startswith(turn.text)


def test_regenerating_makes_a_second_answer_beside_the_first(person: Person) -> None:
    """Both have the same question as their parent."""
    turn = person.asks("Hello. [[sim: tokens=4]]")
    question, answer = person.messages(turn.conversation)
    body = {"id": turn.conversation, "trigger": "regenerate-message", "messageId": answer["id"]}
    with person.client.stream("POST", "/api/chat", json=body) as stream:
        assert text_of([part for _, part in events(stream)])
    answers = [message for message in person.messages(turn.conversation) if message["role"] == "assistant"]
    assert [message["parent_id"] for message in answers] == [question["id"], question["id"]]


def test_editing_a_question_opens_a_branch(person: Person) -> None:
    """The new question has the old one's parent, and the model is told only of its own branch."""
    first = person.asks("One. [[sim: tokens=2]]")
    second = person.asks("The wrong word. [[sim: tokens=2]]", first.conversation)
    edited = person.asks("Another word. [[sim: echo=all]]", first.conversation, messageId=second.question)
    assert "Another word." in edited.text
    assert "One." in edited.text
    assert "The wrong word." not in edited.text


def test_a_provider_that_fails_ends_the_answer_with_a_reason(person: Person) -> None:
    """A typed error in the stream, and a failed answer with the same in the conversation."""
    turn = person.asks("Hello. [[sim: fail=400]]")
    assert turn.end == "error"
    assert turn.parts[-1]["errorText"]
    assert stored(person, turn.conversation)["status"] == "failed"


def test_an_answer_without_its_documents_says_so_where_it_is_kept(person: Person, stack: Any) -> None:
    """The search hangs in its database: the warning is in the stream, and on the message after a reload."""
    base = person.client.post("/api/knowledge-bases", json={"name": "Handbook"}).json()["id"]
    home = stack.home
    password = json.loads((home / "secrets" / "passwords.json").read_text())["postgres"]
    port = re.findall(r"^port = (\d+)", (home / "postgres" / "tertulia.conf").read_text(), re.MULTILINE)[0]
    address = f"postgresql://postgres:{password}@127.0.0.1:{port}/orchestrator_db"
    with psycopg.connect(address) as holder:
        holder.execute("LOCK TABLE chunk IN ACCESS EXCLUSIVE MODE")
        turn = person.asks("Where is the key? [[sim: tokens=3]]", knowledge_base_ids=[base])
        holder.rollback()
    assert turn.end == "finish"
    told = [part["data"] for part in turn.parts if part["type"] == "data-step" and part["data"].get("code")]
    kept = stored(person, turn.conversation)
    assert (kept["status"], kept["parts"]) == ("finished", [{"type": "text", "text": turn.text}])
    warnings = [{"code": one["code"], "detail": one["detail"]} for one in told]
    assert kept["warnings"] == warnings
    assert [one["code"] for one in warnings] == ["documents_not_searched"]


def test_one_can_search_what_was_said(person: Person) -> None:
    """By a word of the question or the answer; another person finds nothing."""
    turn = person.asks("Tell me of the xylophone. [[sim: tokens=3]]")
    found = person.client.get("/api/conversations/search", params={"q": "xyloph"}).json()["data"]
    assert [hit["conversation"]["id"] for hit in found] == [turn.conversation]
    stranger = Person.signs_up(person.url)
    assert stranger.client.get("/api/conversations/search", params={"q": "xylophone"}).json()["data"] == []


def test_personal_data_does_not_reach_the_provider(person: Person) -> None:
    """The provider sees placeholders; the reader reads what was written."""
    turn = person.asks("Write to ada@example.com about card 4111 1111 1111 1111. [[sim: echo=last pieces=random]]")
    assert "ada@example.com" in turn.text
    assert "4111 1111 1111 1111" in turn.text
    assert "[EMAIL_1]" not in turn.text
