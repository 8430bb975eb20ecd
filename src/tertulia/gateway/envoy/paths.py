"""Envoy's routes, made from the table of public paths, and those of the internal listener by service."""

import re
from collections.abc import Iterable

from tertulia.contracts.routes import DEFAULT_TIMEOUT, ROUTES, Route
from tertulia.gateway.envoy.terms import Json, duration, typed
from tertulia.gateway.envoy.topology import Topology

RETRY = {
    # Only where the service has surely not begun: anything else might be done twice.
    "retry_on": "connect-failure,refused-stream,reset-before-request",
    "num_retries": 2,
    "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
    "retry_host_predicate": [
        {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
        }
    ],
    # Looking for another replica than those tried costs nothing, and must go on for long: a dead one has the fewest
    # calls, so of two replicas it is drawn three times in four, and ten draws found nobody else once in twenty retries.
    "host_selection_retry_max_attempts": 100,
}
SUMMARY_PATH = "/summary"
"""Where the gateway sums up everybody's readiness: its own ``/readyz`` is what Envoy asks about the gateway alone."""
_PARAMETER = re.compile(r"\{\w+(\.\.\.)?\}")


def public_routes(topology: Topology, routes: Iterable[Route] = ROUTES) -> list[Json]:
    """One route a path, fixed paths first; methods share it unless they differ in service or timeout.

    What no row has goes to the gateway too, which says 404 or 405 when it is asked for leave.
    """
    seen: dict[tuple[str, str, bool], list[Route]] = {}
    for route in routes:
        seen.setdefault((route.path, route.service, route.streams), []).append(route)
    groups = sorted(seen.values(), key=lambda rows: ("..." in rows[0].path, "{" in rows[0].path))
    made = [_route(rows, topology) for rows in groups]
    return [*made, {"match": {"prefix": "/"}, "route": _to("gateway", DEFAULT_TIMEOUT.total_seconds(), topology)}]


def internal_routes(topology: Topology) -> list[Json]:
    """``/internal/<service>/…`` by prefix, and what the gateway reads unsigned: keys, readiness, documents."""
    seconds = DEFAULT_TIMEOUT.total_seconds()
    made = [{"match": {"path": "/.well-known/jwks.json"}, "route": _to("auth", seconds, topology)}]
    for service in topology.services:
        to = _to(service, seconds, topology)
        made += [
            {"match": {"path": f"/internal/{service}{shown}"}, "route": to | {"prefix_rewrite": shown}}
            for shown in ("/readyz", "/openapi.json")
        ]
        made.append({"match": {"prefix": f"/internal/{service}/"}, "route": to})
    return made


def _route(rows: list[Route], topology: Topology) -> Json:
    first = rows[0]
    seconds = max((row.timeout.total_seconds() for row in rows if row.timeout), default=0.0)
    methods = sorted({row.method for row in rows})
    match = _path(first.path)
    if first.streams:
        match["headers"] = [{"name": ":method", "string_match": {"safe_regex": {"regex": "|".join(methods)}}}]
    to = _to(first.service, seconds, topology)
    if first.path == "/readyz":
        to["prefix_rewrite"] = SUMMARY_PATH
    return {"match": match, "route": to}


def _path(template: str) -> Json:
    if "{" not in template:
        return {"path": template}
    return {"safe_regex": {"regex": "".join(_pattern(template))}}


def _pattern(template: str) -> Iterable[str]:
    at = 0
    for found in _PARAMETER.finditer(template):
        yield re.escape(template[at : found.start()])
        yield ".+" if found[1] else "[^/]+"
        at = found.end()
    yield re.escape(template[at:])


def _to(cluster: str, seconds: float, topology: Topology) -> Json:
    return {
        "cluster": cluster,
        "timeout": f"{seconds:g}s",
        "idle_timeout": duration(topology.stream_idle),
        "retry_policy": RETRY,
    }
