"""All gates of one process: kept alive, and their waiting calls woken, for as long as it is entered.

Wake-ups come through one list for each gate and process, which Valkey's scripts fill; they are awaited on a connection
of their own, and only while somebody waits.
"""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Self

import structlog

from tertulia.orchestrator.admission.gate import Gate
from tertulia.orchestrator.admission.types import Bounds, ProviderLimits
from tertulia.platform.valkey import Valkey, ValkeyUnavailable

log = structlog.get_logger()

_LISTEN_SECONDS = 1
_AT_ONCE = 100
_PAUSE = 0.2
_NO_BOUNDS = Bounds()


class Admission:
    """``limits`` are by provider; one without limits has no gate. ``waking`` is used for nothing else."""

    def __init__(
        self,
        valkey: Valkey,
        waking: Valkey,
        limits: Mapping[str, ProviderLimits],
        bounds: Bounds = _NO_BOUNDS,
        *,
        replica: str | None = None,
    ) -> None:
        self._waking = waking
        self._somebody_waits = asyncio.Event()
        name = replica or secrets.token_hex(6)
        self._gates = {
            provider: Gate(valkey, provider, given, bounds=bounds, replica=name, somebody_waits=self._somebody_waits)
            for provider, given in limits.items()
            if given
        }
        self._by_wake_key = {gate.wake_key.encode(): gate for gate in self._gates.values()}
        self._work: list[asyncio.Task[None]] = []
        self._resources = AsyncExitStack()

    def gate(self, provider: str) -> Gate | None:
        return self._gates.get(provider)

    async def __aenter__(self) -> Self:
        if self._gates:
            await self._resources.enter_async_context(self._waking)
            self._work = [asyncio.create_task(gate.tend(), name=f"tend {name}") for name, gate in self._gates.items()]
            self._work.append(asyncio.create_task(self._listen(), name="admission wakes"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._work:
            task.cancel()
        if self._work:
            await asyncio.wait(self._work)
        for gate in self._gates.values():
            await gate.close()
        await self._resources.aclose()

    async def _listen(self) -> None:
        keys = list(self._by_wake_key)
        deadline = timedelta(seconds=_LISTEN_SECONDS + 2)
        while True:
            self._somebody_waits.clear()
            if not any(gate.waiting for gate in self._gates.values()):
                await self._somebody_waits.wait()
            try:
                heard = await self._waking.call(
                    "BLMPOP", _LISTEN_SECONDS, len(keys), *keys, "LEFT", "COUNT", _AT_ONCE, deadline=deadline
                )
            except ValkeyUnavailable:
                await asyncio.sleep(_PAUSE)
                continue
            except Exception:
                log.exception("admission_wakes_broke")
                await asyncio.sleep(_PAUSE)
                continue
            if heard is not None:
                key, news = heard
                for one in news:
                    self._by_wake_key[key].wake(one.decode())
