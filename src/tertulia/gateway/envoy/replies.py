"""What a caller reads when Envoy itself has to answer: problem JSON, or OpenAI's shape under ``/v1/``.

The gateway's own refusals pass through Envoy untouched.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tertulia.gateway.envoy.terms import Json, extension, set_headers


@dataclass(frozen=True)
class Reply:
    """``when`` is a CEL condition over the response, in words of Envoy's response details.

    ``unread``: it may come before the request was read.
    """

    status: int
    code: str
    title: str
    detail: str
    when: str = ""
    retry_after: int | None = None
    kind: str = "server_error"
    unread: bool = False


_AGAIN = "Try again in a moment."
REPLIES = (
    Reply(503, "unavailable", "Unavailable for the moment", f"Your access could not be checked. {_AGAIN}",
          "response.code_details.startsWith('ext_authz_error')", 2),
    Reply(503, "overloaded", "Too busy", f"There is too much to do at the moment. {_AGAIN}",
          "response.code_details.contains('overflow') || response.code_details.startsWith('overload')", 1),
    Reply(503, "upstream_unavailable", "Unavailable for the moment",
          f"A part of the service cannot be reached. {_AGAIN}", "", 1),
    Reply(504, "timeout", "Took too long", f"The answer did not come in time. {_AGAIN}"),
    Reply(502, "upstream_error", "Bad answer inside", f"A part of the service gave a broken answer. {_AGAIN}", "", 1),
    Reply(500, "internal_error", "Internal error", "Something went wrong on our side. Try again."),
    Reply(408, "request_timeout", "Request too slow", "The request did not arrive in time. Send it again.",
          kind="invalid_request_error", unread=True),
    Reply(413, "too_large", "Too large", "The body is too large.", kind="invalid_request_error"),
    Reply(431, "headers_too_large", "Headers too large", "The request's headers are too many or too large.",
          kind="invalid_request_error", unread=True),
    Reply(404, "not_found", "Not found", "There is nothing at this address.", kind="invalid_request_error"),
    Reply(400, "bad_request", "Bad request", "The request is not valid HTTP, or its path is not a plain one.",
          kind="invalid_request_error", unread=True),
)  # fmt: skip


def local_replies(security: dict[str, str]) -> Json:
    """``security`` are the headers that every response carries, these too."""
    return {"mappers": [mapper for reply in REPLIES for mapper in _mappers(reply, security)]}


def _mappers(reply: Reply, security: dict[str, str]) -> Iterator[Json]:
    """The first that fits is taken: what came unread (it gets an id for its answer), OpenAI's paths, all others."""
    headers = security | _retry(reply) | {"cache-control": "no-store"}
    ours = "!response.code_details.startsWith('ext_authz_denied')"
    conditions = [_status(reply.status), _cel(f"({reply.when}) && {ours}" if reply.when else ours)]
    problem = {"json_format": _problem(reply), "content_type": "application/problem+json"}
    openai = {"json_format": _openai(reply), "content_type": "application/json"}
    if reply.unread:
        numbered = headers | {"x-request-id": "%UNIQUE_ID%"}
        yield _mapper([*conditions, _request(name="x-request-id", present_match=False)], numbered, problem)
    headers |= {"x-request-id": "%REQ(X-REQUEST-ID)%"}
    yield _mapper([*conditions, _request(name=":path", string_match={"prefix": "/v1/"})], headers, openai)
    yield _mapper(conditions, headers, problem)


def _mapper(conditions: list[Json], headers: dict[str, str], body: Json) -> Json:
    return {
        "filter": {"and_filter": {"filters": conditions}},
        "headers_to_add": set_headers(headers),
        "body_format_override": body,
    }


def _retry(reply: Reply) -> dict[str, str]:
    if reply.retry_after is None:
        return {}
    seconds = reply.retry_after
    return {"retry-after": str(seconds), "retry-after-ms": str(seconds * 1000), "x-should-retry": "true"}


def _request(**header: object) -> Json:
    return {"header_filter": {"header": header}}


def _status(status: int) -> Json:
    value = {"default_value": status, "runtime_key": "tertulia.none"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _cel(expression: str) -> Json:
    return {
        "extension_filter": extension(
            "envoy.access_loggers.extension_filters.cel",
            "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
            expression=expression,
        )
    }


def _problem(reply: Reply) -> Json:
    return {
        "type": "about:blank",
        "title": reply.title,
        "status": reply.status,
        "detail": reply.detail,
        "instance": "%PATH(NQ)%",
        "code": reply.code,
        "request_id": "%RESP(X-REQUEST-ID)%",
        "errors": [],
    }


def _openai(reply: Reply) -> Json:
    return {"error": {"message": reply.detail, "type": reply.kind, "param": None, "code": reply.code}}
