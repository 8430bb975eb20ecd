"""Answers that are given again: for who has opted in, at temperature 0, to the same request to the letter."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tertulia.contracts.orchestrator import GenerationFinished
from tertulia.contracts.stream import DataUsage
from tertulia.platform.identity import HEADER
from tests.orchestrator.conftest import Asked, Running, text_of
from tests.orchestrator.keeper import Keeper


class Tenant(Keeper):
    """An admin who has opted in, with the compatible API at hand."""

    async def choose(self, **choice: bool) -> None:
        kept = await self.call("PUT", f"/api/workspaces/{self.workspace}/answer-cache", json=choice)
        assert kept.status_code == 200, kept.text

    async def complete(self, content: str, **more: Any) -> httpx2.Response:
        messages = more.pop("messages", [{"role": "user", "content": content}])
        body = {"model": "sim-fast", "temperature": 0, "messages": messages} | more
        headers = {HEADER: self.running.identity(self.workspace)}
        return await self.client.post("/v1/chat/completions", json=body, headers=headers)

    def times_asked(self, marker: str) -> int:
        return len(self.running.simulated.of(marker))


def cache(answer: httpx2.Response) -> str | None:
    assert answer.status_code == 200, answer.text
    return answer.headers.get("x-tertulia-cache")


def whole(answer: httpx2.Response) -> str:
    return str(answer.json()["choices"][0]["message"]["content"])


def chunks(answer: httpx2.Response) -> list[dict[str, Any]]:
    lines = answer.text.split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]


def streamed(answer: httpx2.Response) -> str:
    return "".join(choice["delta"].get("content") or "" for chunk in chunks(answer) for choice in chunk["choices"])


@pytest.fixture
async def tenant(running: Running) -> AsyncIterator[Tenant]:
    made = Tenant(running)
    await made.choose(exact=True)
    yield made
    await made.client.aclose()


async def test_the_same_request_is_given_the_same_answer(tenant: Tenant) -> None:
    """One call of the provider for four answers, whole and streamed; the client is told, with the first one's usage."""
    marker = uuid4().hex
    first, second = [await tenant.complete(f"{marker} [[sim: seed=3 tokens=9]]") for _ in range(2)]
    assert (cache(first), cache(second)) == ("miss", "hit")
    assert whole(first) == whole(second)
    told, again = first.json()["usage"], second.json()["usage"]
    assert (again["prompt_tokens"], again["completion_tokens"]) == (told["prompt_tokens"], told["completion_tokens"])
    assert again["prompt_tokens_details"] == {"cached_tokens": told["prompt_tokens"]}
    third = await tenant.complete(f"{marker} [[sim: seed=3 tokens=9]]", stream=True)
    usage = {"include_usage": True}
    fourth = await tenant.complete(f"{marker} [[sim: seed=3 tokens=9]]", stream=True, stream_options=usage)
    assert (cache(third), cache(fourth)) == ("hit", "hit")
    assert streamed(third) == streamed(fourth) == whole(first)
    assert all("usage" not in chunk for chunk in chunks(third))
    assert chunks(fourth)[-1]["usage"] == again
    assert [chunk["usage"] for chunk in chunks(fourth)[:-1]] == [None, None]
    assert tenant.times_asked(marker) == 1


async def test_an_answer_that_was_streamed_is_kept_too(tenant: Tenant) -> None:
    """And given whole."""
    marker = uuid4().hex
    first = await tenant.complete(f"{marker} [[sim: tokens=9 slice=2]]", stream=True)
    second = await tenant.complete(f"{marker} [[sim: tokens=9 slice=2]]")
    assert (cache(first), cache(second)) == ("miss", "hit")
    assert streamed(first) == whole(second)


async def test_what_was_kept_is_in_the_books_and_costs_nothing(tenant: Tenant) -> None:
    """A generation of its own, without tokens and without an asked provider."""
    marker = uuid4().hex
    for _ in range(2):
        await tenant.complete(marker)

    def is_hit(end: GenerationFinished) -> bool:
        return end.workspace_id == tenant.workspace and end.usage.prompt_tokens == 0

    end = await tenant.running.chat.end_of(is_hit)
    assert (end.status, end.model, end.usage.completion_tokens, end.attempts) == ("finished", "sim-fast", 0, ())
    assert end.cost.amount == 0


async def test_personal_data_is_not_kept_and_comes_back_to_its_reader(tenant: Tenant) -> None:
    """Nothing in Valkey holds the value, nor the question or the answer."""
    secret = f"{uuid4().hex}@example.org"
    answers = [await tenant.complete(f"say {secret}", model="sim-echo") for _ in range(2)]
    assert [cache(answer) for answer in answers] == ["miss", "hit"]
    assert {whole(answer) for answer in answers} == {f"say {secret}"}
    valkey = tenant.running.valkey
    names: list[bytes] = []
    cursor = b"0"
    while not names or cursor != b"0":
        cursor, some = await valkey.call("SCAN", cursor, "MATCH", f"cache:{{{tenant.workspace}}}:exact_answer:*")
        names += some
    assert len(names) == 1
    kept = names[0] + await valkey.call("GET", names[0])
    assert not any(text in kept for text in (secret.encode(), b"EMAIL_1", b"say"))


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": 0.1},
        {"temperature": None},
        {"n": 2},
        {"logprobs": True},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]},
        {"x_unknown": 1},
        {"metadata": {"tertulia": {"redact": False}}},
    ],
)
async def test_what_may_be_answered_otherwise_is_asked(tenant: Tenant, changes: dict[str, Any]) -> None:
    """Each time, and nothing is said of a cache."""
    marker = uuid4().hex
    for _ in range(2):
        assert cache(await tenant.complete(marker, **changes)) is None
    assert tenant.times_asked(marker) == 2


async def test_an_answer_that_was_cut_short_is_not_kept(tenant: Tenant) -> None:
    """Neither streamed nor at once."""
    marker = uuid4().hex
    for stream in (True, False, False):
        answer = await tenant.complete(f"{marker} [[sim: tokens=20]]", max_tokens=5, stream=stream)
        assert cache(answer) == "miss"
    assert tenant.times_asked(marker) == 3


async def test_an_answer_that_broke_off_is_not_kept(tenant: Tenant) -> None:
    """The client sees the error, and the next one asks the model."""
    marker = uuid4().hex
    asked = {"stream": True}
    broken = await tenant.complete(f"{marker} [[sim: tokens=9 error_at=4]]", **asked)
    assert "error" in broken.text
    assert cache(await tenant.complete(f"{marker} [[sim: tokens=9 error_at=4]]", **asked)) == "miss"


@pytest.mark.parametrize(
    "changes",
    [
        {"max_tokens": 50},
        {"model": "sim-echo"},
        {"seed": 1},
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]},
    ],
)
async def test_another_request_has_another_answer(tenant: Tenant, changes: dict[str, Any]) -> None:
    """A parameter, the model, what comes before."""
    assert cache(await tenant.complete("hello")) == "miss"
    assert cache(await tenant.complete("hello", **changes)) == "miss"
    assert cache(await tenant.complete("hello")) == "hit"


async def test_only_for_who_has_opted_in(tenant: Tenant) -> None:
    """Others hear of no cache; a workspace never sees another's; switched off, nothing is given any more."""
    marker = uuid4().hex
    await tenant.complete(marker)
    stranger, other = Tenant(tenant.running), Tenant(tenant.running)
    await other.choose(exact=True)
    assert cache(await stranger.complete(marker)) is None
    assert cache(await other.complete(marker)) == "miss"
    await tenant.choose(exact=False)
    assert cache(await tenant.complete(marker)) is None
    for one in (stranger, other):
        await one.client.aclose()


async def chat(tenant: Tenant, question: str, *, anew: bool = False) -> tuple[Asked, str, str | None]:
    """The question, its answer, and what the reader is told of the cache."""
    asked = await tenant.ask(question, anew=anew)
    parts = await asked.parts()
    (usage,) = (part.data for part in parts if isinstance(part, DataUsage))
    return asked, text_of(parts), usage.get("cache")


async def test_a_question_of_the_chat_is_answered_from_it(tenant: Tenant) -> None:
    """Where the workspace asks for temperature 0: another conversation with the same first question asks no model."""
    marker, secret = uuid4().hex, f"{uuid4().hex}@example.org"
    question = f"{marker} say {secret} [[sim: echo]]"
    place = f"/api/workspaces/{tenant.workspace}/assistant"
    assert (await chat(tenant, question))[2] is None
    await tenant.call("PUT", place, json={"temperature": 0})
    (_, first, told), (hit, second, again) = [await chat(tenant, question) for _ in range(2)]
    assert (told, again) == ("miss", "hit")
    assert first == second
    assert secret in first
    assert [entry["request"].get("temperature") for entry in tenant.running.simulated.of(marker)] == [None, 0]
    end = await tenant.running.ended(hit)
    assert (end.status, end.model, end.usage.prompt_tokens, end.cost.amount) == ("finished", "sim-fast", 0, 0)
    record = await tenant.running.record(hit)
    assert record.text == second
    await tenant.call("PUT", place, json={"temperature": 0, "instructions": "Answer in verse."})
    assert (await chat(tenant, question))[2] == "miss"


async def test_another_answer_is_the_models(tenant: Tenant) -> None:
    """Who asks for one to the same question is not given the kept one, nor keeps the new one; others are given that."""
    marker = uuid4().hex
    await tenant.call("PUT", f"/api/workspaces/{tenant.workspace}/assistant", json={"temperature": 0})
    _, first, told = await chat(tenant, marker)
    tenant.running.simulated.script(seed=77)
    _, another, of_it = await chat(tenant, marker, anew=True)
    assert (told, of_it) == ("miss", None)
    assert another != first
    assert (await chat(tenant, marker))[1:] == (first, "hit")
    assert tenant.times_asked(marker) == 2


async def test_the_setting_is_the_workspaces_own(tenant: Tenant) -> None:
    """Off at first, kept as it was put, and not there for others."""
    stranger = Keeper(tenant.running)
    place = f"/api/workspaces/{stranger.workspace}/answer-cache"
    assert (await stranger.call("GET", place)).json() == {"exact": False, "similar": False}
    assert (await stranger.call("PUT", place, json={"exact": True})).json() == {"exact": True, "similar": False}
    assert (await stranger.call("GET", place)).json() == {"exact": True, "similar": False}
    assert (await stranger.call("PUT", place, json={"exact": "perhaps"})).status_code == 422
    assert (await tenant.call("GET", place)).status_code == 404
    await stranger.client.aclose()
