"""Hears of changed access and lets what was known of it be forgotten, in every replica."""

from tertulia.contracts.auth import AccessChanged
from tertulia.gateway.principal import Principals
from tertulia.platform.bus import Delivery, Subscription


def subscriptions(principals: Principals) -> list[Subscription[AccessChanged]]:
    async def forget(delivery: Delivery[AccessChanged]) -> None:
        principals.forget(delivery.message)

    return [Subscription(AccessChanged, durable="gateway_access", handler=forget, broadcast=True)]
