"""auth's three cookies: the session, its refresh token, and that this device is known to the account.

On https each is Secure and has the strictest prefix that its path allows; browsers refuse both on plain http.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from tertulia.auth.service.guessing import Client
from tertulia.contracts.credentials import SECURE_SESSION_COOKIE, SESSION_COOKIE
from tertulia.contracts.limits import ADDRESS_HEADER

DEVICE_KNOWN_FOR = timedelta(days=365)
_TOKENS_PATH = "/api/auth"


@dataclass(frozen=True)
class Cookies:
    https: bool

    @property
    def session(self) -> str:
        return SECURE_SESSION_COOKIE if self.https else SESSION_COOKIE

    @property
    def refresh(self) -> str:
        return "__Secure-tt_refresh" if self.https else "tt_refresh"

    @property
    def device(self) -> str:
        return "__Secure-tt_device" if self.https else "tt_device"

    def set_session(self, response: Response, secret: str, until: datetime) -> None:
        self._set(response, self.session, secret, "/", until)

    def set_refresh(self, response: Response, token: str, until: datetime) -> None:
        self._set(response, self.refresh, token, _TOKENS_PATH, until)

    def set_device(self, response: Response, token: str) -> None:
        self._set(response, self.device, token, _TOKENS_PATH, datetime.now(UTC) + DEVICE_KNOWN_FOR)

    def clear(self, response: Response) -> None:
        """The device stays known: who signs out may sign in again."""
        for name, path in ((self.session, "/"), (self.refresh, _TOKENS_PATH)):
            response.delete_cookie(name, path, secure=self.https, httponly=True, samesite="lax")

    def _set(self, response: Response, name: str, value: str, path: str, until: datetime) -> None:
        seconds = max(0, int((until - datetime.now(UTC)).total_seconds()))
        response.set_cookie(name, value, seconds, path=path, secure=self.https, httponly=True, samesite="lax")


def client_of(request: Request, cookies: Cookies) -> Client:
    """Where the call comes from, as the edge saw it."""
    counted = request.headers.get(ADDRESS_HEADER)
    seen = counted or next(_forwarded(request), None) or (request.client.host if request.client else "")
    return Client(
        address=_address(seen),
        user_agent="".join(c for c in request.headers.get("user-agent", "") if c.isprintable()),
        device=request.cookies.get(cookies.device),
        counted_address=counted is not None,
    )


def _forwarded(request: Request) -> Iterator[str]:
    """Nearest first: the one that our own edge wrote."""
    for part in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        if part.strip():
            yield part.strip()


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
