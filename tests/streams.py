"""The bus as a test wants to find it: what an earlier test on the same server left is gone."""

from tertulia.platform.bus import Bus


async def empty(bus: Bus) -> None:
    """No messages, no consumers. Waits until the bus is connected."""
    await bus.ready()
    for stream in ("EVENTS", "JOBS", "DEAD"):
        await bus.jetstream().purge_stream(stream)
        for consumer in await bus.jetstream().consumers_info(stream):
            await bus.jetstream().delete_consumer(stream, consumer.name)
