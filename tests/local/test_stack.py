"""What a machine's Tertulia consists of: ports that are free, replicas with names, servers of one's own left out."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.services import SERVICES, shown_to
from tertulia.local.settings import read
from tertulia.local.stack import Stack, check_public_port

EXTERNAL = {
    "TERTULIA_DATABASE_URL_AUTH": "postgresql://auth:pw@db/auth",
    "TERTULIA_DATABASE_URL_CHAT": "postgresql://chat:pw@db/chat",
    "TERTULIA_DATABASE_URL_ORCHESTRATOR": "postgresql://orchestrator:pw@db/orchestrator",
    "TERTULIA_VALKEY_URL": "redis://:pw@cache:6379/0",
    "TERTULIA_NATS_URL": "nats://bus:4222",
}


def make(path: Path, replicas: int = 1, environ: Mapping[str, str] = MappingProxyType({})) -> Stack:
    home = Home(path)
    home.prepare()
    return Stack(home, read({"TERTULIA_HOME": str(path), **environ}), replicas)


def test_replicas_have_names_and_ports_of_their_own(tmp_path: Path) -> None:
    """Only of what may run more than once."""
    stack = make(tmp_path, replicas=2)
    assert stack.replicas.keys() == {"auth", "gateway", "chat 1", "chat 2", "orchestrator 1", "orchestrator 2"}
    ports = [port for _, port in stack.replicas.values()]
    assert len(set(ports)) == len(ports)
    assert len(json.loads(stack.topology)["services"]["chat"]) == 2


@pytest.mark.parametrize(("public", "auth"), [("4000", 3001), ("5000", 4001), ("80", 3001)])
def test_another_public_port_moves_the_others_along(tmp_path: Path, public: str, auth: int) -> None:
    """Where it can; or the next that is free."""
    stack = make(tmp_path, environ={"TERTULIA_PORT": public})
    assert auth <= stack.replicas["auth"][1] < auth + 20


def test_a_port_that_a_stranger_took_is_replaced(tmp_path: Path) -> None:
    """The next free one is taken, and Envoy is told."""
    stack = make(tmp_path)
    _, port = stack.replicas["chat"]
    assert not stack.settle_port("chat")
    with socket.create_server(("127.0.0.1", port)):
        assert stack.settle_port("chat")
    _, another = stack.replicas["chat"]
    assert another != port
    assert json.loads(stack.topology)["services"]["chat"] == [["127.0.0.1", another]]


def test_a_taken_public_port_is_an_error(tmp_path: Path) -> None:
    """People know that one: it is not silently another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = read({"TERTULIA_HOME": str(tmp_path), "TERTULIA_PORT": str(taken.getsockname()[1])})
        with pytest.raises(LocalError, match="is taken"):
            check_public_port(settings)


def test_servers_of_ones_own_are_not_started(tmp_path: Path) -> None:
    """A service is told the address that was set."""
    stack = make(tmp_path, environ=EXTERNAL)
    assert stack.servers == []
    seen = stack.environment("chat", {})
    assert seen["TERTULIA_DATABASE_URL_CHAT"] == EXTERNAL["TERTULIA_DATABASE_URL_CHAT"]
    assert seen["TERTULIA_VALKEY_URL"] == EXTERNAL["TERTULIA_VALKEY_URL"]
    assert seen["TERTULIA_NATS_URL"] == EXTERNAL["TERTULIA_NATS_URL"]


def test_each_service_has_its_own_login_everywhere(tmp_path: Path) -> None:
    """No two share an address of Postgres, Valkey or NATS, nor a key."""
    stack = make(tmp_path)
    environs = [stack.environment(service, {}) for service in SERVICES]
    for name in ("TERTULIA_VALKEY_URL", "TERTULIA_NATS_URL", "TERTULIA_KEY_FILE"):
        assert len({environ[name] for environ in environs}) == len(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_no_other_services_secrets(service: str) -> None:
    """Nor what only migrations need; what belongs to nobody is seen by all."""
    everything = {"SENTRY_DSN": "x", "TERTULIA_PEPPER_FILE": "x", "OPENAI_API_KEY": "x"}
    for each in SERVICES:
        everything[f"TERTULIA_DATABASE_URL_{each.upper()}"] = "x"
        everything[f"TERTULIA_MIGRATION_URL_{each.upper()}"] = "x"
        everything[f"TERTULIA_{each.upper()}_PORT"] = "x"
    seen = shown_to(service, everything)
    expected = {"SENTRY_DSN", f"TERTULIA_DATABASE_URL_{service.upper()}", f"TERTULIA_{service.upper()}_PORT"}
    expected |= {"auth": {"TERTULIA_PEPPER_FILE"}, "orchestrator": {"OPENAI_API_KEY"}}.get(service, set())
    assert seen.keys() == expected
