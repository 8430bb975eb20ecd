"""Which passages an answer of the API names: in chat, whole and streamed, in responses, and in answers given again."""

import json
from typing import Any
from uuid import uuid4

import pytest
from openai import AsyncOpenAI

from tertulia.platform.identity import HEADER, Identity
from tests.orchestrator.keeper import Keeper

pytestmark = pytest.mark.integration

QUESTION = 'Where is the zebra? [[sim: text="It hangs in the hall [1], nowhere else [9]." pieces=char]]'
SAID = "It hangs in the hall [1], nowhere else [9]."
TEXT = b"The zebra painting hangs in the hall, beside the owl."


class Asking:
    """A base with one document, and who asks it by the API."""

    def __init__(self, keeper: Keeper, base: str, document: str) -> None:
        self.document = document
        identity = Identity(
            kind="api_key",
            credential_id=uuid4(),
            plan="unlimited",
            user_id=keeper.person,
            workspace_id=keeper.workspace,
        )
        headers = {HEADER: keeper.running.issuer.issue(identity)}
        self.client = AsyncOpenAI(
            base_url=f"{keeper.running.url}/v1", api_key="-", max_retries=0, default_headers=headers
        )
        keeper.running.clients.append(self.client)
        self.metadata = {"tertulia": json.dumps({"knowledge_base_ids": [base]})}

    async def stream(self, **more: Any) -> tuple[str, list[Any]]:
        said, told = "", list[Any]()
        messages: Any = [{"role": "user", "content": QUESTION}]
        stream = await self.client.chat.completions.create(
            model="sim-fast", messages=messages, metadata=self.metadata, stream=True, **more
        )
        async for chunk in stream:
            for choice in chunk.choices:
                said += choice.delta.content or ""
                told += (choice.delta.model_extra or {}).get("annotations") or ()
        return said, told


@pytest.fixture
async def asking(keeper: Keeper) -> Asking:
    base = await keeper.base()
    document = await keeper.upload(base, TEXT, "paintings.txt")
    await keeper.settled(base, document)
    return Asking(keeper, base, document)


def mark(text: str, citation: dict[str, Any]) -> str:
    return text[citation["start_index"] : citation["end_index"]]


async def test_a_chat_says_which_passages_it_names(asking: Asking, keeper: Keeper) -> None:
    """Where it does, in which document, and where that passage is read; a number that no passage has is none."""
    messages: Any = [{"role": "user", "content": QUESTION}]
    whole = await asking.client.chat.completions.create(model="sim-fast", messages=messages, metadata=asking.metadata)
    message = whole.choices[0].message
    assert message.content == SAID
    assert message.annotations is not None
    (told,) = message.annotations
    citation = told.url_citation.to_dict()
    assert (mark(SAID, citation), citation["title"]) == ("[1]", "paintings.txt")
    shown = await keeper.call("GET", str(citation["url"]))
    assert TEXT.decode() in json.dumps(shown.json())
    said, streamed = await asking.stream()
    assert (said, streamed) == (SAID, [told.to_dict()])


async def test_a_response_cites_files(asking: Asking) -> None:
    """As OpenAI's file search does: streamed, whole, in the background and stored."""
    asked: dict[str, Any] = {"model": "sim-fast", "input": QUESTION, "metadata": asking.metadata}
    wanted = {
        "type": "file_citation",
        "file_id": asking.document,
        "filename": "paintings.txt",
        "index": SAID.index("[1]"),
    }
    made = await asking.client.responses.create(**asked)
    behind = await asking.client.responses.create(**asked, background=True)
    followed = [event async for event in await asking.client.responses.retrieve(behind.id, stream=True)]
    async with asking.client.responses.stream(**asked) as stream:
        events = [event async for event in stream]
    for heard in (followed, events):
        added: list[Any] = [event for event in heard if event.type == "response.output_text.annotation.added"]
        assert [event.annotation.to_dict() for event in added] == [wanted]
    for response_id in (made.id, behind.id):
        stored: Any = await asking.client.responses.retrieve(response_id)
        assert [one.to_dict() for one in stored.output[0].content[0].annotations] == [wanted]


async def test_an_answer_that_is_given_again_cites_as_before(asking: Asking, keeper: Keeper) -> None:
    """Where the workspace has opted in to that."""
    chosen = await keeper.call("PUT", f"/api/workspaces/{keeper.workspace}/answer-cache", json={"exact": True})
    assert chosen.status_code == 200, chosen.text
    first = await asking.stream(temperature=0)
    assert first[1]
    assert await asking.stream(temperature=0) == first
