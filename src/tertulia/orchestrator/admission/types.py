"""What is asked of a provider's gate, within which bounds, and how it refuses."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import msgspec

from tertulia.platform.errors import RateLimited, Unavailable

MINUTE = timedelta(minutes=1)


class ProviderLimits(msgspec.Struct, frozen=True):
    """What a provider lets all of us together do: requests and tokens in each ``per``, calls at once."""

    requests: int | None = None
    tokens: int | None = None
    concurrency: int | None = None
    per: timedelta = MINUTE

    def __bool__(self) -> bool:
        return not (self.requests is None and self.tokens is None and self.concurrency is None)


class Bounds(msgspec.Struct, frozen=True):
    """``lease``: how long a permit or a place in the queue outlives the last sign of its holder."""

    waiting: int = 1000
    waiting_of_workspace: int = 100
    lease: timedelta = timedelta(seconds=9)


class Ask(msgspec.Struct, frozen=True):
    """For whom, with which weight, and the tokens that the call will probably use.

    ``shown`` hears of the place in the queue; each that it hears of is nearer to the front than the last. ``batch``:
    nobody waits for the answer, so every call that somebody waits for goes first.
    """

    workspace_id: UUID
    plan: str
    tokens: int
    patience: timedelta
    shown: Callable[[int], None] | None = None
    batch: bool = False

    @property
    def kind(self) -> str:
        return "batch" if self.batch else "interactive"


class WorkspaceQueueFull(RateLimited):
    code, title = "queue_full", "Too many of this workspace's requests are waiting"
    openai_code = "rate_limit_exceeded"


class QueueFull(Unavailable):
    code, title = "provider_queue_full", "Too many requests are waiting for the model's provider"


class NotAdmittedInTime(Unavailable):
    code, title = "queue_timeout", "Waited too long for the model's provider"
