"""An answer that is being passed on: how it ends is the target's reputation, and what it used is the permit's."""

from collections.abc import AsyncGenerator, AsyncIterator

from tertulia.contracts.orchestrator import Usage
from tertulia.orchestrator.admission import Permit
from tertulia.orchestrator.admission.estimates import Estimates
from tertulia.orchestrator.providers.failures import ProviderFailure
from tertulia.orchestrator.providers.port import StreamEvent, believable, usage_told
from tertulia.orchestrator.providers.targets import Target


class Heard:
    """``characters`` is the prompt's length, from which ``estimates`` learn."""

    def __init__(self, characters: int, target: Target, permit: Permit, estimates: Estimates) -> None:
        self._characters = characters
        self._target = target
        self._permit = permit
        self._estimates = estimates
        self._usage: Usage | None = None
        self._failure: ProviderFailure | None = None
        self._whole = False

    async def events(
        self, first: list[StreamEvent], rest: AsyncIterator[list[StreamEvent]]
    ) -> AsyncGenerator[list[StreamEvent]]:
        try:
            self._note(first)
            yield first
            async for events in rest:
                self._note(events)
                yield events
            self._whole = True
        except ProviderFailure as failure:
            self._failure = failure
            raise

    def end(self) -> None:
        if self._failure is None:
            self._target.breaker.succeeded()
        else:
            self._target.judge(self._failure)
        if self._usage is None:
            self._permit.leave(cut_short=not self._whole)
            return
        self._permit.leave(self._usage.prompt_tokens + self._usage.completion_tokens, cut_short=not self._whole)
        self._estimates.learn(self._target.model.name, self._characters, self._usage)

    def _note(self, events: list[StreamEvent]) -> None:
        for event in events:
            if event.chunk.usage is not None:
                event.chunk.usage = believable(event.chunk.usage, self._target.model.context)
                self._usage = usage_told(event.chunk.usage) or self._usage
