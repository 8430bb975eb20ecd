"""Opens a streamed answer and waits until it says something: until then it can be given up for another one."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack

from tertulia.orchestrator.providers.port import Provider, StreamEvent, says_something

Opened = tuple[AsyncExitStack, list[StreamEvent], AsyncIterator[list[StreamEvent]]]
"""What closes it, what it has said, and the rest of it."""


async def opened(provider: Provider, body: bytes) -> Opened:
    """Raises: ProviderFailure."""
    async with AsyncExitStack() as stack:
        batches = await stack.enter_async_context(provider.stream(body))
        first: list[StreamEvent] = []
        async for events in batches:
            first += events
            if any(says_something(event.chunk) for event in events):
                break
        return stack.pop_all(), first, batches


async def opened_aside(provider: Provider, body: bytes) -> Opened:
    """The same in a task of its own, so that several can be opened at once: what a stream enters, as its span, must be
    left by the task that entered it. It is never more than one batch ahead of its reader.

    Raises: ProviderFailure.
    """
    said: asyncio.Queue[list[StreamEvent] | Exception | None] = asyncio.Queue(1)

    async def live() -> None:
        try:
            stack, first, rest = await opened(provider, body)
            async with stack:
                await said.put(first)
                async for events in rest:
                    await said.put(events)
        except Exception as error:  # noqa: BLE001 - the reader raises it
            await said.put(error)
        else:
            await said.put(None)

    async def heard() -> list[StreamEvent] | None:
        found = await said.get()
        if isinstance(found, Exception):
            raise found
        return found

    async def rest() -> AsyncGenerator[list[StreamEvent]]:
        while (events := await heard()) is not None:
            yield events

    async with AsyncExitStack() as stack:
        living = asyncio.create_task(live(), name="stream an answer")
        stack.push_async_callback(_closed, living)
        first = await heard() or []
        return stack.pop_all(), first, rest()


async def _closed(living: "asyncio.Task[None]") -> None:
    living.cancel()
    await asyncio.wait([living])
