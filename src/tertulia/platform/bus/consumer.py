"""Takes messages and sees each to one end: done, again later, or a dead letter.

A durable consumer keeps pull requests open at the server for as many messages as it has free hands, and renews them
when it hears nothing for a while: nats-py's own ``fetch`` may stay deaf after a server restart (nats.py #504). Making
the effect happen once is the handler's part, with ``WriteSession.first_time``.
"""

import asyncio
import itertools
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Generic

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError
from prometheus_client import Counter, Gauge, Histogram

from tertulia.platform import context, jitter, telemetry
from tertulia.platform.bus import dead, streams
from tertulia.platform.bus.envelope import Delivery, Envelope, M, PermanentFailure, Subscription
from tertulia.platform.errors import Unavailable

if TYPE_CHECKING:
    from tertulia.platform.bus.connection import Bus

log = structlog.get_logger()

_HANDLED = Counter("tertulia_bus_handled_total", "Deliveries handled, by outcome", ("consumer", "outcome"))
_SECONDS = Histogram("tertulia_bus_handler_seconds", "How long a handler took", ("consumer",))
_RUNNING = Gauge("tertulia_bus_handlers_running", "Deliveries being handled", ("consumer",))

_EXPIRES = 30.0
_HEARTBEAT = 2.0
_SILENCE = 2.5 * _HEARTBEAT
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 60.0
_PATIENCE, _LONGEST_PAUSE = 300.0, 3.0
_ALIVE, _EXPIRED = "100", "408"


class Malformed(PermanentFailure):
    """Not an envelope, or not the message that its subject promises."""


class Handlers(ABC, Generic[M]):
    """What both kinds of consumer share: a bounded number of handlers, each with its call's context."""

    def __init__(self, bus: "Bus", subscription: Subscription[M]) -> None:
        self._bus = bus
        self._subscription = subscription
        self._client: Client | None = None
        self._inbox: NatsSubscription | None = None
        self._free = asyncio.Semaphore(subscription.concurrency)
        self._tasks: dict[asyncio.Task[None], Msg] = {}
        self._decode = msgspec.json.Decoder(subscription.message).decode
        self._wake = asyncio.Event()
        self._seconds = _SECONDS.labels(subscription.durable)
        _RUNNING.labels(subscription.durable).set_function(lambda: len(self._tasks))
        bus.when_ready(self._reconnected)

    async def run(self) -> None:
        running = asyncio.current_task()
        try:
            while True:
                await self._keep_up()
                if running is not None and running.cancelling():
                    # nats-py waits by ``asyncio.wait_for``, which in Python 3.11 can swallow a cancellation.
                    raise asyncio.CancelledError
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._tick):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            await self._drain()

    def _reconnected(self) -> None:
        self._wake.set()

    @property
    def _tick(self) -> float:
        return min(self._subscription.ack_wait.total_seconds() / 6, _HEARTBEAT)

    @abstractmethod
    async def _keep_up(self) -> None: ...

    @abstractmethod
    async def _take(self, message: Msg) -> None: ...

    async def _show_life(self) -> None:
        """For those whose deliveries have an owner."""

    def _start(self, message: Msg) -> None:
        task = asyncio.create_task(self._take(message), name=f"{self._subscription.durable} {message.subject}")
        self._tasks[task] = message
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        self._wake.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery_crashed", consumer=self._subscription.durable, exc_info=error)

    def _open(self, message: Msg, attempt: int) -> Delivery[M]:
        """Raises ``Malformed`` when this is no envelope with a message of our kind."""
        headers = message.headers or {}
        try:
            envelope = Envelope.received(message.subject, headers, message.data)
            return Delivery(self._decode(envelope.body), envelope.id, attempt, envelope, dead.ONLY_FOR in headers)
        except (msgspec.DecodeError, KeyError, ValueError) as error:
            raise Malformed(f"malformed: {type(error).__name__}") from error

    async def _handle(self, delivery: Delivery[M]) -> None:
        envelope = delivery.envelope
        call = context.CallContext(
            request_id=envelope.request_id,
            workspace_id=envelope.workspace_id,
            traceparent=context.child_traceparent(context.accept_traceparent(envelope.traceparent)),
        )
        started = time.monotonic()
        with context.serving(call), telemetry.serving_span(f"handle {envelope.subject}", call):
            try:
                await self._handle_when_possible(delivery)
            except PermanentFailure:
                raise
            except Exception as error:
                log.warning(
                    "delivery_failed", consumer=self._subscription.durable, attempt=delivery.attempt, exc_info=error
                )
                raise
            finally:
                self._seconds.observe(time.monotonic() - started)

    async def _handle_when_possible(self, delivery: Delivery[M]) -> None:
        """What a store that is away makes fail is not the message's fault: it is kept in hand until that is over."""
        patience = time.monotonic() + _PATIENCE
        for tried in itertools.count(1):
            try:
                await self._subscription.handler(delivery)
            except Unavailable as error:
                if time.monotonic() > patience:
                    raise
                log.info("delivery_waits", consumer=self._subscription.durable, reason=error.code)
                await asyncio.sleep(min(back_off(tried), _LONGEST_PAUSE))
            else:
                return

    def _count(self, outcome: str) -> None:
        _HANDLED.labels(self._subscription.durable, outcome).inc()

    async def _drain(self) -> None:
        if self._inbox is not None:
            with suppress(nats.errors.Error):
                await self._inbox.unsubscribe()
        deadline = time.monotonic() + self._bus.grace.total_seconds()
        while self._tasks and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait(self._tasks, timeout=min(self._tick, left))
            with suppress(nats.errors.Error):
                await self._show_life()
        late = list(self._tasks)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)


class Broadcast(Handlers[M]):
    """Every replica gets each message that is published while it is connected; a failure is logged and that is all."""

    async def _keep_up(self) -> None:
        client = await self._bus.ready()
        if client is not self._client:
            self._inbox = await client.subscribe(self._subscription.message.subject, cb=self._arrived)
            self._client = client

    async def _arrived(self, message: Msg) -> None:
        await self._free.acquire()
        self._start(message)

    async def _take(self, message: Msg) -> None:
        try:
            await self._handle(self._open(message, 1))
            self._count("done")
        except Exception as error:  # noqa: BLE001 - there is no second delivery that could do better
            self._count("failed")
            log.warning("broadcast_not_handled", consumer=self._subscription.durable, reason=type(error).__name__)
        finally:
            self._free.release()


class Consumer(Handlers[M]):
    def __init__(self, bus: "Bus", subscription: Subscription[M]) -> None:
        super().__init__(bus, subscription)
        self._stream = streams.of(subscription.message.subject)
        self._requested = 0
        self._heard = 0.0
        self._known = False
        self._shown = time.monotonic()

    def _reconnected(self) -> None:
        self._known = False  # the server that had our requests, or even the consumer, may be gone
        super()._reconnected()

    async def _keep_up(self) -> None:
        client = await self._bus.ready()
        try:
            if client is not self._client:
                self._inbox = await client.subscribe(client.new_inbox(), cb=self._arrived)
                self._client, self._known = client, False
            if not self._known or (self._requested and time.monotonic() - self._heard > _SILENCE):
                await self._ensure()
                self._requested = 0
            await self._ask(client)
            await self._show_life()
        except (nats.errors.Error, JetStreamError, TimeoutError, Unavailable) as error:
            log.warning("consumer_not_ready", consumer=self._subscription.durable, reason=repr(error))

    async def _ensure(self) -> None:
        wanted = self._subscription
        await self._bus.jetstream().add_consumer(
            self._stream,
            ConsumerConfig(
                durable_name=wanted.durable,
                filter_subject=wanted.message.subject,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=wanted.ack_wait.total_seconds(),
                max_deliver=-1,  # counted here: the server would drop the message without a word
                max_ack_pending=max(1000, 8 * wanted.concurrency),
            ),
        )
        self._known = True

    async def _ask(self, client: Client) -> None:
        """Keeps open requests for the hands that are free, renewed by halves so that a busy consumer asks seldom."""
        wanted = self._subscription.concurrency - len(self._tasks) - self._requested
        if wanted < 1 or (self._requested and wanted * 2 < self._subscription.concurrency):
            return
        assert self._inbox is not None  # noqa: S101 - made before anything is asked for
        request = {"batch": wanted, "expires": int(_EXPIRES * 1e9), "idle_heartbeat": int(_HEARTBEAT * 1e9)}
        self._requested += wanted
        self._heard = time.monotonic()
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._subscription.durable}"
        await client.publish(subject, msgspec.json.encode(request), reply=self._inbox.subject)

    async def _arrived(self, message: Msg) -> None:
        self._heard = time.monotonic()
        status = (message.headers or {}).get("Status")
        if status is None:
            self._requested = max(0, self._requested - 1)
            self._start(message)
        elif status != _ALIVE:
            unmet = (message.headers or {}).get("Nats-Pending-Messages")
            self._requested = max(0, self._requested - int(unmet)) if unmet else 0
            if status == _EXPIRED:
                self._wake.set()
            else:
                self._known = False  # the next tick finds out what became of the consumer

    async def _show_life(self) -> None:
        """Tells the server that what is being handled is alive, before it gives it to someone else."""
        if time.monotonic() - self._shown < self._subscription.ack_wait.total_seconds() / 3:
            return
        self._shown = time.monotonic()
        for message in list(self._tasks.values()):
            if not message.is_acked:
                await message.in_progress()

    async def _take(self, message: Msg) -> None:
        async with self._free:
            try:
                outcome = await self._settle(message)
            except (nats.errors.Error, JetStreamError, Unavailable) as error:
                # Nothing was told to the server, so it delivers again.
                outcome = "unacknowledged"
                log.warning("delivery_not_settled", consumer=self._subscription.durable, reason=type(error).__name__)
            self._count(outcome)

    async def _settle(self, message: Msg) -> str:
        only_for = (message.headers or {}).get(dead.ONLY_FOR)
        if only_for not in {None, self._subscription.durable}:
            await message.ack()
            return "for_another"
        return await self._attempt(message, message.metadata.num_delivered)

    async def _attempt(self, message: Msg, attempt: int) -> str:
        if attempt > self._subscription.max_deliver:
            return await self._bury(message, attempt, "no attempt lived to its end")
        try:
            await self._handle(self._open(message, attempt))
        except asyncio.CancelledError:
            await message.nak()
            raise
        except PermanentFailure as error:
            return await self._bury(message, attempt, str(error) or type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it was, the message is tried again
            if attempt >= self._subscription.max_deliver:
                return await self._bury(message, attempt, f"failed {attempt} times, last with {type(error).__name__}")
            await message.nak(delay=back_off(attempt))
            return "failed"
        await message.ack()
        return "done"

    async def _bury(self, message: Msg, attempt: int, reason: str) -> str:
        log.error("delivery_dead", consumer=self._subscription.durable, attempt=attempt, reason=reason)
        await self._tell_given_up(message, attempt)
        await dead.bury(self._bus, message, self._subscription.durable, attempt, reason)
        await message.term()
        return "dead"

    async def _tell_given_up(self, message: Msg, attempt: int) -> None:
        """Raises: Unavailable, and then the message comes again; any other failure leaves it a letter all the same."""
        if self._subscription.given_up is None:
            return
        try:
            await self._subscription.given_up(self._open(message, attempt))
        except Unavailable:
            raise
        except Malformed:
            return  # it says for nobody whom to tell
        except Exception:
            log.exception("giving_up_broke", consumer=self._subscription.durable)


def back_off(attempt: int) -> float:
    """Seconds before the next attempt: exponential with full jitter."""
    return jitter.between(0, min(_LONGEST_DELAY, _FIRST_DELAY * 2**attempt))
