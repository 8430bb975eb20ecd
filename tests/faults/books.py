"""The three books that the checker reads: what the provider emitted, what clients sent and received, what is kept.

Nothing here asks the system how it feels. A is the simulated provider's own log, B is written by the clients while
they read, C is read from the tables after everything has healed and drained.
"""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

TERMINAL = frozenset({"finish", "abort", "error"})
STORED_POSITIONS = 10**12
"""Ids from here on tell an answer from the database, whole, where the log has it no more."""


@dataclass(frozen=True)
class Emission:
    """Book A: one request to the provider, by the question that it ends with."""

    question: str
    at: float
    prefilled: str
    """What the request itself put into the answerer's mouth: an answer that was begun by another worker."""
    emitted: str
    end: str
    status: int

    @property
    def whole(self) -> str:
        return self.prefilled + self.emitted

    @classmethod
    def of(cls, entry: dict[str, Any]) -> "Emission":
        messages = entry["request"]["messages"]
        said = [message for message in messages if message["role"] == "user"]
        last = messages[-1]
        prefilled = last["content"] if last["role"] == "assistant" else ""
        question = said[-1]["content"] if said else ""
        return cls(question, entry["at"], prefilled, entry["emitted"], entry["end"], entry["status"])


class Part(NamedTuple):
    """One event as a client got it; ``sequence`` is None where it had no id."""

    at: float
    sequence: int | None
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.body["type"])


@dataclass
class Attempt:
    """Book B: one HTTP exchange. ``broke`` says how the connection ended when it did not end well."""

    what: str
    started: float
    status: int | None = None
    answered: float | None = None
    ended: float = 0.0
    kind: str = ""
    request_id: str = ""
    retry_after: str = ""
    body: str = ""
    broke: str | None = None
    silent: bool = False
    """Nothing came for longer than the longest pause between two pings."""
    longest_silence: float = 0.0

    @property
    def problem(self) -> dict[str, Any]:
        try:
            read = json.loads(self.body)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def seconds(self) -> float:
        return (self.answered or self.ended) - self.started


@dataclass
class Turn:
    """Book B: one question and all that its asker did and saw. Times are on the monotonic clock."""

    tenant: str
    conversation: str
    question: str
    text: str
    began: float
    attempts: list[Attempt] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    acknowledged: float | None = None
    ended: float | None = None
    refused: bool = False
    """Given up before it was acknowledged: the system owes nothing."""

    @property
    def last(self) -> int | None:
        numbers = [part.sequence for part in self.parts if part.sequence is not None]
        return numbers[-1] if numbers else None

    @property
    def end(self) -> str | None:
        return self.parts[-1].kind if self.parts and self.parts[-1].kind in TERMINAL else None

    @property
    def said(self) -> str:
        """What its reader has on the screen."""
        said = ""
        for part in self.parts:
            if part.kind == "reset-step":
                said = ""
            elif part.kind == "text-delta":
                said += part.body["delta"]
        return said

    @property
    def begun_again(self) -> bool:
        return any(part.kind == "reset-step" for part in self.parts)

    @property
    def times(self) -> list[float]:
        """When text came."""
        return [part.at for part in self.parts if part.kind == "text-delta"]

    @property
    def longest_gap(self) -> float:
        times = self.times
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


@dataclass(frozen=True)
class Kept:
    """Book C: a message as a table has it."""

    id: str
    conversation: str
    parent: str | None
    workspace: str
    role: str
    status: str
    text: str
    generation: str | None
    usage: dict[str, Any] | None


@dataclass(frozen=True)
class Generated:
    """Book C: a generation as the orchestrator has it, and how many ends of it were told."""

    id: str
    answer: str
    status: str
    epoch: int
    text: str
    estimated: bool
    told: int


@dataclass(frozen=True)
class Books:
    emissions: list[Emission]
    turns: list[Turn]
    kept: list[Kept]
    generated: list[Generated]
