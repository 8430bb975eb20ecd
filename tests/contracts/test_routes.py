"""The table of public paths is whole and says what the services rely on, and its matcher reads it right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tertulia.contracts.access import PERMISSIONS, Permission, Role
from tertulia.contracts.routes import (
    PUBLIC,
    ROUTES,
    Limit,
    Matcher,
    NoSuchPath,
    Route,
    Subject,
    WrongMethod,
)

OWNERS = {
    "/api/auth/": "auth",
    "/api/workspaces/{workspace_id}/assistant": "orchestrator",
    "/api/workspaces/{workspace_id}/answer-cache": "orchestrator",
    "/api/workspaces/{workspace_id}/routing": "orchestrator",
    "/api/workspaces/{workspace_id}/privacy": "orchestrator",
    "/api/workspaces/{workspace_id}/providers": "orchestrator",
    "/api/workspaces/{workspace_id}/evals": "orchestrator",
    "/api/workspaces": "auth",
    "/.well-known/": "auth",
    "/api/conversations": "chat",
    "/api/chat": "chat",
    "/v1/": "orchestrator",
    "/api/models": "orchestrator",
    "/api/messages": "orchestrator",
    "/api/knowledge-bases": "orchestrator",
}
GENERATIONS = {"/api/chat", "/v1/chat/completions", "/v1/responses", "/v1/embeddings"}


def example(route: Route) -> str:
    """A path that the row is for."""
    segments = []
    for segment in route.path.split("/"):
        if segment.endswith("...}"):
            segments.append("one/two.js")
        elif segment.startswith("{"):
            segments.append("0199b6a0-0000-7000-8000-000000000001")
        else:
            segments.append(segment)
    return "/".join(segments)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_row_is_found_by_its_path(route: Route) -> None:
    """A path made from a row leads back to that row, with as many parameters as the row names."""
    found = Matcher().match(route.method, example(route))
    assert found.route is route
    assert len(found.params) == route.path.count("{")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_path_belongs_to_the_service_of_its_prefix(route: Route) -> None:
    """A service finds its paths by prefix; all others are the gateway's own."""
    owner = next((service for prefix, service in OWNERS.items() if route.path.startswith(prefix)), "gateway")
    assert route.service == owner


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_who_may_call_and_what_it_costs_fit_together(route: Route) -> None:
    """Nobody's calls cost no workspace anything, a person's need account rights, a workspace's are counted there."""
    if route.permission is PUBLIC:
        assert route.subject is Subject.NOBODY
        assert route.limit in (Limit.NONE, Limit.CREDENTIAL, Limit.SIGNUP)
    elif route.subject is Subject.PERSON:
        assert route.permission is Permission.ACCOUNT_MANAGE
        assert route.limit in (Limit.API, Limit.CREDENTIAL)
    else:
        assert route.subject is Subject.WORKSPACE
        assert route.permission in PERMISSIONS[Role.OWNER]
        assert (route.limit is Limit.GENERATION) == (route.path in GENERATIONS)


def test_a_fixed_segment_wins_over_a_named_one() -> None:
    """``search`` is no conversation's id."""
    assert Matcher().match("GET", "/api/conversations/search").route.path == "/api/conversations/search"
    assert Matcher().match("GET", "/api/conversations/x").params == {"conversation_id": "x"}


def test_a_model_name_may_have_slashes() -> None:
    """Providers' model names do."""
    assert Matcher().match("GET", "/v1/models/meta/llama").params == {"model": "meta/llama"}


NOT_PATHS = [
    "/api",
    "/api/",
    "/api/auth/login/",
    "/api/conversations/",
    "/v1/models/",
    "/assets/",
    "/authorise/readyz",
    "/internal/auth/credentials",
    "/metrics",
    "/summary",
    "//",
    "/api//auth/login",
    "/c/a/b",
    "x",
]


@pytest.mark.parametrize("path", ["", *NOT_PATHS])
def test_a_path_without_a_row_does_not_exist(path: str) -> None:
    """Neither half a path, nor one with an end too many, nor what is meant for the inside."""
    with pytest.raises(NoSuchPath):
        Matcher().match("GET", path)


def test_a_wrong_method_says_which_are_right() -> None:
    """405 needs an ``Allow``; HEAD on a path that has only GET is wrong as well."""
    with pytest.raises(WrongMethod) as wrong:
        Matcher().match("HEAD", "/api/conversations/some-id")
    assert wrong.value.allow == ("DELETE", "GET", "PATCH")
    with pytest.raises(WrongMethod) as wrong:
        Matcher().match("DELETE", "/api/auth/login")
    assert wrong.value.allow == ("POST",)


def test_two_rows_for_one_call_are_refused() -> None:
    """Which of them would hold would be chance."""
    with pytest.raises(ValueError, match="two rows"):
        Matcher((*ROUTES, ROUTES[0]))


@given(st.text(), st.text(alphabet="/ac{}.%\x00é", max_size=40))
def test_no_text_breaks_the_matcher(method: str, path: str) -> None:
    """Whatever comes, it is a row, no path, or a wrong method."""
    try:
        Matcher().match(method, path)
    except (NoSuchPath, WrongMethod):
        return
