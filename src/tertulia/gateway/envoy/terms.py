"""The few shapes that recur in Envoy's JSON: typed extensions, durations, addresses, header lists."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from tertulia.gateway.envoy.topology import Endpoint

Json = dict[str, Any]


def typed(message: str, **fields: Any) -> Json:
    """A ``google.protobuf.Any`` in JSON."""
    return {"@type": f"type.googleapis.com/{message}", **fields}


def extension(name: str, message: str, **fields: Any) -> Json:
    return {"name": name, "typed_config": typed(message, **fields)}


def duration(value: timedelta | None) -> str:
    """``30s``; None is ``0s``, which Envoy reads as no limit."""
    return f"{value.total_seconds():g}s" if value else "0s"


def address(endpoint: Endpoint) -> Json:
    return {"socket_address": {"address": endpoint.host, "port_value": endpoint.port}}


def set_headers(headers: Mapping[str, str]) -> list[Json]:
    """Header values that replace whatever was there."""
    return [
        {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        for name, value in headers.items()
    ]


def exactly(names: Iterable[str]) -> Json:
    """A list of header names as string matchers."""
    return {"patterns": [{"exact": name, "ignore_case": True} for name in names]}


def starting_with(prefixes: Iterable[str]) -> Json:
    """The same by their beginnings."""
    return {"patterns": [{"prefix": prefix, "ignore_case": True} for prefix in prefixes]}
