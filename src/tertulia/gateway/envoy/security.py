"""Headers: those that every response carries, those that nobody may bring from outside, and CORS by list."""

from tertulia.contracts.limits import ADDRESS_HEADER
from tertulia.gateway.envoy.terms import Json, extension, set_headers, typed
from tertulia.gateway.envoy.topology import Topology

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
TRUSTED_PREFIXES = ("x-tertulia-", "x-envoy-", "x-forwarded-client")
"""What services believe because only Envoy and the gateway can have said it."""
BODY_HEADER = "x-tertulia-body"
_OFFERED_ID = "x-tertulia-offered-request-id"
_MUTATION = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"


def security_headers(topology: Topology) -> dict[str, str]:
    always = {
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
    }
    hsts = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
    return always | hsts if topology.https else always


def on_arrival() -> list[Json]:
    """Before Envoy itself looks at a request: strike what is ours to say, put the offered request id aside."""
    strike = [{"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in TRUSTED_PREFIXES]
    aside = [{"append": one} for one in set_headers({_OFFERED_ID: "%REQ(X-REQUEST-ID)%"})]
    return [
        extension(
            "envoy.http.early_header_mutation.header_mutation",
            "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            mutations=[*strike, *aside, {"remove": "x-request-id"}],
        )
    ]


def offered_request_id() -> Json:
    """Takes the offered request id in place of Envoy's own when it is ``[A-Za-z0-9_-]{1,128}``."""
    take = [{"append": one} for one in set_headers({"x-request-id": f"%REQ({_OFFERED_ID})%"})]
    well_formed = {
        "single_predicate": {
            "input": extension("offered", "envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name=_OFFERED_ID),
            "value_match": {"safe_regex": {"google_re2": {}, "regex": "[A-Za-z0-9_-]{1,128}"}},
        }
    }
    skip = {"action": extension("skip", "envoy.extensions.filters.common.matcher.action.v3.SkipFilter")}
    return extension(
        "tertulia.offered_request_id",
        "envoy.extensions.common.matching.v3.ExtensionWithMatcher",
        extension_config=extension("tertulia.offered_request_id", _MUTATION, mutations={"request_mutations": take}),
        xds_matcher={"matcher_list": {"matchers": [{"predicate": {"not_matcher": well_formed}, "on_match": skip}]}},
    )


def for_the_gateway() -> Json:
    """Says what the gateway and the services may believe: who calls from where, and how large the body says it is."""
    said = {ADDRESS_HEADER: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", BODY_HEADER: "%REQ(CONTENT-LENGTH)%"}
    mutations = [{"append": one} for one in set_headers(said)]
    return extension(
        "tertulia.for_the_gateway", _MUTATION, mutations={"request_mutations": [*mutations, {"remove": _OFFERED_ID}]}
    )


def cors_policy(topology: Topology) -> Json:
    """A virtual host's CORS: nobody but the listed origins, with credentials."""
    if not topology.cors_origins:
        return {}
    return {
        "envoy.filters.http.cors": typed(
            "envoy.extensions.filters.http.cors.v3.CorsPolicy",
            allow_origin_string_match=[{"exact": origin} for origin in topology.cors_origins],
            allow_methods="GET, POST, PUT, PATCH, DELETE",
            allow_headers="authorization, content-type, idempotency-key, last-event-id, traceparent, "
            "x-request-id, x-workspace-id",
            expose_headers="x-request-id, retry-after, ratelimit, ratelimit-policy",
            allow_credentials=True,
            max_age="600",
        )
    }
