"""Services that move, fall ill, are overrun or die, behind the real Envoy."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tertulia.contracts.auth import AccessChanged
from tertulia.gateway.envoy import Breaker
from tertulia.local import ports
from tertulia.platform.bus import Bus
from tertulia.platform.bus.envelope import seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Servers
    from tests.gateway.conftest import StandIn
    from tests.gateway.envoy.conftest import Answer, Stack


@pytest.fixture
def chat(stack: "Stack", new_stand_in: "type[StandIn]") -> "Iterator[StandIn]":
    """A second chat; the first is alone again afterwards."""
    second = new_stand_in()
    yield second
    stack.move("chat", stack.chat)
    second.close()


def ask(stack: "Stack", path: str = "/api/conversations", method: str = "GET") -> "Answer":
    return stack.call(method, path, authorization=f"Bearer {stack.behind.person('owner', 'unlimited').token}")


def test_a_stream_goes_out_as_it_is_written(stack: "Stack") -> None:
    """The first event is there while the second is not yet said; nothing compresses or holds it."""
    stack.chat.gate.clear()
    token = stack.behind.person().token
    connection = stack.connect()
    try:
        headers = {"authorization": f"Bearer {token}", "accept-encoding": "gzip, br"}
        connection.request("GET", "/api/chat/some-id/stream?stream=1", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("content-encoding") is None
        assert b"".join(answer.readline() for _ in range(3)) == b"id: 1\ndata: first\n\n"
        stack.chat.gate.set()
        assert answer.read() == b"id: 2\ndata: second\n\n"
    finally:
        stack.chat.gate.set()
        connection.close()


def test_only_streams_have_no_deadline(stack: "Stack") -> None:
    """30 s for a plain call, and silence of five minutes ends a stream."""
    listeners = json.loads((stack.directory / "listeners" / "listeners.json").read_text())
    manager = listeners["resources"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    routes = manager["route_config"]["virtual_hosts"][0]["routes"]
    timeouts = {
        one["match"].get("path") or one["match"].get("safe_regex", {}).get("regex"): one["route"] for one in routes
    }
    assert timeouts["/api/chat"]["timeout"] == timeouts["/v1/chat/completions"]["timeout"] == "0s"
    assert timeouts["/api/conversations"]["timeout"] == "30s"
    assert {one["idle_timeout"] for one in timeouts.values()} == {"300s"}


def test_endpoints_change_live(stack: "Stack", chat: "StandIn") -> None:
    """Only the service's own file is touched; a stream that is open goes on where it is."""
    stack.chat.gate.clear()
    token = stack.behind.person().token
    connection = stack.connect()
    connection.request("GET", "/api/chat/x/stream?stream=1", headers={"authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert answer.readline() == b"id: 1\n"
    before = stack.stats()
    stack.move("chat", chat)
    asked = stack.chat.count("/api/conversations")
    for _ in range(5):
        assert ask(stack).status == 200
    # The old one still answers its probes, and gets nothing more.
    assert stack.chat.count("/api/conversations") == asked
    assert chat.count("/api/conversations") == 5
    stack.chat.gate.set()
    assert b"second" in answer.read()
    connection.close()
    after = stack.stats()
    for name in ("cluster_manager.cds.update_success", "listener_manager.lds.update_success"):
        assert after[name] == before[name]


def test_a_replica_that_is_gone_is_tried_past(stack: "Stack", chat: "StandIn") -> None:
    """A connection that fails is made to another one: nobody notices."""
    stack.move("chat", ports.any_free(), chat)
    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(lambda _: ask(stack).status, range(40)))
    assert statuses == {200: 40}
    stack.until(lambda: stack.stats()["cluster.chat.membership_healthy"] == 1, "the dead one is seen to be dead")


def test_a_retry_goes_to_a_replica_that_was_not_tried(
    stack: "Stack", chat: "StandIn", new_stand_in: "type[StandIn]"
) -> None:
    """Also when the dead one looks best, for it has nothing to do: each retry succeeds at once."""
    stack.move("chat", chat)
    chat.gate.clear()
    with ThreadPoolExecutor(12) as pool:
        busy = [pool.submit(ask, stack, "/api/conversations?wait=1") for _ in range(4)]
        stack.until(lambda: chat.count("wait=1") == len(busy), "one replica is busy")
        before = stack.stats()
        for _ in range(6):
            dying = new_stand_in()
            stack.move("chat", dying, chat)
            stack.until(partial(_serves, stack, dying), "the other serves too")
            dying.close()
            assert {answer.status for answer in pool.map(lambda _: ask(stack), range(8))} == {200}
        chat.gate.set()
    after = stack.stats()
    retried, succeeded = (
        after[f"cluster.chat.{name}"] - before[f"cluster.chat.{name}"]
        for name in ("upstream_rq_retry", "upstream_rq_retry_success")
    )
    assert retried == succeeded > 0


def _serves(stack: "Stack", replica: "StandIn") -> bool:
    return ask(stack).status == 200 and replica.count("/api/conversations") > 0


def test_a_replica_that_is_not_ready_gets_nothing(stack: "Stack", chat: "StandIn") -> None:
    """As when it drains: its readiness flips first."""
    stack.move("chat", stack.chat, chat)
    stack.until(lambda: stack.stats()["cluster.chat.membership_healthy"] == 2, "both are healthy")
    chat.ready = False
    stack.until(lambda: stack.stats()["cluster.chat.membership_healthy"] == 1, "one is not")
    chat.asked.clear()
    assert {ask(stack).status for _ in range(10)} == {200}
    assert chat.count("/api/conversations") == 0


def test_a_service_that_is_away_is_a_typed_503_at_once(stack: "Stack", chat: "StandIn") -> None:
    """In the shape of the path, with the time to come back; and it recovers by itself."""
    stack.move("chat", ports.any_free())
    answer = ask(stack)
    assert (answer.status, answer.json["code"]) == (503, "upstream_unavailable")
    assert answer.headers["retry-after"] == "1"
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    stack.move("chat", chat)
    stack.until(lambda: ask(stack).status == 200, "chat is back")


def _being_served(stack: "Stack", number: int) -> bool:
    return stack.chat.count("wait=1") == number


def test_what_a_service_cannot_take_is_refused_as_overload(stack: "Stack") -> None:
    """Two at once and one waiting: the fourth is told to come back, and the breaker shows in the numbers."""
    stack.resize("chat", Breaker(connections=2, pending=1, requests=3))
    stack.chat.gate.clear()
    pool = ThreadPoolExecutor(3)
    try:
        served = []
        for number in (1, 2):  # one after the other: a call counts as pending while its connection is made
            served.append(pool.submit(ask, stack, "/api/conversations?wait=1"))
            stack.until(partial(_being_served, stack, number), f"{number} being served")
        served.append(pool.submit(ask, stack, "/api/conversations?wait=1"))
        stack.until(lambda: stack.stats()["cluster.chat.upstream_rq_pending_active"] == 1, "the third is waiting")
        refused = ask(stack)
        assert (refused.status, refused.json["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        assert stack.stats()["cluster.chat.upstream_rq_pending_overflow"] >= 1
        assert stack.stats()["cluster.chat.circuit_breakers.default.rq_pending_open"] == 1
        stack.chat.gate.set()
        assert [one.result().status for one in served] == [200, 200, 200]
    finally:
        stack.chat.gate.set()
        pool.shutdown()
        stack.resize("chat", stack.topology.breakers["chat"])


@pytest.mark.parametrize(
    ("path", "read_code"),
    [
        ("/api/conversations", lambda said: said["code"]),
        ("/v1/models", lambda said: said["error"]["code"]),
    ],
)
def test_when_access_cannot_be_checked_it_is_a_503_and_not_a_403(
    stack: "Stack", path: str, read_code: Callable[[dict[str, object]], str]
) -> None:
    """Auth is away and nothing is known of the session; who was known goes on."""
    known, unknown = stack.behind.person(), stack.behind.person()
    assert stack.call("GET", path, cookie=f"tt_session={known.session}").status == 200
    stack.behind.away = True
    try:
        answer = stack.call("GET", path, cookie=f"tt_session={unknown.session}")
        assert (answer.status, read_code(answer.json)) == (503, "unavailable")
        assert answer.headers["retry-after"] == "2"
        again = stack.call("GET", "/api/conversations", cookie=f"tt_session={known.session}")
        assert again.status == 200
    finally:
        stack.behind.away = False


def test_news_of_changed_access_reaches_the_gateway(stack: "Stack", servers: "Servers") -> None:
    """Over the real bus, to every replica, at once."""
    person = stack.behind.person()
    cookie = f"tt_session={person.session}"
    assert stack.call("GET", "/v1/models", cookie=cookie).status == 200
    stack.behind.forget("session", person.session)
    assert stack.call("GET", "/v1/models", cookie=cookie).status == 200

    async def tell() -> None:
        async with Bus(servers.nats.url, "test") as bus:
            await bus.ready()
            change = AccessChanged(user_id=person.user_id, occurred_at=datetime.now(UTC))
            await bus.publish(seal(change))

    asyncio.run(tell())
    stack.until(lambda: stack.call("GET", "/v1/models", cookie=cookie).status == 401, "the session is forgotten")


def test_a_gateway_that_dies_lets_nobody_in_and_is_replaced_live(stack: "Stack") -> None:
    """Without it every call is a typed 503; the next one is told to Envoy and all goes on."""
    token = stack.behind.person().token
    first = stack.gateway_port
    stack.move("gateway", ports.any_free())
    for path in ("/api/conversations", "/livez"):
        refused = stack.call("GET", path, authorization=f"Bearer {token}")
        assert (refused.status, refused.json["code"]) == (503, "unavailable")
    second = stack.processes.gateway(f"http://127.0.0.1:{stack.topology.internal.port}")
    stack.move("gateway", first, second)
    stack.until(lambda: stack.stats()["cluster.gateway.membership_healthy"] == 2, "both gateways are used")
    assert {stack.call("GET", "/v1/models", authorization=f"Bearer {token}").status for _ in range(10)} == {200}
