"""What was found is told without values; who looks at one is in the audit."""

import asyncio
from uuid import uuid4

from tertulia.contracts.access import PERMISSIONS, SCOPES, Permission, Role
from tertulia.contracts.orchestrator import PersonalDataRevealed
from tertulia.platform.bus import Delivery, Subscription
from tests.orchestrator.keeper import Keeper


async def test_findings_are_told_without_values_and_revealed_one_by_one(keeper: Keeper) -> None:
    """The list has kinds and placeholders, newest first and by pages; a look at one is told to the audit."""
    looks: asyncio.Queue[PersonalDataRevealed] = asyncio.Queue(10)

    async def hear(delivery: Delivery[PersonalDataRevealed]) -> None:
        looks.put_nowait(delivery.message)

    hearing = asyncio.create_task(
        keeper.running.bus.run([Subscription(PersonalDataRevealed, f"test_{uuid4().hex}", hear)])
    )
    await (await keeper.ask("Write to ada@example.com or +44 20 7946 0958 [[sim: echo]]")).parts()
    place = f"/api/workspaces/{keeper.workspace}/privacy/findings"
    first = (await keeper.call("GET", f"{place}?limit=1")).json()
    second = (await keeper.call("GET", f"{place}?limit=1&after={first['last_id']}")).json()
    told = [*first["data"], *second["data"]]
    assert {(one["placeholder"], one["kind"], one["layer"]) for one in told} == {
        ("[EMAIL_1]", "EMAIL", "pattern"),
        ("[PHONE_1]", "PHONE", "pattern"),
    }
    assert first["has_more"]
    assert not second["has_more"]
    assert "ada@" not in str(told)
    (mail,) = [one for one in told if one["kind"] == "EMAIL"]
    revealed = (await keeper.call("POST", f"{place}/{mail['id']}/reveal")).json()
    assert revealed == {"placeholder": "[EMAIL_1]", "value": "ada@example.com"}
    look = await asyncio.wait_for(looks.get(), 60)
    assert (look.workspace_id, look.placeholder) == (keeper.workspace, "EMAIL_1")
    assert (await keeper.call("POST", f"{place}/{uuid4()}/reveal")).json()["code"] == "finding_not_found"
    hearing.cancel()
    await asyncio.wait((hearing,))


def test_only_people_who_manage_may_look() -> None:
    """No member, and no API key whatever its scopes."""
    assert {role for role in Role if Permission.PRIVACY_REVEAL in PERMISSIONS[role]} == {Role.OWNER, Role.ADMIN}
    assert not [scope for scope, held in SCOPES.items() if Permission.PRIVACY_REVEAL in held]
