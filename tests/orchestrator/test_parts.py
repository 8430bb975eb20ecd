"""A value that one text part of a message begins and the next ends does not leave."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tertulia.orchestrator.redaction import Redaction
from tertulia.orchestrator.redaction.policy import PrivacyPolicy
from tertulia.orchestrator.service.parts import join_parts

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


async def sent(*said: str | dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a message that goes on."""

    async def policies(_: UUID) -> PrivacyPolicy:
        return PrivacyPolicy()

    parts = [{"type": "text", "text": one} if isinstance(one, str) else one for one in said]
    body: dict[str, Any] = {"messages": [{"role": "system", "content": "hello"}, {"role": "user", "content": parts}]}
    await join_parts(body, await Redaction(policies).window(uuid4()))
    joined: list[dict[str, Any]] = body["messages"][1]["content"]
    return joined


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        (["my card is 4111 1111", " 1111 1111"], "my card is 4111 1111 1111 1111"),
        (["my card is 4111 1111", "1111 1111"], "my card is 4111 1111 1111 1111"),
        (["Write to ada@exam", "ple.com", " today"], "Write to ada@example.com today"),
        (["Call me on", "2025550143"], "Call me on 2025550143"),
    ],
)
async def test_parts_are_sent_as_one_where_a_value_runs_on(said: list[str], whole: str) -> None:
    """Cut in its middle or from the words that tell what it is, with or without a space."""
    joined = await sent(*said)
    assert [one["text"].replace("11111111", "1111 1111") for one in joined] == [whole]


async def test_other_parts_stay_as_they_came() -> None:
    """Where each part shows all that is in it, and on both sides of a picture."""
    for said in (["Write to ada@example.com", "and 8.8.8.8"], ["a", IMAGE, "b"], ["a", "b"]):
        assert len(await sent(*said)) == len(said)
    last = {"type": "text", "text": " 1111 1111", "cache_control": {"type": "ephemeral"}}
    assert await sent(IMAGE, "card 4111 1111", last) == [IMAGE, {**last, "text": "card 4111 1111 1111 1111"}]
