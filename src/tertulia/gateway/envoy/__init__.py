"""Envoy's configuration, made from one typed description of where the services are.

``write`` lays down a bootstrap and the files that Envoy watches (listeners, clusters, endpoints); ``write_endpoints``
changes live where one service is. Routes come from ``contracts.routes``. Starting Envoy is left to whoever runs the
machine; its numbers (breakers, health, ejections) are Prometheus metrics at ``/stats/prometheus`` of the admin address.
"""

from tertulia.gateway.envoy.files import write, write_endpoints
from tertulia.gateway.envoy.topology import Breaker, Endpoint, Topology

__all__ = ["Breaker", "Endpoint", "Topology", "write", "write_endpoints"]
