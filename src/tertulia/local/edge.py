"""Writes Envoy's configuration, in a process forked from the zygote: the supervisor has none of the gateway's code.

A running Envoy takes up what has changed; what has not is left untouched.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tertulia.gateway.envoy import Endpoint


def write(arguments: Sequence[str], _: Mapping[str, str]) -> int:
    """Arguments: the directory, and where everything is, as JSON."""
    from tertulia.gateway import envoy

    directory, text = arguments
    said: dict[str, Any] = json.loads(text)
    topology = envoy.Topology(
        services={name: tuple(map(_endpoint, places)) for name, places in said["services"].items()},
        public=_endpoint(said["public"]),
        internal=_endpoint(said["internal"]),
        admin=_endpoint(said["admin"]),
        public_url=said["public_url"],
        cors_origins=tuple(said["cors_origins"]),
        trusted_proxies=said["trusted_proxies"],
    )
    envoy.write(Path(directory), topology)
    return os.EX_OK


def _endpoint(place: list[Any]) -> "Endpoint":
    from tertulia.gateway.envoy import Endpoint

    host, port = place
    return Endpoint(host, port)
