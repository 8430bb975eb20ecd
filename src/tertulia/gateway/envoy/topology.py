"""Where everything is and how much of it there may be: all that the generated configuration depends on.

Sizes are those of Python upstreams: a service is refused work long before it would drown in it, except that thousands
of quiet event streams must fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from tertulia.contracts.routes import ServiceName


@dataclass(frozen=True)
class Endpoint:
    """An address to listen on or to connect to. A name instead of an IP address makes its cluster a DNS one."""

    host: str
    port: int


@dataclass(frozen=True)
class Breaker:
    """What may be open towards one service at once; the rest is refused with 503 ``overloaded``."""

    connections: int = 64
    pending: int = 128
    requests: int = 256


def _breakers() -> Mapping[ServiceName, Breaker]:
    """A stream holds a connection for as long as it lives, so chat and orchestrator have room for thousands.

    Every call asks the gateway, so that thousands may wait for it when all come back at once.
    """
    return MappingProxyType(
        {
            "auth": Breaker(),
            "chat": Breaker(connections=4096, pending=256, requests=4096),
            "orchestrator": Breaker(connections=2048, pending=256, requests=2048),
            "gateway": Breaker(connections=256, pending=4096, requests=4096),
        }
    )


@dataclass(frozen=True)
class Topology:
    """``internal`` and ``admin`` belong on loopback or a private network: nobody is asked who he is there."""

    services: Mapping[ServiceName, tuple[Endpoint, ...]]
    public: Endpoint
    internal: Endpoint
    admin: Endpoint
    public_url: str = "http://localhost:4000"
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: int = 0
    """How many proxies of one's own stand before Envoy: so many entries of X-Forwarded-For are believed."""
    breakers: Mapping[ServiceName, Breaker] = field(default_factory=_breakers)
    max_connections: int = 10_000
    header_kilobytes: int = 32
    header_count: int = 100
    headers_within: timedelta = timedelta(seconds=10)
    request_within: timedelta = timedelta(seconds=60)
    stream_idle: timedelta = timedelta(minutes=5)
    authorise_within: timedelta = timedelta(seconds=5)
    probe_every: timedelta = timedelta(seconds=1)
    access_log: bool = True

    @property
    def https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"
