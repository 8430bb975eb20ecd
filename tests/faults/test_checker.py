"""A checker that finds nothing is worth nothing: each way to break a promise is told to it, and it must see it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.books import STORED_POSITIONS, Attempt, Books, Emission, Generated, Kept, Part, Turn
from tests.faults.checker import Allowed, violations

TEXT = "qwrt [[sim: seed=1]]"
SAID = "one two three"
PIECES = ("one", " two", " three")


def parts(*pieces: str, first: int = 1, end: str | None = "finish") -> list[Part]:
    bodies: list[dict[str, Any]] = [{"type": "text-delta", "delta": piece} for piece in pieces]
    if end is not None:
        bodies.append({"type": end})
    return [Part(0.1 * number, number, body) for number, body in enumerate(bodies, first)]


def books(stream: list[Part] | None = None, **also: Any) -> Books:
    """A run in which everything went well, but for what is said."""
    turn = Turn("tenant", "conversation", "question", TEXT, 0.0)
    turn.parts = parts(*PIECES) if stream is None else stream
    turn.acknowledged = also.get("acknowledged", 1.0)
    turn.attempts = also.get("attempts", [Attempt("ask", 0.0, 200, 0.1, 1.0, "text/event-stream", "r1")])
    question = Kept("question", "conversation", None, "w", "user", "finished", TEXT, None, None)
    answer = Kept("answer", "conversation", "question", "w", "assistant", "finished", SAID, "generation", {})
    emissions = [Emission(TEXT, 0.0, "", SAID, "finished", 200)]
    generated = [Generated("generation", "answer", "finished", 1, SAID, False, 1)]
    return Books(
        also.get("emissions", emissions), [turn], also.get("kept", [question, answer]), also.get("generated", generated)
    )


def found(made: Books, allowed: Allowed = Allowed()) -> set[str]:  # noqa: B008 - a frozen value
    return {violation.partition(" ")[0] for violation in violations(made, allowed)}


def attempt(status: int | None, **also: Any) -> Books:
    one = Attempt("ask", 0.0, status, 1.0, 1.0, "application/problem+json", "r", body='{"code": "x"}')
    return books(attempts=[replace(one, **also)])


def answer_of(made: Books, **changes: Any) -> Books:
    question, answer = made.kept
    return replace(made, kept=[question, replace(answer, **changes)])


def test_a_run_that_went_well_has_no_violation() -> None:
    """The plain case: streamed in one go, stored as streamed."""
    assert found(books()) == set()


def test_an_answer_that_was_begun_again_is_well() -> None:
    """Behind a ``reset-step`` a fresh prefix counts; the numbers go on."""
    stream = [*parts("one", end=None), Part(1, 2, {"type": "reset-step"}), *parts(*PIECES, first=3)]
    partial = Emission(TEXT, 0.0, "", "one two", "client_left", 200)
    assert found(books(stream, emissions=[partial, *books().emissions])) == set()


def test_an_answer_that_was_continued_is_well() -> None:
    """What the second worker put into the request and what came then are one text."""
    emissions = [
        Emission(TEXT, 0.0, "", "one tw", "client_left", 200),
        Emission(TEXT, 1.0, "one two", " three", "", 200),
    ]
    assert found(books(emissions=emissions)) == set()


def test_an_answer_told_from_the_database_is_well() -> None:
    """Its numbers lie above every log's, behind a ``reset-step`` where something was heard before."""
    told = parts(*PIECES, first=STORED_POSITIONS + 2)
    stream = [*parts("one", end=None), Part(1, STORED_POSITIONS + 1, {"type": "reset-step"}), *told]
    assert found(books(stream)) == set()


@pytest.mark.parametrize(
    ("made", "invariant"),
    [
        pytest.param(books(kept=[]), "I1", id="an acknowledged question is gone"),
        pytest.param(books(kept=[*books().kept, books().kept[1]]), "I1", id="two answers"),
        pytest.param(books(generated=[replace(books().generated[0], told=2)]), "I2", id="an end told twice"),
        pytest.param(books(generated=[]), "I3", id="no generation"),
        pytest.param(books(generated=[replace(books().generated[0], text="one")]), "I3", id="another text there"),
        pytest.param(books([*parts("one", end=None), *parts(" three", first=3)]), "I4", id="a gap"),
        pytest.param(books([*parts("one", end=None), *parts("one", " two", " three", first=1)]), "I4", id="a repeat"),
        pytest.param(books(parts(*PIECES, end=None)), "I4", id="no end"),
        pytest.param(books([*parts(*PIECES), *parts(first=5)]), "I4", id="two ends"),
        pytest.param(books(parts("one", " two")), "I4", id="finished too early"),
        pytest.param(books(parts(*PIECES, end="error")), "I4", id="failed, though nothing allows it"),
        pytest.param(answer_of(books(), text="one two"), "I4", id="stored less than was streamed"),
        pytest.param(answer_of(books(), status="stopped"), "I4", id="stored with another end"),
        pytest.param(books(parts("one", " of others")), "I5", id="a foreign word"),
        pytest.param(answer_of(books(), status="generating"), "I8", id="an answer that never ended"),
        pytest.param(attempt(None, broke="ServerDisconnectedError"), "I9", id="no answer"),
        pytest.param(attempt(503, answered=40.0), "I9", id="late"),
        pytest.param(attempt(503, kind="text/plain", body="no"), "I9", id="untyped"),
        pytest.param(attempt(503, request_id=""), "I9", id="without a request id"),
        pytest.param(attempt(500), "I9", id="an internal error"),
        pytest.param(attempt(200, broke="unfinished"), "I9", id="an empty 200"),
        pytest.param(attempt(200, silent=True), "I9", id="a hang"),
    ],
)  # fmt: skip
def test_each_broken_promise_is_seen(made: Books, invariant: str) -> None:
    """One thing is wrong in the books, and it is found under its name."""
    assert invariant in found(made)


def test_what_a_fault_excuses_is_excused() -> None:
    """No connection while the door is down, a typed error where the provider fails."""
    cut = [Attempt("ask", 0, broke="ClientConnectorError")]
    assert found(books(attempts=cut), Allowed(door_down=True)) == set()
    failed = answer_of(books(parts(*PIECES, end="error")), status="failed")
    failed = replace(failed, generated=[replace(failed.generated[0], status="failed")])
    assert found(failed, Allowed(failures=True)) == set()
