"""The base of everything that crosses the bus: an event (a fact, in the past tense) or a job (a request to do).

The types themselves are the product's and live in ``tertulia.contracts``. A message carries ids, numbers and codes,
never what people wrote.
"""

from typing import ClassVar
from uuid import UUID

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen data with the subject that it travels under; ``workspace_id`` is the tenant it is about, if any."""

    subject: ClassVar[str]
    patient: ClassVar[bool] = False
    """Nobody waits for it: it may stay for a moment, so that many go together."""

    workspace_id: UUID | None = None


class Event(Message, frozen=True, kw_only=True):
    """Something that happened: subject ``event.<service>.<past_tense>.v<N>``."""


class Job(Message, frozen=True, kw_only=True):
    """Something to be done, once: subject ``job.<service>.<imperative>.v<N>``."""
