"""The two doors: the public one, where the gateway is asked for leave, and the internal one between services."""

from tertulia.contracts.limits import ADDRESS_HEADER
from tertulia.gateway.envoy.clusters import BUFFER_BYTES
from tertulia.gateway.envoy.paths import internal_routes, public_routes
from tertulia.gateway.envoy.replies import local_replies
from tertulia.gateway.envoy.security import (
    BODY_HEADER,
    cors_policy,
    for_the_gateway,
    offered_request_id,
    on_arrival,
    security_headers,
)
from tertulia.gateway.envoy.terms import Json, address, duration, exactly, extension, set_headers, starting_with
from tertulia.gateway.envoy.topology import Topology

AUTHORISE_PREFIX = "/authorise"
"""The gateway's answers to Envoy live below this path; no public path does."""
_HEARD = (
    "cookie", "origin", "sec-fetch-site", "x-workspace-id", "x-request-id", "x-forwarded-proto", "traceparent",
    "accept", ADDRESS_HEADER, BODY_HEADER,
)  # fmt: skip
_TO_SERVICE = ("x-tertulia-identity", "x-tertulia-lease")
_TO_CLIENT = ("x-ratelimit-", "ratelimit")
_WITH_REFUSAL = ("content-type", "cache-control", "www-authenticate", "retry-after", "x-should-retry", "allow")
_COMPRESSED = (
    "application/json", "application/problem+json", "application/javascript", "text/javascript", "text/html",
    "text/css", "text/plain", "image/svg+xml", "application/manifest+json",
)  # fmt: skip


def public_listener(topology: Topology) -> Json:
    host = {
        "name": "public",
        "domains": ["*"],
        "routes": public_routes(topology),
        "typed_per_filter_config": cors_policy(topology),
    }
    security = security_headers(topology)
    filters = [
        offered_request_id(),
        for_the_gateway(),
        extension("envoy.filters.http.cors", "envoy.extensions.filters.http.cors.v3.Cors"),
        _compressor("gzip", "envoy.extensions.compression.gzip.compressor.v3.Gzip"),
        _compressor("brotli", "envoy.extensions.compression.brotli.compressor.v3.Brotli", quality=4),
        _authorise(topology),
        _router(),
    ]
    manager = _manager("public", topology, host, filters, security) | {
        "use_remote_address": True,
        "xff_num_trusted_hops": topology.trusted_proxies,
        "early_header_mutation_extensions": on_arrival(),
        "local_reply_config": local_replies(security),
    }
    return _listener("public", topology, manager)


def internal_listener(topology: Topology) -> Json:
    """Whoever reaches it must have signed the call: the services check that, Envoy asks nobody."""
    host = {"name": "internal", "domains": ["*"], "routes": internal_routes(topology)}
    manager = _manager("internal", topology, host, [_router()], {}) | {
        "preserve_external_request_id": True,
        "local_reply_config": local_replies({}),
    }
    return _listener("internal", topology, manager)


def _listener(name: str, topology: Topology, manager: Json) -> Json:
    where = topology.public if name == "public" else topology.internal
    connection = extension(
        "envoy.filters.network.http_connection_manager",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        **manager,
    )
    return {
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": name,
        "address": address(where),
        "per_connection_buffer_limit_bytes": BUFFER_BYTES,
        "ignore_global_conn_limit": name == "internal",
        "filter_chains": [{"filters": [connection]}],
    }


def _manager(name: str, topology: Topology, host: Json, filters: list[Json], headers: dict[str, str]) -> Json:
    return {
        "stat_prefix": name,
        "codec_type": "AUTO",
        "server_name": "tertulia",
        "generate_request_id": True,
        "always_set_request_id_in_response": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
        "stream_idle_timeout": duration(topology.stream_idle),
        "request_headers_timeout": duration(topology.headers_within),
        "request_timeout": duration(topology.request_within),
        "max_request_headers_kb": topology.header_kilobytes,
        "common_http_protocol_options": {
            "idle_timeout": duration(topology.stream_idle),
            "max_headers_count": topology.header_count,
            "headers_with_underscores_action": "DROP_HEADER",
        },
        "http2_protocol_options": {
            "max_concurrent_streams": 128,
            "initial_stream_window_size": BUFFER_BYTES,
            "initial_connection_window_size": 1024 * 1024,
        },
        "route_config": {
            "name": name,
            "virtual_hosts": [host],
            "response_headers_to_add": set_headers(headers),
            "response_headers_to_remove": ["x-powered-by"],
        },
        "http_filters": filters,
        "access_log": [_access_log(name)] if topology.access_log and name == "public" else [],
    }


def _authorise(topology: Topology) -> Json:
    return extension(
        "envoy.filters.http.ext_authz",
        "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        transport_api_version="V3",
        status_on_error={"code": "ServiceUnavailable"},
        allowed_headers=exactly(_HEARD),
        http_service={
            "server_uri": {
                "uri": "http://gateway",
                "cluster": "gateway",
                "timeout": duration(topology.authorise_within),
            },
            "path_prefix": AUTHORISE_PREFIX,
            "authorization_response": {
                "allowed_upstream_headers": exactly(_TO_SERVICE),
                "allowed_client_headers": starting_with((*_TO_CLIENT, *_WITH_REFUSAL)),
                "allowed_client_headers_on_success": starting_with(_TO_CLIENT),
            },
            "retry_policy": {
                "retry_on": "connect-failure,refused-stream,reset",
                "num_retries": 2,
                # Envoy takes the longest pause as each try's deadline too.
                "retry_back_off": {"base_interval": "0.025s", "max_interval": duration(topology.authorise_within)},
            },
        },
    )


def _compressor(name: str, message: str, **options: object) -> Json:
    """Never for event streams: what is said there must leave at once."""
    return extension(
        f"tertulia.{name}",
        "envoy.extensions.filters.http.compressor.v3.Compressor",
        response_direction_config={
            "common_config": {
                "min_content_length": 1024,
                "content_type_matcher": [{"prefix": kind} for kind in _COMPRESSED],
            },
            "disable_on_etag_header": False,
        },
        compressor_library=extension(name, message, **options),
        choose_first=name == "brotli",
    )


def _router() -> Json:
    return extension(
        "envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router", suppress_envoy_headers=True
    )


def _access_log(name: str) -> Json:
    """A line a call, without its query and its bodies."""
    return extension(
        "envoy.access_loggers.stdout",
        "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
        log_format={
            "json_format": {
                "timestamp": "%START_TIME%",
                "level": "info",
                "service": "envoy",
                "event": "request",
                "listener": name,
                "request_id": "%STREAM_ID%",
                "method": "%REQ(:METHOD)%",
                "path": "%PATH(NQ)%",
                "status": "%RESPONSE_CODE%",
                "flags": "%RESPONSE_FLAGS%",
                "details": "%RESPONSE_CODE_DETAILS%",
                "milliseconds": "%DURATION%",
                "bytes_in": "%BYTES_RECEIVED%",
                "bytes_out": "%BYTES_SENT%",
                "address": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
                "upstream": "%UPSTREAM_CLUSTER%",
                "host": "%UPSTREAM_HOST%",
            }
        },
    )
