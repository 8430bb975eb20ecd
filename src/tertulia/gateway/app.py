"""Puts the gateway together: the answers for Envoy, the web page, the summed-up readiness and the merged document."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from tertulia.contracts.routes import ServiceName
from tertulia.gateway.authorise import Authoriser, Policy
from tertulia.gateway.consumers import subscriptions
from tertulia.gateway.envoy.listeners import AUTHORISE_PREFIX
from tertulia.gateway.envoy.paths import SUMMARY_PATH
from tertulia.gateway.jwks import Jwks
from tertulia.gateway.openapi import OpenApi
from tertulia.gateway.pages import Pages, default_directory
from tertulia.gateway.principal import Principals
from tertulia.gateway.settings import GatewaySettings
from tertulia.gateway.summary import Summary
from tertulia.platform.bus import Bus
from tertulia.platform.http import InternalClient
from tertulia.platform.identity import IdentityIssuer
from tertulia.platform.lifecycle import Service
from tertulia.platform.limits import Limits
from tertulia.platform.settings import load
from tertulia.platform.signatures import load_private_key
from tertulia.platform.valkey import Valkey

BEHIND: tuple[ServiceName, ...] = ("auth", "chat", "orchestrator")


def build(environ: Mapping[str, str]) -> Service:
    settings = load(GatewaySettings, environ)
    key = load_private_key(settings.key_file)
    client = InternalClient(settings.internal_url, "gateway", key)
    valkey = Valkey(settings.valkey_url.get_secret_value(), name="gateway")
    bus = Bus(settings.nats_url.get_secret_value(), "gateway")
    jwks = Jwks(client, f"{settings.internal_url}/.well-known/jwks.json", settings.public_url)
    principals = Principals(client, jwks, fresh=settings.remember, while_away=settings.remember_while_away)
    # What was announced while the bus was away has not been heard.
    bus.when_ready(principals.forget_everything)
    policy = Policy(settings.public_url.startswith("https://"), settings.origins, settings.flood_per_minute)
    authorise = Authoriser(principals, Limits(valkey), IdentityIssuer(key), policy)
    others: dict[str, ASGIApp] = {
        SUMMARY_PATH: Summary(client, settings.internal_url, BEHIND, {"valkey": valkey.check}),
        "/api/openapi.json": OpenApi(client, settings.internal_url, BEHIND),
    }
    pages = Pages(settings.web_dir or default_directory())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(AUTHORISE_PREFIX):
            await authorise(scope, receive, send)
        else:
            await others.get(path, pages)(scope, receive, send)

    async def hear() -> None:
        await bus.run(subscriptions(principals))

    # Nothing is checked: without Valkey there are local limits, without the bus or auth what is known serves on.
    return Service("gateway", app, settings, resources=[client, valkey, bus], checks={}, workers=[hear])
