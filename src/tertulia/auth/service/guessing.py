"""How often a password may be tried: per account, and per device that has signed in to it before.

Never a hard lock: a stranger can use up an account's tries, but not those of its owner's known devices. Tries per
address are counted at the gateway; a right password gives both back, so that only wrong ones count.
"""

from dataclasses import dataclass
from datetime import timedelta

from tertulia.auth.service.secrets import Secrets
from tertulia.contracts.limits import (
    credential_account_bucket,
    credential_address_bucket,
    credential_device_bucket,
)
from tertulia.platform.errors import RateLimited
from tertulia.platform.limits import Bucket, Decision, Limits


class TooManyTries(RateLimited):
    code, title = "too_many_tries", "Too many tries"


@dataclass(frozen=True)
class Client:
    """Where a call comes from. ``counted_address``: the gateway has taken a try from its bucket."""

    address: str = ""
    user_agent: str = ""
    device: str | None = None
    counted_address: bool = False


@dataclass(frozen=True)
class Try:
    """What one try has cost."""

    buckets: tuple[Bucket, ...]


class Guessing:
    def __init__(self, limits: Limits, secrets: Secrets) -> None:
        self._limits = limits
        self._secrets = secrets

    async def admit(self, email_digest: str, client: Client) -> Try:
        """Raises: TooManyTries, the same for accounts that exist and those that do not."""
        address = (credential_address_bucket(client.address),) if client.counted_address else ()
        device = self._secrets.known_device(client.device, email_digest)
        if device is not None:
            own = credential_device_bucket(device)
            if (await self._limits.admit([own])).allowed:
                return Try((own, *address))
        account = credential_account_bucket(email_digest)
        decision = await self._limits.admit([account])
        if decision.allowed:
            return Try((account, *address))
        raise TooManyTries("Too many tries. Wait a little, then try again.", retry_after=_wait(decision))

    async def forgive(self, spent: Try) -> None:
        """The secret was right."""
        for bucket in spent.buckets:
            await self._limits.refund(bucket)

    async def forgive_address(self, client: Client) -> None:
        if client.counted_address:
            await self._limits.refund(credential_address_bucket(client.address))


def _wait(decision: Decision) -> timedelta:
    return decision.retry_after or timedelta(minutes=1)
