"""What travels: a message's JSON with its metadata in NATS headers, and what a handler is given of it.

The id is the message's for life: in the outbox, as ``Nats-Msg-Id`` (so that the server drops a second copy) and as the
key of ``WriteSession.first_time``.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from tertulia.platform import context, telemetry
from tertulia.platform.ids import uuid7
from tertulia.platform.message import Message

M = TypeVar("M", bound=Message)

ID = "Tertulia-Id"
DEDUPLICATION = "Nats-Msg-Id"
_WORKSPACE = "Tertulia-Workspace"
_OCCURRED = "Tertulia-Occurred-At"
_REQUEST = "X-Request-ID"
_TRACEPARENT = "traceparent"
_LARGEST = 256 * 1024


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """``body`` is the message as JSON; the rest says which it is, since when, and in the course of what."""

    id: UUID
    subject: str
    workspace_id: UUID | None = None
    occurred_at: datetime
    request_id: str = ""
    traceparent: str = ""
    body: bytes
    patient: bool = False

    def headers(self) -> dict[str, str]:
        headers = {DEDUPLICATION: str(self.id), ID: str(self.id), _OCCURRED: self.occurred_at.isoformat()}
        if self.workspace_id is not None:
            headers[_WORKSPACE] = str(self.workspace_id)
        if self.request_id:
            headers[_REQUEST] = self.request_id
        if self.traceparent:
            headers[_TRACEPARENT] = self.traceparent
        return headers

    @classmethod
    def received(cls, subject: str, headers: Mapping[str, str], body: bytes) -> "Envelope":
        """Raises ValueError or KeyError when the headers are not those of an envelope."""
        workspace = headers.get(_WORKSPACE)
        return cls(
            id=UUID(headers[ID]),
            subject=subject,
            workspace_id=UUID(workspace) if workspace else None,
            occurred_at=datetime.fromisoformat(headers[_OCCURRED]),
            request_id=headers.get(_REQUEST, ""),
            traceparent=headers.get(_TRACEPARENT, ""),
            body=body,
        )

    def row(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        return {**{name: getattr(self, name) for name in _KEPT}, "body": self.body.decode()}

    @classmethod
    def from_row(cls, row: Any) -> "Envelope":
        fields = {name: row[name] for name in _KEPT}
        return cls(**{**fields, "body": row["body"].encode()})


_KEPT = tuple(name for name in Envelope.__struct_fields__ if name != "patient")


def seal(message: Message) -> Envelope:
    """A new envelope, in the course of the call being served."""
    call = context.current()
    body = msgspec.json.encode(message)
    if len(body) > _LARGEST:
        raise ValueError(f"a message of {len(body)} bytes: send ids, and let the reader fetch the rest")
    return Envelope(
        id=uuid7(),
        subject=message.subject,
        workspace_id=message.workspace_id,
        occurred_at=datetime.now(UTC),
        request_id=call.request_id,
        traceparent=telemetry.outgoing_traceparent() if call.traceparent else "",
        body=body,
        patient=message.patient,
    )


@dataclass(frozen=True, slots=True)
class Delivery(Generic[M]):
    """``attempt`` counts from 1; ``id`` is the same in every delivery of one message. ``replayed``: it had been given
    up, and somebody wants it handled all the same.
    """

    message: M
    id: UUID
    attempt: int
    envelope: Envelope
    replayed: bool = False


@dataclass(frozen=True)
class Subscription(Generic[M]):
    """Who handles a kind of message.

    ``durable`` names the consumer: its replicas share the deliveries, and a lost one is made good after ``ack_wait``.
    A handler that returns has done it; one that raises gets it again, later and later, and after ``max_deliver`` times
    it is a dead letter. ``given_up`` is told before, perhaps more than once, to end what waits for the message.
    ``broadcast``: every replica gets it, once, and only while it is there.
    """

    message: type[M]
    durable: str
    handler: Callable[[Delivery[M]], Awaitable[None]]
    concurrency: int = 16
    ack_wait: timedelta = timedelta(seconds=10)
    max_deliver: int = 8
    given_up: Callable[[Delivery[M]], Awaitable[None]] | None = None
    broadcast: bool = False


class PermanentFailure(Exception):
    """Raised by a handler whose message will never succeed: it becomes a dead letter at once."""
