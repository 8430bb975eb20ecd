"""The names of what is counted, so that whoever takes from a bucket and whoever gives back mean the same one.

The gateway takes for every call; auth gives a try back when the secret was right; the orchestrator debits the tokens
that were really used, keeps the place of a generation while it runs and releases it at its end. How counting works is
``tertulia.platform.limits``'; what a plan allows is ``contracts.access``'.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from tertulia.contracts.access import PLANS, PlanLimits
from tertulia.platform.limits import Bucket, LeaseLimit

CREDENTIAL_TRIES = 20
CREDENTIAL_WINDOW = timedelta(minutes=15)
PLACE_TTL = timedelta(seconds=30)
"""A generation's place is free again after this long without a word from who works on it."""

WAITING_TTL = timedelta(minutes=10)
"""The same for a generation whose job waits for a worker: nobody can speak for it meanwhile."""

ADDRESS_HEADER = "x-tertulia-address"
"""The caller's address as the gateway counted it, on the way to the service behind; stripped from the outside."""

REVOKED_TTL = timedelta(hours=1)
"""How long a revocation is marked: longer than any access token or cached answer about a credential lives."""

_MINUTE = timedelta(minutes=1)
_TRIES_WITHOUT_VALKEY = 0.5
"""People behind one address must be able to sign in meanwhile; a guesser gains nothing worth having."""
_IPV6_SITE_BITS = 64


def credential_address_bucket(address: str) -> Bucket:
    """Tries at any secret from one address (for IPv6 from one /64, which one household has)."""
    return _tries(f"limit:credential:address:{_site(address)}")


def credential_account_bucket(email_hash: str) -> Bucket:
    """Tries at one account's password, from wherever; for accounts that do not exist as well."""
    return _tries(f"limit:credential:account:{email_hash}")


def credential_device_bucket(device: str) -> Bucket:
    """Tries from a device that has signed in to this account before: strangers cannot use these up."""
    return _tries(f"limit:credential:device:{device}")


def request_bucket(workspace_id: UUID, plan: str) -> Bucket:
    """Generations that are asked for."""
    return Bucket(f"limit:requests:{{{workspace_id}}}", limits_of(plan).requests_per_minute, _MINUTE)


def call_bucket(workspace_id: UUID, plan: str) -> Bucket:
    """Calls that cost no model anything: reading and arranging, as a page does by the dozen."""
    return Bucket(f"limit:calls:{{{workspace_id}}}", limits_of(plan).calls_per_minute, _MINUTE)


def token_bucket(workspace_id: UUID, plan: str, cost: int = 0) -> Bucket:
    """With cost 0 it must only hold something: what a call uses is known when it has ended."""
    return Bucket(f"limit:tokens:{{{workspace_id}}}", limits_of(plan).tokens_per_minute, _MINUTE, cost)


def lease(workspace_id: UUID, plan: str, lease_id: str, ttl: timedelta = PLACE_TTL) -> LeaseLimit:
    """One of the generations that a workspace may have running at once.

    The gateway takes it for ``PLACE_TTL``, should the call never arrive; who takes the generation up holds it.
    """
    return LeaseLimit(f"limit:leases:{{{workspace_id}}}", lease_id, limits_of(plan).concurrency, ttl)


def revoked_key(credential_id: UUID) -> str:
    """The marker that a session, its tokens or an API key is good no more."""
    return f"revoked:{credential_id}"


def limits_of(plan: str) -> PlanLimits:
    """A plan that this version does not know (a newer auth, an older gateway) gets the smallest."""
    return PLANS.get(plan, PLANS["free"])


def _tries(key: str) -> Bucket:
    return Bucket(key, CREDENTIAL_TRIES, CREDENTIAL_WINDOW, local_share=_TRIES_WITHOUT_VALKEY)


def _site(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS))
