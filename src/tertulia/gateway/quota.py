"""What a call is counted against, and how the caller is told: OpenAI's headers and those of the RateLimit draft.

The draft is draft-ietf-httpapi-ratelimit-headers. Names and sizes of what is counted are in ``contracts.limits``, the
counting itself is ``platform.limits``'.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from uuid import UUID

import msgspec

from tertulia.contracts.limits import call_bucket, credential_address_bucket, lease, request_bucket, token_bucket
from tertulia.contracts.routes import Limit, Route
from tertulia.platform.errors import RateLimited
from tertulia.platform.limits import Bucket, Decision, LeaseLimit

PERSON_PLAN = "pro"
"""What a person may ask about the account alone, whatever their workspaces' plans."""

Headers = list[tuple[bytes, bytes]]
_MINUTE = timedelta(minutes=1)


class Quota(msgspec.Struct, frozen=True):
    """Buckets with the name that the caller knows each by."""

    names: tuple[str, ...]
    buckets: tuple[Bucket, ...]
    leases: tuple[LeaseLimit, ...] = ()


def of_address(route: Route, address: str, flood_per_minute: int) -> Quota:
    """For a call that proves nothing about itself, or is a try at a secret."""
    if route.limit in (Limit.CREDENTIAL, Limit.SIGNUP):
        return Quota(("requests",), (credential_address_bucket(address),))
    return flood(address, flood_per_minute)


def flood(address: str, per_minute: int) -> Quota:
    return Quota(("requests",), (Bucket(f"limit:flood:{address}", per_minute, _MINUTE),))


def of_person(user_id: UUID) -> Quota:
    return Quota(("requests",), (call_bucket(user_id, PERSON_PLAN),))


def of_workspace(workspace_id: UUID, plan: str) -> Quota:
    return Quota(("requests",), (call_bucket(workspace_id, plan),))


def of_generation(workspace_id: UUID, plan: str, lease_id: str) -> Quota:
    """The orchestrator debits the tokens that were really used: here only an empty bucket refuses."""
    return Quota(
        ("requests", "tokens"),
        (request_bucket(workspace_id, plan), token_bucket(workspace_id, plan, cost=0)),
        (lease(workspace_id, plan, lease_id),),
    )


def headers(quota: Quota, decision: Decision) -> Headers:
    """Both families; a lease shows in neither, since it does not come back with time."""
    told: Headers = []
    policies, states = [], []
    for name, bucket, state in zip(quota.names, quota.buckets, decision.states, strict=False):
        limit, remaining, seconds = b"%d" % state.limit, b"%d" % state.remaining, ceil(state.reset.total_seconds())
        label = name.encode()
        told += (
            (b"x-ratelimit-limit-" + label, limit),
            (b"x-ratelimit-remaining-" + label, remaining),
            (b"x-ratelimit-reset-" + label, b"%ds" % seconds),
        )
        policies.append(b'"%b";q=%b;w=%d' % (label, limit, bucket.per.total_seconds()))
        states.append(b'"%b";r=%b;t=%d' % (label, remaining, seconds))
    told += ((b"ratelimit-policy", b", ".join(policies)), (b"ratelimit", b", ".join(states)))
    return told


def refusal(quota: Quota, decision: Decision, told: Headers) -> RateLimited:
    """Says which limit, and when it is worth trying again."""
    which = _which(quota.buckets, quota.names, decision.denied_by)
    detail = {
        "requests": "Too many requests in too short a time.",
        "tokens": "The workspace has used the tokens that its plan allows a minute.",
    }.get(which, "Too many answers are being written for this workspace at once.")
    return RateLimited(
        f"{detail} Wait a little and try again.",
        retry_after=decision.retry_after,
        headers={name.decode(): value.decode() for name, value in told},
    )


def _which(buckets: Sequence[Bucket], names: Sequence[str], denied_by: str | None) -> str:
    return next((name for bucket, name in zip(buckets, names, strict=True) if bucket.key == denied_by), "concurrency")
