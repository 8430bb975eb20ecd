"""Calls to our own services, through Envoy's internal listener: signed, on behalf of the caller, within its deadline.

The current call's request id, trace, identity and what is left of its deadline go along. Envoy routes, balances and
retries; a refusal comes back as the error that it is.
"""

from datetime import timedelta
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tertulia.platform import context
from tertulia.platform.errors import DeadlineExceeded, NotFound, TertuliaError, Unavailable
from tertulia.platform.http.client import DEFAULT_TIMEOUT, Broken, HttpClient, HttpFailure, Response, TimedOut
from tertulia.platform.identity import HEADER as IDENTITY_HEADER
from tertulia.platform.signatures import Signer
from tertulia.platform.telemetry import outgoing_traceparent

T = TypeVar("T")
_OK = range(200, 300)
_GONE, _TOO_LATE, _AWAY = 404, 504, (502, 503)
_CONNECT = timedelta(seconds=2)


class CallRefused(HttpFailure):
    """Another service answered with an error; its status and code are for who knows what they mean."""

    def __init__(self, refusal: "_Problem") -> None:
        super().__init__("A service that this needs refused the call.")
        self.remote_status = refusal.status
        self.remote_code = refusal.code
        self.remote_detail = refusal.detail


class _Problem(msgspec.Struct):
    status: int = 0
    code: str = ""
    detail: str = ""


class InternalClient(HttpClient):
    """Calls other services as ``service``."""

    def __init__(self, base_url: str, service: str, private_key: Ed25519PrivateKey, *, per_host: int = 100) -> None:
        super().__init__(per_host=per_host, connect_timeout=_CONNECT, user_agent=f"tertulia-{service}")
        self._base_url = base_url.rstrip("/")
        self._signer = Signer(service, private_key)

    async def call(
        self,
        method: str,
        service: str,
        path: str,
        body: msgspec.Struct | None,
        into: type[T],
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - the call's share of the caller's deadline
    ) -> T:
        """Call ``/internal/<service><path>`` and read its answer as ``into`` (``NoneType`` where there is none).

        Raises: NotFound, Unavailable or DeadlineExceeded when the service says so; CallRefused when it refuses
        otherwise; HttpFailure when there is no answer.
        """
        answer = await self.call_raw(method, service, path, body, timeout=timeout)
        if into is type(None):
            return None
        try:
            return msgspec.json.decode(answer.body, type=into)
        except msgspec.DecodeError as error:
            raise Broken("A service that this needs gave an answer that cannot be read.") from error

    async def call_raw(
        self,
        method: str,
        service: str,
        path: str,
        body: msgspec.Struct | None,
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - the same
    ) -> Response:
        """The same, with the answer as it came."""
        left = _within(timeout)
        target = path if path.startswith("/internal/") else f"/internal/{service}{path}"
        payload = msgspec.json.encode(body) if body is not None else b""
        headers = self._headers(left)
        if payload:
            headers["content-type"] = "application/json"
        self._signer.sign(method, target, headers, payload)
        answer = await self.request(method, self._base_url + target, headers=headers, body=payload, timeout=left)
        if answer.status not in _OK:
            raise _refusal(answer)
        return answer

    def _headers(self, left: timedelta) -> dict[str, str]:
        call = context.current()
        headers = {
            context.TRACEPARENT_HEADER: outgoing_traceparent(),
            context.DEADLINE_HEADER: str(int(left.total_seconds() * 1000)),
        }
        if call.request_id:
            headers[context.REQUEST_ID_HEADER] = call.request_id
        if call.identity:
            headers[IDENTITY_HEADER] = call.identity
        return headers


def _within(timeout: timedelta) -> timedelta:
    remaining = context.current().remaining()
    if remaining is None:
        return timeout
    if remaining <= 0:
        raise DeadlineExceeded("The call's time is up.")
    return min(timeout, timedelta(seconds=remaining))


def _refusal(answer: Response) -> TertuliaError:
    try:
        refusal = msgspec.json.decode(answer.body, type=_Problem)
    except msgspec.DecodeError:
        refusal = _Problem()
    refusal.status = answer.status
    if answer.status == _GONE and refusal.code:
        return NotFound(refusal.detail)
    if answer.status in _AWAY:
        return Unavailable("A service that this needs is away.", retry_after=_retry_after(answer))
    if answer.status == _TOO_LATE:
        return TimedOut("A service that this needs took too long.")
    return CallRefused(refusal)


def _retry_after(answer: Response) -> timedelta:
    given = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(given), 60) if given.isdigit() else 1)
