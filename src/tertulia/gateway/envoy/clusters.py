"""The services as Envoy sees them: where each is, when it counts as sick, and how much may be open towards it."""

import ipaddress

from tertulia.contracts.routes import ServiceName
from tertulia.gateway.envoy.terms import Json, address, duration, typed
from tertulia.gateway.envoy.topology import Breaker, Endpoint, Topology

CONNECT_WITHIN = "1s"
IDLE_CONNECTION = "60s"
"""Shorter than the services' own, so that it is Envoy that closes an idle connection, never in a request's face."""
BUFFER_BYTES = 64 * 1024


def cluster(service: ServiceName, topology: Topology, endpoints_path: str, endpoints_directory: str) -> Json:
    named = any(not _is_address(endpoint.host) for endpoint in topology.services[service])
    return {
        "name": service,
        **(_by_name(service, topology) if named else _by_file(service, endpoints_path, endpoints_directory)),
        "connect_timeout": CONNECT_WITHIN,
        "lb_policy": "LEAST_REQUEST",
        "per_connection_buffer_limit_bytes": BUFFER_BYTES,
        # A replica that was taken away gets nothing more, though it still answers its probes while it drains.
        "ignore_health_on_host_removal": True,
        # With some replicas healthy only these are used; with none the call is tried anyway and fails fast by itself.
        "common_lb_config": {"healthy_panic_threshold": {"value": 1.0}},
        "health_checks": [_probe(topology)],
        "outlier_detection": _outliers(),
        "circuit_breakers": {"thresholds": [_thresholds(topology.breakers.get(service, Breaker()))]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                explicit_http_config={"http_protocol_options": {}},
                common_http_protocol_options={"idle_timeout": IDLE_CONNECTION},
            )
        },
    }


def assignment(service: str, endpoints: tuple[Endpoint, ...]) -> Json:
    """A service's endpoints, in the shape that EDS and DNS clusters share."""
    return {
        "cluster_name": service,
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(one)}} for one in endpoints]}],
    }


def _by_file(service: str, path: str, directory: str) -> Json:
    source = {"path_config_source": {"path": path, "watched_directory": {"path": directory}}}
    return {
        "type": "EDS",
        "eds_cluster_config": {"eds_config": {"resource_api_version": "V3", **source}, "service_name": service},
    }


def _by_name(service: ServiceName, topology: Topology) -> Json:
    """On a cluster the name's addresses are the replicas, and follow it as they come and go."""
    return {
        "type": "STRICT_DNS",
        "dns_refresh_rate": "5s",
        "respect_dns_ttl": True,
        "load_assignment": assignment(service, topology.services[service]),
    }


def _probe(topology: Topology) -> Json:
    every = duration(topology.probe_every)
    return {
        "timeout": "2s",
        "interval": every,
        "no_traffic_interval": every,
        "unhealthy_interval": every,
        "interval_jitter_percent": 10,
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "http_health_check": {"path": "/readyz"},
    }


def _outliers() -> Json:
    """A replica whose connections break or that answers 502, 503 or 504 five times running rests for some seconds."""
    return {
        "interval": "1s",
        "base_ejection_time": "3s",
        "max_ejection_time": "30s",
        "max_ejection_percent": 50,
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 3,
        "consecutive_gateway_failure": 5,
        "enforcing_consecutive_gateway_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "enforcing_success_rate": 0,
        "enforcing_local_origin_success_rate": 0,
    }


def _thresholds(breaker: Breaker) -> Json:
    return {
        "max_connections": breaker.connections,
        "max_pending_requests": breaker.pending,
        "max_requests": breaker.requests,
        "track_remaining": True,
        "retry_budget": {"budget_percent": {"value": 20.0}, "min_retry_concurrency": 10},
    }


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
