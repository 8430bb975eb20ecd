"""Puts the configuration on disk in the way Envoy takes it up: a new file is renamed over the old one.

Envoy watches a directory a kind of thing and looks at a file again only when something is moved into its directory;
a change of endpoints therefore touches nothing but that service's file.
"""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tertulia.contracts.routes import ServiceName
from tertulia.gateway.envoy.clusters import assignment, cluster
from tertulia.gateway.envoy.listeners import internal_listener, public_listener
from tertulia.gateway.envoy.terms import Json, address, extension, typed
from tertulia.gateway.envoy.topology import Endpoint, Topology


def write(directory: Path, topology: Topology) -> Path:
    """Writes everything and returns the bootstrap's path, for ``envoy -c``. A running Envoy takes up what changed."""
    directory = directory.resolve()
    for service, endpoints in topology.services.items():
        write_endpoints(directory, service, endpoints)
    clusters = [
        typed(
            "envoy.config.cluster.v3.Cluster",
            **cluster(service, topology, str(_endpoints(directory, service)), str(directory / "endpoints")),
        )
        for service in topology.services
    ]
    _put(directory / "clusters" / "clusters.json", {"resources": clusters})
    listeners = [public_listener(topology), internal_listener(topology)]
    _put(directory / "listeners" / "listeners.json", {"resources": listeners})
    bootstrap = directory / "bootstrap.json"
    _put(bootstrap, _bootstrap(directory, topology))
    return bootstrap


def write_endpoints(directory: Path, service: ServiceName, endpoints: Iterable[Endpoint]) -> None:
    """Says, to a running Envoy too, where a service is from now on."""
    message = typed(
        "envoy.config.endpoint.v3.ClusterLoadAssignment",
        **assignment(service, tuple(endpoints)),
    )
    _put(_endpoints(directory.resolve(), service), {"resources": [message]})


def _bootstrap(directory: Path, topology: Topology) -> Json:
    return {
        "node": {"id": "edge", "cluster": "tertulia"},
        "admin": {"address": address(topology.admin)},
        "dynamic_resources": {
            "lds_config": _watched(directory / "listeners" / "listeners.json"),
            "cds_config": _watched(directory / "clusters" / "clusters.json"),
        },
        "overload_manager": {
            "resource_monitors": [
                extension(
                    "envoy.resource_monitors.global_downstream_max_connections",
                    "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                    max_active_downstream_connections=topology.max_connections,
                )
            ]
        },
    }


def _watched(path: Path) -> Json:
    return {
        "resource_api_version": "V3",
        "path_config_source": {"path": str(path), "watched_directory": {"path": str(path.parent)}},
    }


def _endpoints(directory: Path, service: str) -> Path:
    return directory / "endpoints" / f"{service}.json"


def _put(path: Path, content: Json) -> None:
    """An unchanged file stays as it is, so that Envoy has nothing to take up."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
