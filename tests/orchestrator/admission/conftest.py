"""Gates of one provider, each as a process of its own would have it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tertulia.orchestrator.admission import Admission, Bounds, Gate, ProviderLimits
from tertulia.platform.valkey import Valkey
from tests.orchestrator.admission.asking import Replica


@pytest.fixture
async def replica(servers: Any) -> AsyncIterator[Replica]:
    """Makes a gate as another process would have it."""
    name = uuid4().hex
    async with AsyncExitStack() as stack:

        async def make(limits: ProviderLimits, bounds: Bounds | None = None, kind: type[Valkey] = Valkey) -> Gate:
            made = kind(servers.valkey.url, name="test", deadline=timedelta(seconds=1))
            valkey = await stack.enter_async_context(made)
            waking = Valkey(servers.valkey.url, name="wakes")
            admission = Admission(valkey, waking, {name: limits}, bounds or Bounds())
            await stack.enter_async_context(admission)
            gate = admission.gate(name)
            assert gate is not None
            return gate

        yield make
