"""One provider's gate as this process sees it: permits in, permits out, and those who wait.

Valkey decides (``scripts``). A permit, like a place in the queue, lives only as long as this process says that it does:
what a killed process held is free again when its lease ends. Whoever waits is woken by the one who left, through
``Admission``; the look that each process takes now and then finds what a lost wake-up has missed.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Literal

import structlog

from tertulia.contracts.access import PLANS
from tertulia.contracts.limits import limits_of
from tertulia.orchestrator.admission import metrics
from tertulia.orchestrator.admission.local import LocalAllowance
from tertulia.orchestrator.admission.scripts import ENTER, KEYS, LEAVE, TEND
from tertulia.orchestrator.admission.types import (
    Ask,
    Bounds,
    NotAdmittedInTime,
    ProviderLimits,
    QueueFull,
    WorkspaceQueueFull,
)
from tertulia.platform import jitter
from tertulia.platform.valkey import Argument, Valkey, ValkeyUnavailable

log = structlog.get_logger()

_GIVEN, _WORKSPACE_FULL, _FULL = 1, -1, -2
_LOOK_SECONDS = 0.3
"""How often a process with waiting calls looks at their places: also the most often that a reader is told."""

_PARTING_SECONDS = 0.1
"""Until a provider has seen that a call was cut short: only then it counts one less."""

_AT_ONCE = 1
_UNANSWERED_LOOKS = 2
"""After so many in a row Valkey is away; one answer may be late while the other processes have theirs."""

_AWAY_SECONDS = (0.1, 0.3)
_TOLERANCE = 120
_TOKEN_HEADROOM = 50
_LONGEST_RETRY_AFTER = 30.0
_SHARE_OF_NEW = 0.2
_numbers = itertools.count()


class Permit:
    """The right to make one call. Whoever has it gives it back, with the tokens that were used where they are known."""

    __slots__ = ("_gate", "_ticket", "_tokens")

    def __init__(self, gate: "Gate | None" = None, ticket: str = "", tokens: int = 0) -> None:
        self._gate = gate
        self._ticket = ticket
        self._tokens = tokens

    def leave(self, used: int | None = None, *, cut_short: bool = False) -> None:
        """Only the first time; at once, but of a call that we have ``cut_short``: that a moment later."""
        gate, self._gate = self._gate, None
        if gate is not None:
            leave = gate.leave_soon if cut_short else gate.leave
            leave(self._ticket, 0 if used is None else used - self._tokens)


class _Waiter:
    """One call that waits: it has its permit, or has to ask again."""

    def __init__(self, ask: Ask) -> None:
        self._shown = ask.shown
        self._place: int | None = None
        self._told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def tell(self, *, given: bool) -> None:
        if not self._told.done():
            self._told.set_result(given)

    async def given(self) -> bool:
        try:
            return await self._told
        finally:
            self._told = asyncio.get_running_loop().create_future()

    def show(self, place: int) -> None:
        """Only when it is nearer to the front: that a smaller call has passed is no news to whoever waits."""
        if self._shown is not None and place > 0 and (self._place is None or place < self._place):
            self._place = place
            self._shown(place)


class Gate:
    def __init__(
        self,
        valkey: Valkey,
        name: str,
        limits: ProviderLimits,
        *,
        bounds: Bounds,
        replica: str,
        somebody_waits: asyncio.Event,
    ) -> None:
        self.name = name
        self._valkey = valkey
        self._limits = limits
        self._bounds = bounds
        self._replica = replica
        self._somebody_waits = somebody_waits
        self._local = LocalAllowance(limits)
        self._keys = [f"admission:{{{name}}}:{key}" for key in KEYS]
        self.wake_key = f"admission:{{{name}}}:wake:{replica}"
        self._common: list[Argument] = [
            limits.concurrency or 0,
            _micros(bounds.lease),
            _micros(limits.per),
            *_lanes(limits.requests, limits.per),
            *_lanes(limits.tokens, limits.per, headroom=_TOKEN_HEADROOM),
            replica,
        ]
        self._entering: set[str] = set()
        self._held: dict[str, float] = {}
        self._waiters: dict[str, _Waiter] = {}
        self._leaving: list[Argument] = []
        self._parting: dict[str, tuple[asyncio.TimerHandle, int]] = {}
        self._sending: asyncio.Task[None] | None = None
        self._look_at = 0.0
        self._sooner = asyncio.Event()
        self._recent_wait = 1.0
        self._away = False
        self._unanswered = 0
        self._metrics = metrics.GateMetrics(name, limits)

    @property
    def waiting(self) -> bool:
        """Whether anybody of this process waits here."""
        return bool(self._waiters)

    async def enter(self, ask: Ask) -> Permit:
        """A permit, now or when it is this call's turn.

        Raises: WorkspaceQueueFull, QueueFull, NotAdmittedInTime. Leaving early gives up the place.
        """
        tokens = max(1, min(ask.tokens, self._limits.tokens or ask.tokens))
        weight = limits_of(ask.plan).weight
        whose = f"~{ask.workspace_id}" if ask.batch else str(ask.workspace_id)
        ticket = f"{time.time_ns() // 1000:x}-{next(_numbers):x}|{self._replica}|{whose}|{weight}|{tokens}"
        started = time.monotonic()
        self._entering.add(ticket)
        try:
            status, wait = await self._ask(ticket, tokens, None)
            if status != _GIVEN:
                await self._stand_in_line(ticket, tokens, ask, status, wait)
        except BaseException:
            self._leave_unused(ticket)
            raise
        finally:
            self._entering.discard(ticket)
        self._held[ticket] = time.monotonic()
        waited = time.monotonic() - started
        self._recent_wait += _SHARE_OF_NEW * (waited - self._recent_wait)
        metrics.WAIT.labels(ask.plan if ask.plan in PLANS else "other", ask.kind).observe(waited)
        self._metrics.tokens_given.inc(tokens)
        return Permit(self, ticket, tokens)

    def leave(self, ticket: str, more_tokens: int) -> None:
        """What leaves while a call is on its way goes with the next."""
        now = time.monotonic()
        given = self._held.pop(ticket, now - _LOOK_SECONDS)
        self._parting.pop(ticket, None)
        self._leaving += (ticket, more_tokens, round((now - given) * 1e6))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_leaving(), name="leave a gate")

    def _leave_unused(self, ticket: str) -> None:
        """Whether it waits, has its permit or is not known at all."""
        self.leave(ticket, -int(ticket.rpartition("|")[2]))

    def leave_soon(self, ticket: str, more_tokens: int) -> None:
        """When the provider has seen that the call has ended; until then it is held."""
        timer = asyncio.get_running_loop().call_later(_PARTING_SECONDS, self.leave, ticket, more_tokens)
        self._parting[ticket] = timer, more_tokens

    async def tend(self) -> None:
        """A worker: says again and again that this process lives, and looks after those who wait."""
        while True:
            self._sooner.clear()
            left = self._look_at - time.monotonic()
            if left > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._sooner.wait()
                continue
            try:
                await self._look()
            except Exception:
                # Whoever does not look any more loses its permits while it still uses them.
                log.exception("gate_look_broke", provider=self.name)
                self._look_at = time.monotonic() + _LOOK_SECONDS

    def wake(self, news: str) -> None:
        """``+``: this ticket has its permit; ``-``: it had to make room and may ask again. News may overtake the answer
        that the ticket must wait; a look tells it again.
        """
        given, ticket = news[0] == "+", news[1:]
        if (waiter := self._waiters.get(ticket)) is not None:
            waiter.tell(given=given)
        elif ticket in self._entering:
            self._look_within(_AT_ONCE)
        elif given and ticket not in self._held:
            self._leave_unused(ticket)

    async def close(self) -> None:
        """Everything that has left is told, unless Valkey is away."""
        for ticket, (timer, more_tokens) in list(self._parting.items()):
            timer.cancel()
            self.leave(ticket, more_tokens)
        if (sending := self._sending) is not None:
            _, late = await asyncio.wait((sending,), timeout=1)
            for task in late:
                task.cancel()
                await asyncio.wait((task,))

    async def _ask(self, ticket: str, tokens: int, waiter: _Waiter | None) -> tuple[int, int]:
        if self._away:
            return self._ask_nobody(tokens), 0
        bounds = self._bounds
        again = 0 if waiter is None else 1
        args = [*self._common, ticket, again, bounds.waiting_of_workspace, bounds.waiting]
        try:
            status, place, wait, held, line = await self._valkey.eval(ENTER, self._keys, args)
        except ValkeyUnavailable:
            # Only this answer may be late, and Valkey may have given the permit: a look tells.
            self._look_within(_AT_ONCE)
            return 0, 0
        self._metrics.see(held, line)
        if waiter is not None:
            waiter.show(place)
        if status == _GIVEN:
            self._metrics.given.inc()
        return status, wait

    def _ask_nobody(self, tokens: int) -> Literal[1, 0, -2]:
        """Valkey is away: this process gives out its own part, first come, first served."""
        if self._local.take(len(self._held), tokens):
            self._metrics.given_alone.inc()
            return 1
        return -2 if len(self._waiters) > self._bounds.waiting // self._local.replicas else 0

    async def _stand_in_line(self, ticket: str, tokens: int, ask: Ask, status: int, wait: int) -> None:
        waiter = self._waiters[ticket] = _Waiter(ask)
        self._somebody_waits.set()
        patience = asyncio.timeout(ask.patience.total_seconds())
        try:
            async with patience:
                while status != _GIVEN:
                    self._refuse_when(status, ask)
                    self._look_within(wait)
                    if await waiter.given():
                        return
                    status, wait = await self._ask(ticket, tokens, waiter)
        except TimeoutError:
            if not patience.expired():
                raise
            self._refused("late", ask)
            raise NotAdmittedInTime(
                "The model's provider is at its limit and this waited too long. Try again later.",
                retry_after=self._retry_after(),
            ) from None
        finally:
            del self._waiters[ticket]

    def _refuse_when(self, status: int, ask: Ask) -> None:
        if status == _WORKSPACE_FULL:
            self._refused("workspace_full", ask)
            raise WorkspaceQueueFull(
                "Too many of this workspace's requests wait for the model's provider. Try again later.",
                retry_after=self._retry_after(),
            )
        if status == _FULL:
            self._refused("full", ask)
            raise QueueFull(
                "Too many requests wait for the model's provider. Try again later.", retry_after=self._retry_after()
            )

    def _look_within(self, wait_micros: int) -> None:
        wait = min(_LOOK_SECONDS, wait_micros / 1e6) if wait_micros else _LOOK_SECONDS
        at = time.monotonic() + wait
        if at < self._look_at:
            self._look_at = at
            self._sooner.set()

    async def _look(self) -> None:
        """Keep what is held, and find out how those who wait stand.

        A Valkey that was away may have forgotten what is held: it is told before anybody asks it for more.
        """
        tickets = list(self._waiters)
        pause = _LOOK_SECONDS if tickets else self._bounds.lease.total_seconds() / 3
        self._look_at = time.monotonic() + pause
        args: list[Argument] = [*self._common, len(self._held), *self._held, *tickets]
        try:
            answer: Sequence[int] = await self._valkey.eval(TEND, self._keys, args)
        except ValkeyUnavailable:
            self._unanswered += 1
            if self._unanswered < _UNANSWERED_LOOKS:
                self._look_at = time.monotonic()
                return
            self._away = True
            self._look_at = time.monotonic() + jitter.between(*_AWAY_SECONDS)
            for waiter in self._waiters.values():
                waiter.tell(given=False)
            return
        wait, held, line, self._local.replicas, batches, *places = answer
        self._metrics.batches_waiting.set(batches)
        self._away, self._unanswered = False, 0
        self._metrics.see(held, line)
        for ticket, place in zip(tickets, places, strict=True):
            if (found := self._waiters.get(ticket)) is None:
                continue
            if place > 0:
                found.show(place)
            else:
                found.tell(given=place == 0)
        if self._waiters and wait:
            self._look_within(wait)

    async def _send_leaving(self) -> None:
        try:
            while self._leaving:
                leaving, self._leaving = self._leaving, []
                wait, held, line = await self._valkey.eval(LEAVE, self._keys, [*self._common, *leaving])
                self._metrics.see(held, line)
                if self._waiters and wait:
                    self._look_within(wait)
        except ValkeyUnavailable:
            self._leaving = []
            log.info("permits_left_to_expire", provider=self.name)
        except Exception:
            self._leaving = []
            log.exception("permits_not_given_back", provider=self.name)
        finally:
            self._sending = None

    def _refused(self, reason: str, ask: Ask) -> None:
        metrics.REFUSED.labels(self.name, reason, ask.kind).inc()

    def _retry_after(self) -> timedelta:
        return timedelta(seconds=min(max(1.0, self._recent_wait), _LONGEST_RETRY_AFTER))


def _lanes(limit: int | None, per: timedelta, headroom: int = 0) -> tuple[float, int, int]:
    """Microseconds a unit in the smooth lane, the burst lane's size, and what both give together: where each call takes
    one, as without ``headroom``, the lanes alone say that, and it is 0.

    Both hold back a little for the way to the provider; tokens also for a call that begins in one window and counts in
    the next.
    """
    if limit is None:
        return 0, 0, 0
    burst = limit // 2
    every = _micros(per) * (1 + 2 / _TOLERANCE) / (limit - burst)
    return (every, burst - limit // headroom, limit) if headroom else (every, burst, 0)


def _micros(time_: timedelta) -> int:
    return time_ // timedelta(microseconds=1)
