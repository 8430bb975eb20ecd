"""The places of running generations are kept while they run, and no longer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tertulia.contracts.limits import PLACE_TTL, lease
from tertulia.orchestrator.service.accounting import Plan
from tertulia.orchestrator.service.places import Places
from tertulia.platform.limits import Limits
from tertulia.platform.valkey import Valkey

pytestmark = pytest.mark.integration


async def test_only_what_runs_is_renewed(servers: Any) -> None:
    """A place about to end lives on while its generation runs; renewing stops with it."""
    workspace = uuid4()
    taken = lease(workspace, "free", "a", timedelta(seconds=5))
    async with Valkey(servers.valkey.url, name="test", deadline=timedelta(seconds=2)) as valkey:
        limits = Limits(valkey)
        places = Places(limits)
        with places.held(workspace, Plan("free", "a")), places.held(workspace, Plan("free")):
            assert (await limits.admit([], [taken])).allowed
            await places.renew()
            assert await valkey.call("PTTL", taken.key) > PLACE_TTL.total_seconds() * 900
        assert (await limits.admit([], [taken])).allowed
        await places.renew()
        assert await valkey.call("PTTL", taken.key) <= 5000


async def test_renewing_does_without_valkey() -> None:
    """The next round may find it again."""
    async with Valkey("redis://127.0.0.1:1/0", name="away") as away:
        places = Places(Limits(away))
        with places.held(uuid4(), Plan("free", "a")):
            await places.renew()
