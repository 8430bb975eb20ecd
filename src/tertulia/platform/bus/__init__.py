"""The message bus: events and jobs over NATS JetStream, at least once. The only door to nats.

Streams ``EVENTS`` (7 days, for everyone), ``JOBS`` (a work queue) and ``DEAD`` (what could not be handled). A message
gets here through the outbox, so the bus is never the only copy; making an effect happen once is ``first_time``'s part.
"""

from tertulia.platform.bus.connection import Bus
from tertulia.platform.bus.envelope import Delivery, Envelope, PermanentFailure, Subscription
from tertulia.platform.message import Event, Job, Message

__all__ = [
    "Bus",
    "Delivery",
    "Envelope",
    "Event",
    "Job",
    "Message",
    "PermanentFailure",
    "Subscription",
]
