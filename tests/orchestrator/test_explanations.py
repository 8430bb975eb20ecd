"""What was sent to the model for an answer is kept sealed, told to those who manage, and gone with its time."""

import asyncio
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from tertulia.contracts.access import PERMISSIONS, SCOPES, Permission, Role
from tertulia.contracts.orchestrator import AnswerExplained
from tertulia.orchestrator.repository import forget_old_texts
from tertulia.platform.bus import Delivery, Subscription
from tertulia.platform.db import Database
from tests.orchestrator.conftest import Running
from tests.orchestrator.keeper import Keeper


async def test_an_answer_is_explained_as_the_model_saw_it(keeper: Keeper) -> None:
    """The prompt by its parts, with placeholders; model, steps, attempts, cost; and the look is told to the audit."""
    looks: asyncio.Queue[AnswerExplained] = asyncio.Queue(10)

    async def hear(delivery: Delivery[AnswerExplained]) -> None:
        looks.put_nowait(delivery.message)

    hearing = asyncio.create_task(keeper.running.bus.run([Subscription(AnswerExplained, f"test_{uuid4().hex}", hear)]))
    asked = await keeper.ask("Write to ada@example.com about ada@example.com [[sim: tokens=4]]")
    await asked.parts()
    found = await keeper.call("GET", f"/api/messages/{asked.job.answer_id}/explanation")
    assert found.status_code == HTTPStatus.OK, found.text
    told = found.json()
    assert "ada@" not in found.text
    assert [part["name"] for part in told["parts"]] == ["system", "placeholders"]
    assert "[EMAIL_1]" in told["parts"][1]["text"]
    assert [(part["name"], part["text"].partition(" [[")[0]) for part in told["conversation"]] == [
        ("user", "Write to [EMAIL_1] about [EMAIL_1]")
    ]
    assert all(part["tokens"] > 0 for part in (*told["parts"], *told["conversation"]))
    assert told["replaced"] == {"EMAIL": 1}
    assert (told["model"], told["provider"], told["status"]) == ("sim-fast", "openai", "finished")
    assert {"window", "redact", "compose", "respond"} <= {step["name"] for step in told["steps"]}
    assert [attempt["status"] for attempt in told["attempts"]] == ["ok"]
    assert told["usage"]["completion_tokens"] == 4
    look = await asyncio.wait_for(looks.get(), 60)
    assert (look.workspace_id, look.user_id, look.answer_id) == (keeper.workspace, keeper.person, asked.job.answer_id)
    hearing.cancel()
    await asyncio.wait((hearing,))


async def test_passages_are_told_with_their_nearness(keeper: Keeper) -> None:
    """Which the answer was given, by number; found by words alone (no model embeds here), it has no score.

    What documents and headings are called is redacted as the prompt was: who asks why need not be who may read them.
    """
    base = await keeper.base()
    await keeper.settled(
        base,
        await keeper.upload(
            base,
            b"# Of zoe@example.com\n\nThe spare key hangs behind the zebra painting.",
            "keys of ann@example.com.md",
        ),
    )
    asked = await keeper.ask("Where is the spare key?", base)
    await asked.parts()
    told = (await keeper.call("GET", f"/api/messages/{asked.job.answer_id}/explanation")).json()
    assert [part["name"] for part in told["parts"]] == ["system", "passages", "placeholders"]
    (passage,) = told["passages"]
    assert (passage["number"], passage["name"], passage["heading"]) == (1, "keys of [EMAIL_2]", "Of [EMAIL_1]")
    assert told["passages"][0]["score"] == 0


async def test_there_is_none_for_strangers_and_for_what_was_not_asked(keeper: Keeper, running: Running) -> None:
    """Another tenant's answer, one that never was, and one that no model was asked for are the same: none."""
    asked = await keeper.ask("Something [[sim: tokens=2]]")
    await asked.parts()
    base = await keeper.base()
    untold = await keeper.ask("What is the capital of Assyria?", base)
    await untold.parts()
    stranger = Keeper(running)
    tries: list[tuple[Keeper, Any]] = [
        (stranger, asked.job.answer_id), (keeper, uuid4()), (keeper, untold.job.answer_id),
    ]  # fmt: skip
    for who, answer in tries:
        refused = await who.call("GET", f"/api/messages/{answer}/explanation")
        assert (refused.status_code, refused.json()["code"]) == (HTTPStatus.NOT_FOUND, "explanation_not_found")
    await stranger.client.aclose()


async def test_it_is_kept_sealed_and_for_a_week(keeper: Keeper, running: Running) -> None:
    """The table holds no word of it, and what is older is swept."""
    asked = await keeper.ask("The marmalade is in the attic [[sim: tokens=2]]")
    await asked.parts()
    kept = "SELECT explanation FROM generation WHERE id = %s"
    ((sealed,),) = running.database.rows(kept, asked.job.generation_id)
    assert b"marmalade" not in bytes(sealed)
    running.database.rows(
        "UPDATE generation SET finished_at = now() - interval '8 days' WHERE id = %s", asked.job.generation_id
    )
    async with Database(running.database.app_url, service="orchestrator") as database:
        while await forget_old_texts(database):
            pass
    assert running.database.rows(kept, asked.job.generation_id) == [(None,)]


def test_only_people_who_manage_may_look() -> None:
    """No member, and no API key whatever its scopes."""
    assert {role for role in Role if Permission.ANSWERS_EXPLAIN in PERMISSIONS[role]} == {Role.OWNER, Role.ADMIN}
    assert not [scope for scope, held in SCOPES.items() if Permission.ANSWERS_EXPLAIN in held]
