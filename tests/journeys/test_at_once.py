"""One conversation from two tabs in the same moment: each gets its answer or a reason, and the tree stays whole."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from bench.provider import text as simulated
from tests.journeys.person import Person, Turn, events, text_of

pytestmark = pytest.mark.journey
SLOW = "[[sim: seed=6 tokens=30 gap=20]]"


@pytest.fixture
def person(stack: Any) -> Person:
    return Person.signs_up(stack.url)


class Tab:
    """What came of one post: its status, and the stream's parts or the problem."""

    def __init__(self, person: Person, body: dict[str, Any]) -> None:
        with person.client.stream("POST", "/api/chat", json=body) as answer:
            self.status = answer.status_code
            self.parts = [part for _, part in events(answer)] if self.status == 200 else []
            self.problem = {} if self.status == 200 else (answer.read(), answer.json())[1]

    @property
    def text(self) -> str:
        return text_of(self.parts)


def at_once(person: Person, *bodies: dict[str, Any]) -> list[Tab]:
    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(lambda body: Tab(person, body), bodies))


def asking(conversation: str, text: str, **also: Any) -> dict[str, Any]:
    message = {"id": str(uuid4()), "role": "user", "parts": [{"type": "text", "text": text}]}
    return {"id": conversation, "message": message} | also


@pytest.mark.parametrize("new", [True, False])
def test_two_questions_behind_the_same_answer(person: Person, new: bool) -> None:
    """One is answered, the other is told to wait; nothing of the refused one is kept."""
    conversation, parent = str(uuid4()), None
    if not new:
        first = person.asks("Hello. [[sim: tokens=2]]")
        conversation, parent = first.conversation, person.messages(first.conversation)[-1]["id"]
    before = 0 if new else 2
    for also in ({"parent_id": parent}, {"parent_id": parent}, {"parent_id": parent}):
        tabs = at_once(person, *(asking(conversation, f"Tab {n}. {SLOW}", **also) for n in range(3)))
        assert sorted(tab.status for tab in tabs) == [200, 409, 409]
        assert {tab.problem.get("code") for tab in tabs} == {None, "answer_running"}
        before += 2
        messages = person.messages(conversation)
        assert len(messages) == before
        assert {message["status"] for message in messages} == {"finished"}
        assert next(tab.text for tab in tabs if tab.status == 200) == simulated.text(6, 30)


def test_the_same_question_twice(person: Person, stack: Any) -> None:
    """By its id: both tabs see one and the same answer, which is asked for once."""
    for _ in range(3):
        marker = uuid4().hex
        body = asking(str(uuid4()), f"{marker} {SLOW}")
        tabs = at_once(person, *[body] * 4)
        assert [(tab.status, tab.text) for tab in tabs] == [(200, simulated.text(6, 30))] * 4
        assert len({tab.parts[0]["messageId"] for tab in tabs}) == 1
        assert len([one for one in stack.provider.of(marker) if one["request"].get("stream")]) == 1
        assert [one["role"] for one in person.messages(body["id"])] == ["user", "assistant"]


def test_the_same_id_for_two_questions(person: Person) -> None:
    """In two conversations, or with another text: one is taken, the other refused with the reason."""
    for where in ((str(uuid4()), str(uuid4())), (str(uuid4()),) * 2):
        both = [asking(conversation, f"{number} [[sim: tokens=2]]") for number, conversation in enumerate(where)]
        both[1]["message"]["id"] = both[0]["message"]["id"]
        tabs = at_once(person, *both)
        assert sorted(tab.status for tab in tabs) == [200, 409], [tab.problem for tab in tabs]
        assert {tab.problem.get("code") for tab in tabs} <= {None, "message_id_taken", "conflict"}


def test_regenerating_while_it_is_answered(person: Person) -> None:
    """The running answer cannot be made again; who only names the question hears the running answer."""
    turn = Turn(str(uuid4()), str(uuid4()))
    with person.streams(turn, SLOW) as answer:
        heard = events(answer)
        first = next(heard)[1]
        again = {"id": turn.conversation, "trigger": "regenerate-message"}
        refused = Tab(person, again | {"messageId": first["messageId"]})
        assert (refused.status, refused.problem["code"]) == (409, "answer_running")
        joined = Tab(person, again | {"messageId": turn.question})
        assert (joined.parts[0]["messageId"], joined.text) == (first["messageId"], simulated.text(6, 30))
        assert text_of([part for _, part in heard]) == joined.text
    assert len(person.messages(turn.conversation)) == 2


def test_regenerating_twice_at_once(person: Person) -> None:
    """Makes one more answer, which all see."""
    turn = person.asks(SLOW)
    again = {"id": turn.conversation, "trigger": "regenerate-message", "messageId": turn.question}
    tabs = at_once(person, again, again, again)
    assert [tab.status for tab in tabs] == [200] * 3, [tab.problem for tab in tabs]
    assert len({tab.parts[0]["messageId"] for tab in tabs}) == 1
    assert len(person.messages(turn.conversation)) == 3


def test_editing_while_it_is_answered(person: Person) -> None:
    """Both branches are answered to their ends, each its own."""
    turn = Turn(str(uuid4()), str(uuid4()))
    with person.streams(turn, SLOW) as answer:
        heard = events(answer)
        next(heard)
        edited = Tab(person, asking(turn.conversation, "[[sim: seed=7 tokens=5]]", messageId=turn.question))
        assert edited.text == simulated.text(7, 5)
        assert text_of([part for _, part in heard]) == simulated.text(6, 30)
    messages = person.messages(turn.conversation)
    assert [message["status"] for message in messages] == ["finished"] * 4
    assert [one["parent_id"] for one in messages if one["role"] == "user"] == [None, None]


def test_stopping_in_the_moment_of_the_end(person: Person) -> None:
    """Whichever comes first: one end is told, and it is the one that is kept, with what was said."""
    for last_words in range(8):
        turn = Turn(str(uuid4()), str(uuid4()))
        with ThreadPoolExecutor(1) as pool, person.streams(turn, "[[sim: seed=2 tokens=10 gap=2]]") as answer:
            stopping = None
            for _, part in events(answer):
                turn.parts.append(part)
                said = sum(one["type"] == "text-delta" for one in turn.parts)
                if stopping is None and (said > last_words or part["type"] in ("text-end", "finish-step")):
                    stopping = pool.submit(person.client.post, f"/api/chat/{turn.conversation}/stop")
        assert stopping is None or stopping.result().status_code == 200
        stored = person.messages(turn.conversation)[-1]
        assert (turn.end, stored["status"]) in (("finish", "finished"), ("abort", "stopped"))
        assert "".join(part["text"] for part in stored["parts"]) == turn.text
        assert person.client.post(f"/api/chat/{turn.conversation}/stop").json() == {"stopping": []}
