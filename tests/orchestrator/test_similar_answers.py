"""A first question in other words is given an answer of the last hour, where a workspace wants it; no near miss is."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.orchestrator.conftest import Running
from tests.orchestrator.test_answer_cache import Tenant, cache, chat, whole
from tests.orchestrator.test_embeddings import model_folder

__all__ = ["model_folder"]


@pytest.fixture
def settings_of_test(model_folder: Path) -> dict[str, str]:
    return {"TERTULIA_EMBEDDINGS_DIR": str(model_folder)}


@pytest.fixture
async def tenant(running: Running) -> AsyncIterator[Tenant]:
    made = Tenant(running)
    await made.choose(similar=True)
    yield made
    await made.client.aclose()


async def test_other_words_are_given_the_answer(tenant: Tenant) -> None:
    """The client is told that it was a similar question; a near miss, another model or system prompt asks anew."""
    first = await tenant.complete("How do I reset my password?")
    again = await tenant.complete("Please tell me how to reset my password.")
    assert (cache(first), cache(again)) == ("miss", "similar")
    assert whole(first) == whole(again)
    assert cache(await tenant.complete("How do I reset my username?")) == "miss"
    assert cache(await tenant.complete("How can I reset my password?", model="sim-echo")) == "miss"
    system = {"role": "system", "content": "Be brief."}
    asked = {"role": "user", "content": "How can I reset my password?"}
    assert cache(await tenant.complete("", messages=[system, asked])) == "miss"
    later = [asked, {"role": "assistant", "content": "Like this."}, asked]
    assert cache(await tenant.complete("", messages=later)) == "miss"
    assert cache(await tenant.complete("", messages=later)) == "miss", "the exact ones are another switch"


async def test_each_reader_gets_his_own_values(tenant: Tenant) -> None:
    """Only where the placeholders are the same is the question."""
    one, other = (f"{uuid4().hex}@example.org" for _ in range(2))
    first = await tenant.complete(f"Write to {one} about the party.", model="sim-echo")
    again = await tenant.complete(f"Please write to {one} about the party.", model="sim-echo")
    assert (cache(first), cache(again)) == ("miss", "similar")
    assert whole(again) == f"Write to {one} about the party."
    assert cache(await tenant.complete(f"Please write to {other} about the party.", model="sim-echo")) == "miss"


async def test_other_instructions_or_privacy_leave_old_answers_behind(tenant: Tenant) -> None:
    """In conversations too."""
    place = f"/api/workspaces/{tenant.workspace}"
    await tenant.call("PUT", f"{place}/assistant", json={"temperature": 0})
    assert (await chat(tenant, "How do I reset my password?"))[2] == "miss"
    assert (await chat(tenant, "How can I reset my password?"))[2] == "similar"
    await tenant.call("PUT", f"{place}/privacy", json={"kinds": {"EMAIL": "mask"}})
    assert (await chat(tenant, "How can I reset my password?"))[2] == "miss"
    await tenant.call("PUT", f"{place}/assistant", json={"temperature": 0, "instructions": "Answer in verse."})
    assert (await chat(tenant, "How do I reset my password?"))[2] == "miss"


async def test_another_workspace_has_its_own(tenant: Tenant) -> None:
    """And who has not opted in has none."""
    await tenant.complete("How do I reset my password?")
    for choice, told in (({"similar": True}, "miss"), ({"exact": True}, "miss"), ({}, None)):
        stranger = Tenant(tenant.running)
        await stranger.choose(**choice)
        assert cache(await stranger.complete("How can I reset my password?")) == told
        await stranger.client.aclose()
