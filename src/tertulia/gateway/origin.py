"""Refuses what another site's page made a browser do: cross-site calls that change something.

The rule is that of Go's ``http.CrossOriginProtection``. Browsers say where a call comes from (``Sec-Fetch-Site``, and
``Origin`` on everything but GET and HEAD), and a page cannot keep them from it. A call with neither header is therefore
not from a browser's page: it is let through, since whoever sends it holds the cookie itself; and the cookie is
``SameSite=Lax`` besides.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from tertulia.platform.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = (b"same-origin", b"none")


class CrossSite(Forbidden):
    code, title = "cross_site_request", "Call from another site"


def refuse_cross_site(method: str, headers: Mapping[bytes, bytes], listed: frozenset[str]) -> None:
    """``listed``: origins that may call as if they were ours.

    Raises: CrossSite.
    """
    if method in SAFE_METHODS:
        return
    origin = headers.get(b"origin")
    if origin is not None and origin.decode("latin-1") in listed:
        return
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        own = site in _OWN
    else:
        own = origin is None or _host_of(origin) == headers.get(b"host", b"").decode("latin-1").lower()
    if not own:
        raise CrossSite("This call came from another site's page and was not carried out.")


def _host_of(origin: bytes) -> str | None:
    """Host and port; None for ``null``, which sandboxed pages send."""
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower() or None
    except ValueError:
        return None
