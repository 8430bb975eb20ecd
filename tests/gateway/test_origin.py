"""What another site's page can make a browser send changes nothing here."""

from typing import TYPE_CHECKING

import pytest

from tertulia.gateway.authorise import Policy
from tertulia.gateway.origin import CrossSite, refuse_cross_site

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gateway.conftest import Edge, StandIn

HOST = {b"host": b"localhost:4000"}
LISTED = frozenset({"https://friend.example"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"sec-fetch-site": b"same-origin", b"origin": b"http://localhost:4000"},
        {b"sec-fetch-site": b"same-origin"},
        {b"sec-fetch-site": b"none"},
        {b"origin": b"http://localhost:4000"},
        {b"origin": b"http://LOCALHOST:4000"},
        {b"origin": b"https://friend.example", b"sec-fetch-site": b"cross-site"},
    ],
)
def test_own_pages_listed_origins_and_programs_may(headers: dict[bytes, bytes]) -> None:
    """A call with neither header does not come from a browser's page."""
    refuse_cross_site("POST", HOST | headers, LISTED)


@pytest.mark.parametrize(
    "headers",
    [
        {b"sec-fetch-site": b"cross-site"},
        {b"sec-fetch-site": b"same-site", b"origin": b"http://evil.localhost:4000"},
        {b"sec-fetch-site": b"cross-site", b"origin": b"http://localhost:4000"},
        {b"sec-fetch-site": b"nonsense"},
        {b"origin": b"https://evil.example"},
        {b"origin": b"http://localhost:4001"},
        {b"origin": b"http://localhost:4000.evil.example"},
        {b"origin": b"http://localhost:4000@evil.example"},
        {b"origin": b"null"},
        {b"origin": b""},
        {b"origin": b"http://[broken"},
        {b"origin": b"https://friend.example.evil.example"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_sites_may_not(method: str, headers: dict[bytes, bytes]) -> None:
    """Nor who only looks like one of ours, nor the opaque origin of a sandbox."""
    with pytest.raises(CrossSite):
        refuse_cross_site(method, HOST | headers, LISTED)


def test_reading_is_free() -> None:
    """A GET changes nothing, and links from other sites must work."""
    refuse_cross_site("GET", HOST | {b"sec-fetch-site": b"cross-site"}, LISTED)


async def test_a_cookie_is_bound_to_the_origin_and_a_bearer_is_not(edge: "Edge", behind: "StandIn") -> None:
    """A page can make a browser send the cookie, but never an ``Authorization`` header that it does not know."""
    person = behind.person()
    evil = {"origin": "https://evil.example", "sec_fetch_site": "cross-site"}
    with pytest.raises(CrossSite):
        await edge.ask("POST", "/api/conversations", cookie=f"tt_session={person.session}", **evil)
    await edge.ask("GET", "/api/conversations", cookie=f"tt_session={person.session}", **evil)
    await edge.ask("POST", "/api/conversations", authorization=f"Bearer {person.token}", **evil)


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/signup", "/api/auth/refresh"])
async def test_nobody_is_signed_in_by_another_sites_page(edge: "Edge", path: str) -> None:
    """Signing a stranger in to one's own account is an attack as well."""
    with pytest.raises(CrossSite):
        await edge.ask("POST", path, origin="https://evil.example")
    await edge.ask("POST", path, origin="http://localhost:4000")


async def test_a_listed_origin_may_use_the_cookie(make_edge: "Callable[..., Edge]", behind: "StandIn") -> None:
    """The list is the installation's own."""
    person = behind.person()
    edge = make_edge(Policy(https=False, listed=LISTED))
    await edge.ask("POST", "/api/conversations", cookie=f"tt_session={person.session}", origin="https://friend.example")
