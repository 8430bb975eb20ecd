"""One call, asked of as many targets as it takes: permits, attempts, and nothing tried twice once something was said.

At most three attempts a call, retries of all calls within a fifth of their number, and only before the first token;
a target that failed is asked again only when no other is left, after a pause with full jitter. One that is slow to
begin may get a second attempt beside it (``hedging``). An attempt that failed or was overtaken costs nobody anything
but its own line in the books.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.admission import Admission, Ask, NotAdmittedInTime, Permit, QueueFull, WorkspaceQueueFull
from tertulia.orchestrator.admission.estimates import Estimates
from tertulia.orchestrator.breaker import BreakerRules
from tertulia.orchestrator.providers.call import ProviderCall
from tertulia.orchestrator.providers.failures import (
    ProviderBrokeOff,
    ProviderBusy,
    ProviderFailed,
    ProviderFailure,
    ProviderLied,
    ProviderOutOfQuota,
    ProviderRejected,
    ProviderSilent,
    ProviderUnreachable,
)
from tertulia.orchestrator.providers.heard import Heard
from tertulia.orchestrator.providers.hedging import first_of
from tertulia.orchestrator.providers.opening import Opened, opened, opened_aside
from tertulia.orchestrator.providers.port import Provider, StreamEvent, WholeAnswer, believable, most_used, usage_told
from tertulia.orchestrator.providers.registry import Model, Registry
from tertulia.orchestrator.providers.retry_budget import RetryBudget
from tertulia.orchestrator.providers.targets import Target, Targets
from tertulia.platform import context, jitter
from tertulia.platform.errors import TertuliaError

log = structlog.get_logger()
T = TypeVar("T")

_MOST_ATTEMPTS = 3
_PAUSE_SECONDS = 0.2
_TO_ANSWER_SECONDS = 0.1
"""Of a call's deadline this is left for telling that it waited in vain."""

_CANCELLED = "cancelled"
_MAY_PASS = (ProviderFailed, ProviderUnreachable, ProviderBrokeOff)
_WE_HANG_UP = (ProviderSilent, ProviderLied)
_CROWDED = (QueueFull, WorkspaceQueueFull, NotAdmittedInTime)


@dataclass(slots=True)
class _Begun(Generic[T]):
    """An attempt that has an answer, or the beginning of one, after so many milliseconds."""

    target: Target
    permit: Permit
    answer: T
    milliseconds: int


_Try = Callable[[ProviderCall, Target, Permit, list[Target]], Awaitable[_Begun[T]]]
"""Asks one target; those that fail are added to the list."""


class Failover:
    """The one way from a request to a provider. ``providers`` are by name, one for each key.

    Each call raises, beside ``ProviderFailure``, what ``admission`` refuses with: QueueFull, WorkspaceQueueFull,
    NotAdmittedInTime.
    """

    def __init__(
        self,
        registry: Registry,
        providers: Mapping[str, Sequence[Provider]],
        admission: Admission,
        *,
        rules: BreakerRules,
        patience: timedelta,
        own: Callable[[UUID], Awaitable[Targets]] | None = None,
    ) -> None:
        """``patience``: how long a call may wait for its permits altogether; ``own``: a workspace's own targets, for
        which it waits at nobody's gate.
        """
        self._targets = Targets(registry, providers, rules)
        self._own = own
        self._admission = admission
        self._patience = patience
        self._budget = RetryBudget()
        self._estimates = Estimates()

    async def admit(self, call: ProviderCall) -> None:
        """Wait for the permit of the call's first attempt. Raises: ProviderFailure, QueueFull and the like."""
        call.admitted(*await self._admitted(call, []))

    @asynccontextmanager
    async def stream(self, call: ProviderCall) -> AsyncIterator[AsyncIterator[list[StreamEvent]]]:
        """The answer as it comes, from whoever began it. Raises: ProviderFailure, QueueFull and the like."""
        begun = await self._begin(call, self._open)
        stack, first, rest = begun.answer
        heard = Heard(call.characters, begun.target, begun.permit, self._estimates)
        try:
            async with stack, aclosing(heard.events(first, rest)) as events:
                yield events
        finally:
            heard.end()

    async def complete(self, call: ProviderCall) -> WholeAnswer:
        """Raises: ProviderFailure, QueueFull and the like."""
        begun = await self._begin(call, partial(_attempt, lambda provider, body: provider.complete(body)))
        whole = begun.answer.whole
        whole.usage = believable(whole.usage, begun.target.model.context)
        self._settle(call, begun, usage_told(whole.usage))
        return begun.answer

    async def embed(self, call: ProviderCall) -> bytes:
        """Raises: ProviderFailure, QueueFull and the like."""
        begun = await self._begin(call, partial(_attempt, lambda provider, body: provider.embed(body)))
        self._settle(call, begun, None)
        return begun.answer

    def _settle(self, call: ProviderCall, begun: _Begun[T], usage: Usage | None) -> None:
        begun.target.breaker.succeeded()
        begun.permit.leave(None if usage is None else usage.prompt_tokens + usage.completion_tokens)
        if usage is not None:
            self._estimates.learn(begun.target.model.name, call.characters, usage)

    async def _begin(self, call: ProviderCall, attempt: _Try[T]) -> _Begun[T]:
        self._budget.call()
        failed: list[Target] = []
        while True:
            target, permit = call.take_admitted() or await self._admitted(call, failed)
            try:
                begun = await attempt(call, target, permit, failed)
            except ProviderFailure as failure:
                if not await self._try_again(call, failure, failed):
                    raise await self._told(call, failure) from failure
            else:
                call.answered = begun.target.model
                call.note(begun.target.model, "ok", begun.milliseconds)
                return begun

    async def _open(self, call: ProviderCall, target: Target, permit: Permit, failed: list[Target]) -> _Begun[Opened]:
        """An attempt at a stream, with another beside it where this provider is slow and may be hedged."""
        spec = target.provider.spec
        if spec.hedge_after is None or call.batch:
            return await _attempt(opened, call, target, permit, failed)

        async def another() -> _Begun[Opened] | None:
            found = await self._beside(call, target, failed)
            return None if found is None else await _attempt(opened_aside, call, *found, failed)

        first = _attempt(opened_aside, call, target, permit, failed)
        return await first_of(first, another, after=spec.hedge_after, drop=partial(_drop, call), slow=spec.label)

    async def _beside(self, call: ProviderCall, slow: Target, failed: list[Target]) -> tuple[Target, Permit] | None:
        """Whom to ask too, where another can be asked at once and the bounds of retries allow it."""
        if len(failed) + 1 >= _MOST_ATTEMPTS or _past_deadline():
            return None
        target = await self._next(call, [*failed, slow], last=len(failed) + 2 == _MOST_ATTEMPTS)
        if target is None:
            return None
        if not self._budget.retry():
            target.breaker.undecided()
            return None
        log.info("provider_hedged", provider=target.model.provider, beside=slow.model.provider)
        try:
            with _untried(target):
                return target, await self._permit(target, call, at_once=True)
        except _CROWDED:
            return None

    async def _try_again(self, call: ProviderCall, failure: ProviderFailure, failed: list[Target]) -> bool:
        """Whether another attempt may be made; ``failed`` is then what must not be asked."""
        if len(failed) >= _MOST_ATTEMPTS or _past_deadline():
            return False
        last = failed[-1]
        if isinstance(failure, ProviderRejected):
            target = await self._other_model(call, failed)
        else:
            target = await self._next(call, failed, last=len(failed) + 1 == _MOST_ATTEMPTS)
        if target is None and isinstance(failure, _MAY_PASS) and last.breaker.begin():
            target = last
        if target is None or not self._budget.retry():
            if target is not None:
                target.breaker.undecided()
            return False
        log.info("provider_retry", provider=target.model.provider, after=failure.code, attempt=len(failed) + 1)
        try:
            with _untried(target):
                if target in failed:
                    await asyncio.sleep(jitter.between(0, _PAUSE_SECONDS * 2 ** len(failed)))
                call.admitted(target, await self._permit(target, call))
        except _CROWDED:
            return False
        return True

    async def _told(self, call: ProviderCall, failure: ProviderFailure) -> ProviderFailure:
        """Where every target rests, the shortest rest counts."""
        if not isinstance(failure, ProviderBusy) or isinstance(failure, ProviderOutOfQuota):
            return failure
        nobody = (await self._targets_of(call.model)).nobody(call.model)
        return nobody if isinstance(nobody, ProviderBusy) else failure

    async def _admitted(self, call: ProviderCall, failed: list[Target]) -> tuple[Target, Permit]:
        """A target and its permit; a provider whose queue is full is passed over while another can be asked."""
        passed_over = list(failed)
        refusal: TertuliaError | None = None
        while (target := await self._next(call, passed_over)) is not None:
            try:
                with _untried(target):
                    return target, await self._permit(target, call)
            except _CROWDED as crowded:
                refusal = refusal or crowded
                passed_over += (await self._targets_of(target.model)).of(target.model)
        raise refusal or (await self._targets_of(call.model)).nobody(call.model)

    async def _next(self, call: ProviderCall, passed_over: Sequence[Target], *, last: bool = False) -> Target | None:
        """Whom to ask, once its breaker has let the call through; ``last``: nobody can be asked after that."""
        models = [call.model] if call.otherwise is None else [call.model, call.otherwise]
        for model in reversed(models) if last else models:
            target = (await self._targets_of(model)).next(model, passed_over, alone=call.alone)
            if target is not None:
                return target
        return None

    async def _other_model(self, call: ProviderCall, failed: Sequence[Target]) -> Target | None:
        """What one model refuses another may take, as a longer prompt; what that one refuses is refused."""
        other = call.otherwise
        if other is None or failed[-1].model.id == other.id:
            return None
        return (await self._targets_of(other)).next(other, failed)

    async def _targets_of(self, model: Model) -> Targets:
        return self._targets if model.owner is None or self._own is None else await self._own(model.owner)

    async def _permit(self, target: Target, call: ProviderCall, *, at_once: bool = False) -> Permit:
        gate = self._admission.gate(target.model.provider) if target.model.owner is None else None
        if gate is None:
            return Permit()
        left = context.current().remaining()
        patience = timedelta(0) if at_once else self._patience
        if left is not None:
            patience = min(patience, timedelta(seconds=max(0.0, left - _TO_ANSWER_SECONDS)))
        asked = self._estimates.tokens(target.model.name, call.characters, call.most_tokens)
        tokens = min(asked, most_used(target.model.context))
        shown = None if at_once else call.shown
        return await gate.enter(Ask(call.workspace_id, call.plan, tokens, patience, shown, call.batch))


async def _attempt(
    ask: Callable[[Provider, bytes], Awaitable[T]],
    call: ProviderCall,
    target: Target,
    permit: Permit,
    failed: list[Target],
) -> _Begun[T]:
    """Raises: ProviderFailure, after what it means for the target is noted."""
    call.answered = target.model
    started = time.monotonic()

    def milliseconds() -> int:
        return round((time.monotonic() - started) * 1000)

    try:
        answer = await ask(target.provider, call.body_for(target.model))
    except ProviderFailure as failure:
        permit.leave(0, cut_short=isinstance(failure, _WE_HANG_UP))
        target.judge(failure)
        failed.append(target)
        call.note(target.model, failure.code, milliseconds())
        raise
    except BaseException:
        permit.leave(cut_short=True)
        target.breaker.undecided()
        call.note(target.model, _CANCELLED, milliseconds())
        raise
    return _Begun(target, permit, answer, milliseconds())


async def _drop(call: ProviderCall, begun: _Begun[Opened]) -> None:
    """A stream that began, and that nobody will read."""
    begun.permit.leave(cut_short=True)
    begun.target.breaker.undecided()
    call.note(begun.target.model, _CANCELLED, begun.milliseconds)
    stack, _, _ = begun.answer
    await stack.aclose()


@contextmanager
def _untried(target: Target) -> Iterator[None]:
    """A target that is not asked after all says so to its breaker, which had let the call through."""
    try:
        yield
    except BaseException:
        target.breaker.undecided()
        raise


def _past_deadline() -> bool:
    left = context.current().remaining()
    return left is not None and left <= 0
