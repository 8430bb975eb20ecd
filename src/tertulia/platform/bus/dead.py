"""Dead letters: what no attempt could handle, kept for 30 days with the reason, to be looked at and sent again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from nats.aio.msg import Msg
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from tertulia.platform.bus import streams
from tertulia.platform.bus.envelope import DEDUPLICATION, ID
from tertulia.platform.errors import NotFound

if TYPE_CHECKING:
    from tertulia.platform.bus.connection import Bus

ONLY_FOR = "Tertulia-Only-For"
"""A replayed event is for the consumer that failed; the others let it pass."""

_SUBJECT = "Tertulia-Dead-Subject"
_CONSUMER = "Tertulia-Dead-Consumer"
_REASON = "Tertulia-Dead-Reason"
_DELIVERIES = "Tertulia-Dead-Deliveries"
_DIED = "Tertulia-Dead-At"
_ABOUT_DEATH = frozenset({_SUBJECT, _CONSUMER, _REASON, _DELIVERIES, _DIED, DEDUPLICATION, ONLY_FOR})


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """``sequence`` names it to ``show`` and ``replay``; ``headers`` are those that it arrived with."""

    sequence: int
    subject: str
    consumer: str
    reason: str
    deliveries: int
    died_at: datetime
    headers: Mapping[str, str]
    body: bytes


async def bury(bus: "Bus", message: Msg, consumer: str, deliveries: int, reason: str) -> None:
    headers = dict(message.headers or {})
    identity = headers.get(ID) or f"{message.metadata.stream}.{message.metadata.sequence.stream}"
    headers |= {
        _SUBJECT: message.subject,
        _CONSUMER: consumer,
        _REASON: " ".join(reason.split())[:500],
        _DELIVERIES: str(deliveries),
        _DIED: datetime.now(UTC).isoformat(),
        DEDUPLICATION: f"{identity}.{consumer}.{message.metadata.sequence.stream}",
    }
    await bus.put(f"dead.{message.subject}", headers, message.data)


async def listing(bus: "Bus", *, after: int = 0, limit: int = 100) -> list[DeadLetter]:
    """The oldest first, from behind the sequence ``after``."""
    letters: list[DeadLetter] = []
    await bus.ready()
    while len(letters) < limit:
        try:
            raw = await bus.jetstream().get_msg(streams.DEAD, after + 1, subject="dead.>", next=True)
        except NotFoundError:
            break
        letters.append(_read(raw))
        after = letters[-1].sequence
    return letters


async def show(bus: "Bus", sequence: int) -> DeadLetter:
    await bus.ready()
    try:
        return _read(await bus.jetstream().get_msg(streams.DEAD, sequence))
    except NotFoundError:
        raise NotFound(f"There is no dead letter {sequence}.") from None


async def replay(bus: "Bus", sequence: int) -> DeadLetter:
    """Sends it again, with its own id, to the consumer that could not handle it, and takes it off the list."""
    letter = await show(bus, sequence)
    headers = dict(letter.headers)
    headers |= {ONLY_FOR: letter.consumer, DEDUPLICATION: f"{headers.get(ID, 'letter')}.replay.{sequence}"}
    await bus.put(letter.subject, headers, letter.body)
    await bus.jetstream().delete_msg(streams.DEAD, sequence)
    return letter


def _read(raw: RawStreamMsg) -> DeadLetter:
    headers = raw.headers or {}
    return DeadLetter(
        sequence=raw.seq or 0,
        subject=headers[_SUBJECT],
        consumer=headers[_CONSUMER],
        reason=headers[_REASON],
        deliveries=int(headers[_DELIVERIES]),
        died_at=datetime.fromisoformat(headers[_DIED]),
        headers={name: value for name, value in headers.items() if name not in _ABOUT_DEATH},
        body=raw.data or b"",
    )
