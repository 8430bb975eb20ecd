"""The call being served, for whoever needs to know of it without being handed it: logs, errors, outgoing calls.

One context variable holds one small object, so that a request pays for one lookup. The HTTP middleware and the bus set
it and take it away again; tasks started within a call share it. What a rule depends on is passed as an argument, never
read from here.
"""

import random
import re
import secrets
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any
from uuid import UUID

REQUEST_ID_HEADER = "x-request-id"
TRACEPARENT_HEADER = "traceparent"
DEADLINE_HEADER = "x-tertulia-deadline-ms"
"""Milliseconds that are left, not a clock time: the clocks of two machines need not agree."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_ROUTE = "tertulia.route"


@dataclass(slots=True)
class CallContext:
    """``deadline`` is on ``time.monotonic``'s clock; ``identity`` is the caller's signed token, to be passed on.

    ``plan`` is what the tenant pays for, by which metrics tell classes of tenants apart.
    """

    request_id: str = ""
    workspace_id: UUID | None = None
    traceparent: str = ""
    deadline: float | None = None
    identity: str | None = None
    plan: str = ""

    @property
    def trace_id(self) -> str:
        return self.traceparent[3:35]

    def remaining(self) -> float | None:
        """Seconds until the deadline (negative when past), or None when the call has none."""
        return None if self.deadline is None else self.deadline - time.monotonic()


_NOTHING = CallContext()
_current: ContextVar[CallContext] = ContextVar("tertulia_call")


def current() -> CallContext:
    """The call being served; outside of one, an empty context that must not be written to."""
    return _current.get(_NOTHING)


def name_plan(plan: str) -> None:
    """A handler that learns only from its message whose work it does says what that tenant pays for, for metrics."""
    if (call := current()) is not _NOTHING:
        call.plan = plan


def enter(call: CallContext) -> Token[CallContext]:
    """Set the call; give what this returns to ``leave``."""
    return _current.set(call)


def leave(token: Token[CallContext]) -> None:
    _current.reset(token)


@contextmanager
def serving(call: CallContext) -> Iterator[CallContext]:
    """Within the block, ``current()`` is this call."""
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def accept_request_id(offered: str | None) -> str:
    """The offered id when it is ``[A-Za-z0-9_-]{1,128}``, else a new one."""
    return offered if offered and _REQUEST_ID.fullmatch(offered) else secrets.token_hex(16)


def accept_traceparent(offered: str | None) -> str:
    """The offered W3C ``traceparent`` when it is one of version 00, else the start of a new, unsampled trace."""
    if offered and _TRACEPARENT.fullmatch(offered):
        return offered
    return f"00-{_random_bits(128):032x}-{_random_bits(64):016x}-00"


def child_traceparent(parent: str) -> str:
    """The same trace with a new span id, for an outgoing call."""
    return f"{parent[:36]}{_random_bits(64):016x}{parent[52:]}"


def _random_bits(count: int) -> int:
    """Never 0, which W3C forbids. A trace's ids need to be different, not secret: this costs no system call."""
    return random.getrandbits(count) or 1


def accept_deadline(offered: str | None) -> float | None:
    """``x-tertulia-deadline-ms`` as a time on the monotonic clock; nonsense is no deadline."""
    if not offered or not offered.isascii() or not offered.isdigit() or len(offered) > 9:  # noqa: PLR2004 - 11 days in ms
        return None
    return time.monotonic() + int(offered) / 1000


def name_route(scope: MutableMapping[str, Any], template: str) -> None:
    """A bare ASGI handler says which route it is, for metrics and logs (FastAPI's routes say it themselves)."""
    scope[_ROUTE] = template


def route_name(scope: MutableMapping[str, Any]) -> str:
    """The route's template, or ``unmatched``: never the raw path, which has no bound."""
    named = scope.get(_ROUTE) or getattr(scope.get("route"), "path", None)
    return named if isinstance(named, str) else "unmatched"
