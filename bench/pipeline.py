"""How long a turn waits for the pipeline before its model is asked, and what its parallel steps save:
``python -m bench.pipeline [--turns N]``.

Turns with personal data and documents, ten a second, warm, over the whole stack. Each step's own time is the one on
record (``/api/messages/{id}/explanation``). Our share is the longest way through the graph; the sequence it is held
against is the sum of the same turn's steps. A step is timed while others run beside it, so a true sequence could be a
little quicker.
"""

import argparse
import asyncio
import json
from uuid import uuid4

import httpx2
import uvloop

from bench import figures, loops, targets
from bench.client import Answer, Client
from bench.scenarios import refuse_failures
from bench.targets import Target

_BESIDE_ONE_ANOTHER = ("redact", "retrieve", "summarise")
_BEFORE_THE_MODEL = ("window", *_BESIDE_ONE_ANOTHER, "compose", "admit")
_PASSAGES = 2000
_PER_SECOND = 10
_PATIENCE = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline", description="Measure the pipeline's share")
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--passages", type=int, default=_PASSAGES)
    asked = parser.parse_args()
    with targets.provider() as provider, targets.tertulia(provider) as tertulia:
        uvloop.run(_measure(tertulia, asked.turns, asked.passages))


async def _measure(target: Target, turns: int, passages: int) -> None:
    base = await asyncio.to_thread(_filled_base, target, passages)
    person = target.person()
    await loops.opened(_turn(person, base, passages), per_second=_PER_SECOND, seconds=3)
    load = await loops.opened(_turn(person, base, passages), per_second=_PER_SECOND, seconds=turns / _PER_SECOND)
    refuse_failures(load)
    together, summed = [], []
    own: dict[str, list[float]] = {name: [] for name in _BEFORE_THE_MODEL}
    for answer in load.answers:
        told = json.loads((await person.get(f"/api/messages/{_message_of(answer)}/explanation")).body)
        took = {step["name"]: float(step["milliseconds"]) for step in told["steps"] if step["name"] in own}
        for name, milliseconds in took.items():
            own[name].append(milliseconds)
        beside = [took.pop(name) for name in _BESIDE_ONE_ANOTHER if name in took]
        together.append(sum(took.values()) + max(beside))
        summed.append(sum(took.values()) + sum(beside))
    person.close()
    for name, times in own.items():
        if times:
            print(f"{name}: p50 {figures.median(times):.0f} ms")
    print(f"our share, p50 {figures.median(together):.0f} ms, p99 {figures.percentile(together, 0.99):.0f} ms")
    print(f"the same steps one after another, p50 {figures.median(summed):.0f} ms")
    print(f"saved: {1 - sum(together) / sum(summed):.0%}")


def _filled_base(target: Target, passages: int) -> str:
    """A knowledge base of so many passages, read and embedded."""
    headers = {"authorization": f"Bearer {target.token}"}
    with httpx2.Client(base_url=target.public, headers=headers, timeout=_PATIENCE) as client:
        base = str(client.post("/api/knowledge-bases", json={"name": "Bench"}).raise_for_status().json()["id"])
        filler = "It was built of larch, painted twice, and is looked after by those who live beside it. " * 8
        text = "\n\n".join(
            f"# House {number}\n\nHouse {number} stands by the river. {filler}" for number in range(passages)
        )
        path = f"/api/knowledge-bases/{base}/documents"
        added = client.post(path, files={"file": ("houses.md", text.encode())}).raise_for_status().json()["id"]
        with client.stream("GET", f"{path}/events") as events:
            for line in events.iter_lines():
                if line.startswith("data: ") and (document := json.loads(line[6:]))["id"] == added:
                    if document["status"] == "ready":
                        print(f"passages: {document['chunks']}")
                        return base
                    if document["status"] == "failed":
                        raise RuntimeError(document["error"])
    raise RuntimeError("the document was not read in time")


def _turn(person: Client, base: str, passages: int) -> loops.Send:
    async def send(number: int) -> Answer:
        question = (
            f"Maria Jensen asks: what is house {number % passages} by the river built of? Write to "
            f"maria{number}@example.com and tell Piet Vermeulen in Utrecht. [[sim: tokens=8]]"
        )
        message = {"id": str(uuid4()), "role": "user", "parts": [{"type": "text", "text": question}]}
        body = {"id": str(uuid4()), "message": message, "knowledge_base_ids": [base]}
        return await person.post("/api/chat", json.dumps(body).encode())

    return send


def _message_of(answer: Answer) -> str:
    """The answer's id, as its stream began with."""
    for line in answer.body.split(b"\n"):
        if line.startswith(b"data: {") and (part := json.loads(line[6:])).get("type") == "start":
            return str(part["messageId"])
    raise RuntimeError("a stream without a beginning")


if __name__ == "__main__":
    main()
