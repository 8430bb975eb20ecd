"""Limits as callers meet them: exact over gateways, told in both families of headers, refused with a time to wait."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tertulia.contracts.access import PLANS
from tertulia.contracts.limits import CREDENTIAL_TRIES, credential_address_bucket, lease, token_bucket
from tertulia.gateway.authorise import Policy
from tertulia.platform.errors import RateLimited
from tertulia.platform.http import HttpClient, Response
from tertulia.platform.limits import Limits

if TYPE_CHECKING:
    from tertulia.platform.valkey import Valkey
    from tests.conftest import Servers
    from tests.gateway.conftest import Edge, Processes, StandIn

FREE = PLANS["free"]


async def test_a_plans_requests_are_exact_over_two_gateways(
    processes: "Processes", behind: "StandIn", http: HttpClient, wait_for: Callable[..., Awaitable[None]]
) -> None:
    """400 calls on two processes, eight at a time: as many are granted as the plan says, not one more or less.

    What refills in the meantime is five a second; what a busy machine's Valkey was too late for, and the
    processes gave out by themselves, is counted by them.
    """
    gateways = [f"http://127.0.0.1:{processes.gateway(behind.url)}" for _ in range(2)]
    for gateway in gateways:
        await wait_for(lambda url=f"{gateway}/livez": _is_up(http, url), "the gateway answers")
    left = iter(range(400))
    person = behind.person(plan="free")
    answers: list[Response] = []

    async def call() -> None:
        for number in left:
            url = f"{gateways[number % 2]}/authorise/api/conversations"
            answers.append(await http.request("GET", url, headers={"authorization": f"Bearer {person.token}"}))

    started = time.monotonic()
    await asyncio.gather(*(call() for _ in range(8)))
    refilled = int((time.monotonic() - started) * FREE.calls_per_minute / 60)
    by_themselves = sum([await _given_out_alone(http, gateway) for gateway in gateways])
    granted = sum(answer.status == 200 for answer in answers) - by_themselves
    assert FREE.calls_per_minute <= granted <= FREE.calls_per_minute + refilled
    assert {answer.status for answer in answers} == {200, 429}


async def _given_out_alone(http: HttpClient, gateway: str) -> int:
    metrics = (await http.request("GET", f"{gateway}/metrics")).body.decode()
    found = re.search(r'limits_decisions_total\{outcome="admitted",where="local"\} (\d+)', metrics)
    return int(found[1]) if found else 0


async def _is_up(http: HttpClient, url: str) -> bool:
    return (await http.request("GET", url)).status == 200


async def test_both_families_of_headers_tell_the_same(edge: "Edge", behind: "StandIn") -> None:
    """Those that OpenAI's clients read, and those of the draft."""
    person = behind.person(plan="free")
    told = await edge.ask("POST", "/v1/chat/completions", authorization=f"Bearer {person.token}")
    assert told["x-ratelimit-limit-requests"] == str(FREE.requests_per_minute)
    assert told["x-ratelimit-remaining-requests"] == str(FREE.requests_per_minute - 1)
    assert told["x-ratelimit-reset-requests"] == "3s"
    assert told["x-ratelimit-limit-tokens"] == told["x-ratelimit-remaining-tokens"] == str(FREE.tokens_per_minute)
    assert told["ratelimit-policy"] == '"requests";q=20;w=60, "tokens";q=40000;w=60'
    assert told["ratelimit"] == '"requests";r=19;t=3, "tokens";r=40000;t=0'


async def test_a_refusal_says_when_to_come_back(edge: "Edge", behind: "StandIn") -> None:
    """And carries the same headers as a grant."""
    headers = {"authorization": f"Bearer {behind.person(plan='free').token}"}

    async def ask_until_refused() -> None:
        for _ in range(2 * FREE.calls_per_minute):
            await edge.ask("GET", "/v1/models", **headers)

    with pytest.raises(RateLimited) as refused:
        await ask_until_refused()
    assert refused.value.retry_after is not None
    assert timedelta(0) < refused.value.retry_after <= timedelta(seconds=1)
    assert refused.value.headers["x-ratelimit-remaining-requests"] == "0"
    assert refused.value.code == "rate_limit_exceeded"


async def test_a_workspace_without_tokens_waits_but_may_still_read(
    edge: "Edge", behind: "StandIn", valkey: "Valkey"
) -> None:
    """The orchestrator takes what was really used, even below zero; nothing is taken at the door."""
    person = behind.person(plan="free")
    headers = {"authorization": f"Bearer {person.token}"}
    for _ in range(3):
        granted = await edge.ask("POST", "/v1/embeddings", **headers)
        workspace = person.seat.workspace_id
        await Limits(valkey).release(lease(workspace, "free", granted["x-tertulia-lease"]))
    assert granted["x-ratelimit-remaining-tokens"] == str(FREE.tokens_per_minute)
    await Limits(valkey).debit(token_bucket(workspace, "free"), FREE.tokens_per_minute * 2)
    with pytest.raises(RateLimited, match="tokens"):
        await edge.ask("POST", "/v1/embeddings", **headers)
    await edge.ask("GET", "/v1/models", **headers)


async def test_as_many_answers_at_once_as_the_plan_allows(edge: "Edge", behind: "StandIn", valkey: "Valkey") -> None:
    """A place is free again when the orchestrator says so."""
    person = behind.person(plan="free")
    headers = {"authorization": f"Bearer {person.token}"}
    held = [(await edge.ask("POST", "/api/chat", **headers))["x-tertulia-lease"] for _ in range(FREE.concurrency)]
    with pytest.raises(RateLimited, match="at once"):
        await edge.ask("POST", "/api/chat", **headers)
    await Limits(valkey).release(lease(person.seat.workspace_id, "free", held[0]))
    await edge.ask("POST", "/api/chat", **headers)


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/signup", "/api/auth/refresh"])
async def test_tries_at_secrets_are_counted_by_address(edge: "Edge", valkey: "Valkey", path: str) -> None:
    """Twenty in a quarter of an hour; auth gives one back when the secret was right; neighbours have their own."""
    address = f"198.51.100.{len(path)}"
    for _ in range(CREDENTIAL_TRIES):
        await edge.ask("POST", path, x_tertulia_address=address)
    with pytest.raises(RateLimited):
        await edge.ask("POST", path, x_tertulia_address=address)
    await edge.ask("POST", path, x_tertulia_address="203.0.113.7")
    await Limits(valkey).refund(credential_address_bucket(address))
    await edge.ask("POST", path, x_tertulia_address=address)


async def test_floods_are_bounded_by_address(make_edge: "Callable[..., Edge]", behind: "StandIn") -> None:
    """Public paths, and trying out credentials that nobody knows; known ones go on."""
    edge = make_edge(Policy(https=False, flood_per_minute=5))
    person = behind.person()
    known = {"authorization": f"Bearer {person.token}"}
    await edge.ask("GET", "/v1/models", **known)
    for _ in range(5):
        await edge.ask("GET", "/", x_tertulia_address="198.51.100.250")
    for headers in ({}, {"cookie": "tt_session=guess"}):
        path = "/v1/models" if headers else "/"
        with pytest.raises(RateLimited):
            await edge.ask("GET", path, x_tertulia_address="198.51.100.250", **headers)
    await edge.ask("GET", "/v1/models", x_tertulia_address="198.51.100.250", **known)


async def test_without_valkey_a_small_share_is_given_out(edge: "Edge", behind: "StandIn", servers: "Servers") -> None:
    """Never nothing, never without bound; what was seen revoked stays so. Then it is exact again."""
    store = servers.valkey
    person = behind.person(plan="free")
    headers = {"authorization": f"Bearer {person.token}"}
    await edge.ask("GET", "/v1/models", **headers)
    store.kill()
    try:
        granted = 0
        for _ in range(60):
            try:
                await edge.ask("GET", "/v1/models", **headers)
            except RateLimited:
                continue
            granted += 1
        assert 1 <= granted <= FREE.calls_per_minute * 0.1 + 1
    finally:
        store.start()
