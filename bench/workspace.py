"""A workspace in which every step of the pipeline has something to do, for ``bench.pipeline``.

Documents whose every passage names people, places and addresses of its own; conversations that have outgrown the window
of their model, so that notes of them are told; ``auto`` as the model; instructions; the cache of answers, which knows
none of them. Each question has an address that is new, and asks for a passage that was not asked for before.
"""

import asyncio
import json
import random
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import httpx2

from bench.client import Answer
from bench.targets import MODEL, NARROW, Target

_PATIENCE = 300.0
_AT_ONCE = 8
_LONG_TURNS, _LONG_CHARACTERS = 6, 6_000
"""Of a conversation before it is measured: some 9,000 tokens, of which the window has room for 5,600."""

_FIRST = (
    "Anna", "Piet", "Maria", "Jonas", "Ingrid", "Tomas", "Clara", "Henrik", "Elena", "Lukas", "Sofia",
    "Marten", "Ruth", "Pavel", "Judith", "Oscar",
)  # fmt: skip
_LAST = (
    "Keller", "Vermeulen", "Jensen", "Novak", "Lindqvist", "Moreau", "Fischer", "Rossi", "Hughes", "Andersen",
    "Kowalski", "Brandt", "Silva",
)  # fmt: skip
_TOWNS = (
    "Utrecht", "Lisbon", "Ghent", "Aarhus", "Bergen", "Trieste", "Leeds", "Lyon", "Salzburg", "Porto",
    "Tartu", "Malmö",
)  # fmt: skip
_SENTENCES = (
    "It was built in {year} by {person} for a family from {town}.",
    "{person} painted the gable twice and left a letter about it in the archive of {town}.",
    "The roof is of larch, and the floor of the hall was laid after the flood.",
    "In {year} the parish sold it to {person}, who kept bees there.",
    "Who wants to see it writes to {person} at {mail}.",
    "The cellar is dry, and the stairs are steep.",
    "Since {year} it has been looked after by {person} and {person}.",
)


class Workspace:
    def __init__(self, target: Target) -> None:
        self.target = target
        self.passages = 0
        self._base = ""
        self._drawn = random.Random(1)
        self._numbers = count()
        self._resting = asyncio.Queue[str]()
        self._person = target.person()

    def fill(self, *, passages: int) -> None:
        """Choose what a workspace may choose, and have documents of so many passages read."""
        headers = {"authorization": f"Bearer {self.target.token}"}
        with httpx2.Client(base_url=self.target.public, headers=headers, timeout=_PATIENCE) as client:
            mine = client.get("/api/workspaces").raise_for_status().json()["data"][0]["id"]
            for name, chosen in (
                ("assistant", {"instructions": "Answer in British English, and name your source.", "temperature": 0}),
                ("answer-cache", {"exact": True, "similar": True}),
                ("routing", {"small": MODEL, "strong": NARROW, "threshold": 0}),  # all are answered by the strong one
            ):
                client.put(f"/api/workspaces/{mine}/{name}", json=chosen).raise_for_status()
            self._base = str(
                client.post("/api/knowledge-bases", json={"name": "Bench"}).raise_for_status().json()["id"]
            )
            self.passages = self._read(client, "\n\n".join(self._houses(passages)))

    async def converse(self, conversations: int) -> None:
        """Lead so many conversations until they are long."""
        ids = [str(uuid4()) for _ in range(conversations)]
        places = asyncio.Semaphore(_AT_ONCE)

        async def lead(conversation: str) -> None:
            async with places:
                for _ in range(_LONG_TURNS):
                    told = " ".join(self._sentences(_LONG_CHARACTERS))
                    answer = await self._say(conversation, f"Remember this. {told} [[sim: tokens=8]]", [])
                    if not answer.ok:
                        raise RuntimeError(f"a conversation could not be led: {answer.status} {answer.body[:300]!r}")
            self._resting.put_nowait(conversation)

        await asyncio.gather(*map(lead, ids))

    async def ask(self, _: int) -> Answer:
        """The next question, in the conversation that has rested longest; where all are busy, when one is free."""
        number = next(self._numbers)
        conversation = await self._resting.get()
        answer = await self._say(
            conversation,
            f"{self._name()} asks: who built house {number % self.passages} by the river, and when? Write to "
            f"reader{number}@example.com and tell {self._name()} in Utrecht. [[sim: tokens=8]]",
            [self._base],
        )
        self._resting.put_nowait(conversation)
        return answer

    async def _say(self, conversation: str, text: str, bases: list[str]) -> Answer:
        message = {"id": str(uuid4()), "role": "user", "parts": [{"type": "text", "text": text}]}
        body = {"id": conversation, "message": message, "model": "auto", "knowledge_base_ids": bases}
        return await self._person.post("/api/chat", json.dumps(body).encode())

    def _read(self, client: httpx2.Client, text: str) -> int:
        path = f"/api/knowledge-bases/{self._base}/documents"
        added = client.post(path, files={"file": ("houses.md", text.encode())}).raise_for_status().json()["id"]
        with client.stream("GET", f"{path}/events") as events:
            for line in events.iter_lines():
                if line.startswith("data: ") and (document := json.loads(line[6:]))["id"] == added:
                    if document["status"] == "ready":
                        return int(document["chunks"])
                    if document["status"] == "failed":
                        raise RuntimeError(document["error"])
        raise RuntimeError("the document was not read in time")

    def _houses(self, number: int) -> Iterator[str]:
        for house in range(number):
            yield f"# House {house}\n\nHouse {house} stands by the river. {' '.join(self._sentences(700))}"

    def _sentences(self, characters: int) -> Iterator[str]:
        while characters > 0:
            sentence = self._drawn.choice(_SENTENCES)
            while "{person}" in sentence:
                sentence = sentence.replace("{person}", self._name(), 1)
            told = sentence.format(
                year=self._drawn.randint(1700, 1990),
                town=self._drawn.choice(_TOWNS),
                mail=f"house{self._drawn.randrange(10_000)}@example.org",
            )
            characters -= len(told)
            yield told

    def _name(self) -> str:
        return f"{self._drawn.choice(_FIRST)} {self._drawn.choice(_LAST)}"
