"""Every message comes to one end: handled, tried again, or kept as a dead letter that can be sent again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from tertulia.platform import context
from tertulia.platform.bus import Bus, Delivery, Event, Job, PermanentFailure, Subscription, dead
from tertulia.platform.bus.consumer import back_off
from tertulia.platform.bus.envelope import seal
from tertulia.platform.errors import NotFound, Unavailable
from tertulia.platform.ids import uuid7

pytestmark = pytest.mark.integration


class Rang(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "event.probe.rang.v1"
    number: int


class Ring(Job, frozen=True, kw_only=True):
    subject: ClassVar[str] = "job.probe.ring.v1"
    number: int


class Long(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "event.probe.long.v1"
    words: str


class Journal:
    """What handlers saw, and a way to wait for it."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._changed = asyncio.Condition()

    async def add(self, entry: Any) -> None:
        async with self._changed:
            self.entries.append(entry)
            self._changed.notify_all()

    async def reached(self, count: int, seconds: float = 20) -> list[Any]:
        async with self._changed, asyncio.timeout(seconds):
            await self._changed.wait_for(lambda: len(self.entries) >= count)
        return self.entries

    async def number(self, delivery: Delivery[Any]) -> None:
        await self.add(delivery.message.number)


@asynccontextmanager
async def handling(bus: Bus, *subscriptions: Subscription[Any]) -> AsyncIterator[asyncio.Task[None]]:
    worker = asyncio.create_task(bus.run(subscriptions))
    try:
        yield worker
    finally:
        worker.cancel()
        await asyncio.wait([worker])


async def eventually(look: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(20):
        while not (found := await look()):
            await asyncio.sleep(0.02)
        return found


async def test_a_message_is_handled_in_the_call_it_came_from(bus: Bus) -> None:
    """The handler gets the typed message, its id, and the request, tenant and trace of whoever published it."""
    journal, workspace = Journal(), uuid7()
    trace = f"00-{'a' * 32}-{'b' * 16}-01"

    async def handler(delivery: Delivery[Rang]) -> None:
        call = context.current()
        await journal.add((delivery.message, delivery.id, delivery.attempt, call.request_id, call.workspace_id))
        await journal.add(call.trace_id)

    with context.serving(context.CallContext(request_id="r1", traceparent=trace)):
        envelope = seal(Rang(number=1, workspace_id=workspace))
    async with handling(bus, Subscription(Rang, "probe-rang", handler)):
        await bus.publish(envelope)
        seen, trace_id = await journal.reached(2)
    assert seen == (Rang(number=1, workspace_id=workspace), envelope.id, 1, "r1", workspace)
    assert trace_id == "a" * 32


async def test_a_copy_is_dropped_by_the_server(bus: Bus) -> None:
    """The same envelope published thrice within the window is one message."""
    journal = Journal()
    envelope = seal(Rang(number=1))
    for _ in range(3):
        await bus.publish(envelope)
    await bus.publish(seal(Rang(number=2)))
    async with handling(bus, Subscription(Rang, "probe-rang", journal.number, concurrency=1)):
        assert await journal.reached(2) == [1, 2]


async def test_each_consumer_gets_an_event_and_its_replicas_share(servers: Any, bus: Bus) -> None:
    """Two consumers get all; two replicas of one get each message once between them. A job goes to one worker."""
    first, second, jobs = Journal(), Journal(), Journal()
    async with (
        Bus(servers.nats.url, "replica") as replica,
        handling(bus, Subscription(Rang, "first", first.number), Subscription(Ring, "ringer", jobs.number)),
        handling(replica, Subscription(Rang, "first", first.number), Subscription(Ring, "ringer", jobs.number)),
        handling(replica, Subscription(Rang, "second", second.number)),
    ):
        for number in range(100):
            await bus.publish(seal(Rang(number=number)))
            await bus.publish(seal(Ring(number=number)))
        for journal in (first, second, jobs):
            assert sorted(await journal.reached(100)) == list(range(100))


async def test_a_failure_is_tried_again_until_it_is_a_dead_letter(bus: Bus) -> None:
    """Any exception of a handler is another attempt, later; the last one is told, the message kept with a reason."""
    journal = Journal()

    async def handler(delivery: Delivery[Rang]) -> None:
        await journal.add(delivery.attempt)
        raise ValueError("told to nobody")

    async with handling(bus, Subscription(Rang, "probe-rang", handler, max_deliver=3, given_up=journal.number)):
        await bus.publish(seal(Rang(number=70)))
        assert await journal.reached(4) == [1, 2, 3, 70]
        (letter,) = await eventually(lambda: dead.listing(bus))
    assert (letter.subject, letter.consumer, letter.deliveries) == (Rang.subject, "probe-rang", 3)
    assert letter.reason == "failed 3 times, last with ValueError"


async def test_a_store_that_is_away_costs_a_message_no_attempt(bus: Bus) -> None:
    """The handler that says Unavailable is asked again and again within the same attempt, until it can."""
    journal = Journal()

    async def handler(delivery: Delivery[Rang]) -> None:
        await journal.add(delivery.attempt)
        if len(journal.entries) < 4:
            raise Unavailable("the database is away")

    async with handling(bus, Subscription(Rang, "probe-rang", handler, max_deliver=1)):
        await bus.publish(seal(Rang(number=1)))
        assert await journal.reached(4) == [1, 1, 1, 1]
    assert await dead.listing(bus) == []


async def test_what_can_never_succeed_is_a_dead_letter_at_once(bus: Bus) -> None:
    """A handler that says so, a body of another shape, and headers that are none: one delivery each."""

    async def handler(_: Delivery[Rang]) -> None:
        raise PermanentFailure("the workspace is gone")

    async with handling(bus, Subscription(Rang, "probe-rang", handler)):
        envelope = seal(Rang(number=1))
        await bus.publish(envelope)
        await bus.put(Rang.subject, seal(Rang(number=2)).headers(), b'{"number": "two"}')
        await bus.put(Rang.subject, {}, b"\xff")

        async def three() -> list[dead.DeadLetter]:
            letters = await dead.listing(bus)
            return letters if len(letters) == 3 else []

        letters = await eventually(three)
    reasons = {letter.reason for letter in letters}
    assert reasons == {"the workspace is gone", "malformed: ValidationError", "malformed: KeyError"}
    assert {letter.deliveries for letter in letters} == {1}


async def test_a_message_that_kills_its_worker_is_a_dead_letter(bus: Bus) -> None:
    """Deliveries that nobody answered count as attempts: the handler gets no other, and who is told may fail too."""
    journal, told = Journal(), Journal()

    async def given_up(delivery: Delivery[Ring]) -> None:
        await told.number(delivery)
        raise ValueError("told to nobody")

    wait = timedelta(milliseconds=200)
    subscription = Subscription(Ring, "fragile", journal.number, ack_wait=wait, max_deliver=2, given_up=given_up)
    async with handling(bus, subscription):
        await bus.publish(seal(Ring(number=0)))
        await journal.reached(1)
    await bus.publish(seal(Ring(number=1)))
    doomed = await bus.jetstream().pull_subscribe_bind("fragile", "JOBS")
    for attempt in (1, 2):
        (message,) = await doomed.fetch(1, timeout=10)
        assert message.metadata.num_delivered == attempt
    await doomed.unsubscribe()
    async with handling(bus, subscription):
        (letter,) = await eventually(lambda: dead.listing(bus))
    assert (letter.deliveries, letter.reason) == (3, "no attempt lived to its end")
    assert (journal.entries, set(told.entries)) == ([0], {1})


async def test_a_replayed_letter_reaches_only_the_consumer_that_failed(bus: Bus) -> None:
    """It comes with its own id, is off the list, and the consumer that had handled it is left alone."""
    healthy, mended = Journal(), Journal()
    broken = True

    async def handler(delivery: Delivery[Rang]) -> None:
        if broken:
            raise PermanentFailure("broken")
        await mended.add((delivery.id, delivery.replayed))

    envelope = seal(Rang(number=1))
    async with handling(
        bus, Subscription(Rang, "healthy", healthy.number), Subscription(Rang, "mended", handler, concurrency=1)
    ):
        await bus.publish(envelope)
        (letter,) = await eventually(lambda: dead.listing(bus))
        broken = False
        assert (await dead.replay(bus, letter.sequence)).body == envelope.body
        assert await mended.reached(1) == [(envelope.id, True)]
        assert await dead.listing(bus) == []
        with pytest.raises(NotFound):
            await dead.show(bus, letter.sequence)
        await bus.publish(seal(Rang(number=2)))
        assert await healthy.reached(2) == [1, 2]
        assert not (await mended.reached(2))[-1][1]


async def test_a_long_handler_keeps_its_message(servers: Any, bus: Bus) -> None:
    """While it runs for thrice the acknowledgement time, no other replica is given its message."""
    journal = Journal()
    release = asyncio.Event()

    async def slow(delivery: Delivery[Ring]) -> None:
        await journal.add(delivery.attempt)
        await release.wait()

    subscription = Subscription(Ring, "slow", slow, ack_wait=timedelta(seconds=1))
    async with (
        Bus(servers.nats.url, "replica") as replica,
        handling(bus, subscription),
        handling(replica, subscription),
    ):
        await bus.publish(seal(Ring(number=1)))
        await journal.reached(1)
        with pytest.raises(TimeoutError):
            await journal.reached(2, seconds=3)
        release.set()

        async def empty() -> bool:
            return (await bus.jetstream().stream_info("JOBS")).state.messages == 0

        await eventually(empty)
    assert journal.entries == [1]


async def test_no_more_handlers_run_than_asked_for(bus: Bus) -> None:
    """A hundred waiting messages, three hands: never a fourth, and all are done."""
    journal = Journal()
    running = most = 0

    async def handler(delivery: Delivery[Ring]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        await journal.number(delivery)

    for number in range(100):
        await bus.publish(seal(Ring(number=number)))
    async with handling(bus, Subscription(Ring, "three-hands", handler, concurrency=3)):
        assert sorted(await journal.reached(100)) == list(range(100))
    assert most == 3


async def test_a_broadcast_reaches_every_replica(servers: Any, bus: Bus) -> None:
    """Each replica that is there gets it once, whatever the others do with it."""
    journals = [Journal(), Journal()]
    async with Bus(servers.nats.url, "replica") as replica:
        subscriptions = [Subscription(Rang, "everyone", journal.number, broadcast=True) for journal in journals]
        async with handling(bus, subscriptions[0]), handling(replica, subscriptions[1]):

            async def both_hear() -> bool:
                await bus.publish(seal(Rang(number=0)))
                return all(journal.entries for journal in journals)

            await eventually(both_hear)
            await bus.publish(seal(Rang(number=1)))
            for journal in journals:
                entries = await journal.reached(len(journal.entries) + (1 not in journal.entries))
                assert entries.count(1) == 1


async def test_a_worker_that_is_stopped_finishes_what_it_has(servers: Any, bus: Bus) -> None:
    """What runs is given its grace and acknowledged; what is late goes to another worker soon, not after a timeout."""
    journal, others = Journal(), Journal()
    release = asyncio.Event()

    async def handler(delivery: Delivery[Ring]) -> None:
        await journal.add(delivery.message.number)
        if delivery.message.number == 1:
            await release.wait()
        else:
            await asyncio.Event().wait()

    async with Bus(servers.nats.url, "leaving", grace=timedelta(milliseconds=300)) as leaving:
        async with handling(leaving, Subscription(Ring, "drained", handler, ack_wait=timedelta(seconds=60))) as worker:
            await bus.publish(seal(Ring(number=1)))
            await bus.publish(seal(Ring(number=2)))
            await journal.reached(2)
            worker.cancel()
            release.set()
            await asyncio.wait([worker])
        async with handling(bus, Subscription(Ring, "drained", others.number, ack_wait=timedelta(seconds=60))):
            assert await others.reached(1) == [2]


async def test_what_is_finishing_is_not_given_to_another(servers: Any, bus: Bus) -> None:
    """During its grace a stopped worker still shows life, so nobody else begins what it is about to end."""
    journal, others = Journal(), Journal()
    release = asyncio.Event()

    async def handler(delivery: Delivery[Ring]) -> None:
        await journal.number(delivery)
        await release.wait()

    wait = timedelta(milliseconds=600)
    async with (
        Bus(servers.nats.url, "leaving") as leaving,
        handling(leaving, Subscription(Ring, "finishing", handler, ack_wait=wait)) as worker,
    ):
        await bus.publish(seal(Ring(number=1)))
        await journal.reached(1)
        worker.cancel()
        async with handling(bus, Subscription(Ring, "finishing", others.number, ack_wait=wait)):
            with pytest.raises(TimeoutError):
                await others.reached(1, seconds=2)
            release.set()
            await asyncio.wait([worker])
    assert others.entries == []


async def test_it_goes_on_after_the_server_was_killed(servers: Any, bus: Bus) -> None:
    """A kill -9 under a consumer that waits and one that works: both hear again, and nothing stored is lost."""
    journal, idle = Journal(), Journal()
    seen: set[int] = set()

    async def handler(delivery: Delivery[Ring]) -> None:
        if delivery.message.number not in seen:
            seen.add(delivery.message.number)
            await journal.number(delivery)

    async with handling(bus, Subscription(Ring, "working", handler), Subscription(Rang, "idle", idle.number)):
        for number in range(50):
            await bus.publish(seal(Ring(number=number)))
        await asyncio.to_thread(servers.nats.kill)
        with pytest.raises(Unavailable):
            await bus.publish(seal(Ring(number=-1)))
        await asyncio.to_thread(servers.nats.start)
        await asyncio.wait_for(bus.ready(), 10)
        for number in range(50, 100):
            await bus.publish(seal(Ring(number=number)))
        await bus.publish(seal(Rang(number=1)))
        assert sorted(set(await journal.reached(100)) - {-1}) == list(range(100))
        assert await idle.reached(1) == [1]


async def test_a_service_starts_before_the_bus_does(servers: Any) -> None:
    """Without a server the bus is entered at once and says that it is not ready; it connects when there is one."""
    await asyncio.to_thread(servers.nats.stop)
    async with Bus(servers.nats.url, "early") as early:
        with pytest.raises(Unavailable):
            await early.check()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(early.publish(seal(Ring(number=1))), 1)
        await asyncio.to_thread(servers.nats.start)
        await asyncio.wait_for(early.ready(), 10)
        await early.check()


async def test_replicas_that_start_together_agree_on_the_streams(servers: Any, bus: Bus) -> None:
    """Five processes make the same streams at once and see the same birth of each."""
    for stream in ("EVENTS", "JOBS", "DEAD"):
        await bus.jetstream().delete_stream(stream)
    many = [Bus(servers.nats.url, f"bus-{number}") for number in range(5)]
    await asyncio.gather(*(one.__aenter__() for one in many))
    await asyncio.wait_for(asyncio.gather(*(one.ready() for one in many)), 10)
    assert all(one.born == many[0].born and len(one.born) == 3 for one in many)
    await asyncio.gather(*(one.__aexit__(None, None, None) for one in many))


def test_waits_grow_and_are_spread() -> None:
    """Full jitter: between nothing and a bound that doubles up to a minute."""
    assert max(back_off(1) for _ in range(200)) <= 1
    waits = [back_off(20) for _ in range(200)]
    assert max(waits) <= 60
    assert max(waits) - min(waits) > 20


def test_a_message_that_carries_too_much_is_refused() -> None:
    """Messages are ids and numbers; the outbox must not fill with what the bus would refuse."""
    with pytest.raises(ValueError, match="send ids"):
        seal(Long(words="x" * 300_000))
