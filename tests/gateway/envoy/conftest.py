"""The whole edge as processes: a real Envoy with the generated configuration, a real gateway, stand-ins behind."""

import contextlib
import dataclasses
import http.client
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tertulia.gateway.envoy import Breaker, Endpoint, Topology, write, write_endpoints
from tertulia.local import ports

if TYPE_CHECKING:
    from tests.conftest import Servers
    from tests.gateway.conftest import Processes, StandIn

LOOPBACK = "127.0.0.1"
_TICK = threading.Event()
CORS = "https://friend.example"


@dataclasses.dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Stack:
    """``behind`` is auth and orchestrator; chat has a stand-in of its own, so that tests can take it away."""

    def __init__(self, processes: "Processes", behind: "StandIn", chat: "StandIn") -> None:
        self.processes = processes
        self.behind = behind
        self.chat = chat
        self.directory = processes.directory / "envoy"
        internal = Endpoint(LOOPBACK, ports.any_free())
        self.gateway_port = processes.gateway(f"http://{LOOPBACK}:{internal.port}")
        self.topology = Topology(
            services={
                "auth": (Endpoint(LOOPBACK, behind.port),),
                "orchestrator": (Endpoint(LOOPBACK, behind.port),),
                "chat": (Endpoint(LOOPBACK, chat.port),),
                "gateway": (Endpoint(LOOPBACK, self.gateway_port),),
            },
            public=Endpoint(LOOPBACK, ports.any_free()),
            internal=internal,
            admin=Endpoint(LOOPBACK, ports.any_free()),
            cors_origins=(CORS,),
            headers_within=timedelta(seconds=1),
            request_within=timedelta(seconds=3),
            probe_every=timedelta(milliseconds=200),
        )
        self.bootstrap = write(self.directory, self.topology)
        processes.envoy(self.bootstrap, "--file-flush-interval-msec", "50")

    def call(self, method: str, path: str, **said: Any) -> Answer:
        """One call on a connection of its own; all but ``body`` and ``door`` are headers, ``_`` meaning ``-``."""
        connection = self.connect(said.pop("door", "public"))
        body = said.pop("body", None)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in said.items()})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def connect(self, door: str = "public") -> http.client.HTTPConnection:
        return http.client.HTTPConnection(LOOPBACK, getattr(self.topology, door).port, timeout=20)

    def say(self, raw: bytes) -> bytes:
        """What comes back on a connection until Envoy closes it."""
        with socket.create_connection((LOOPBACK, self.topology.public.port), timeout=20) as connection:
            connection.sendall(raw)
            said = b""
            while piece := connection.recv(65536):
                said += piece
            return said

    def stats(self) -> dict[str, int]:
        lines = []
        for kind in ("Counters", "Gauges"):
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.topology.admin.port}/stats?type={kind}") as said:
                lines += said.read().decode().splitlines()
        return {name: int(value) for name, _, value in (line.partition(": ") for line in lines)}

    def move(self, service: Any, *where: "StandIn | int") -> None:
        """Say that a service is elsewhere now; the change is in force when this returns."""
        found = [Endpoint(LOOPBACK, one if isinstance(one, int) else one.port) for one in where]
        with self._taken_up(f"endpoints/{service}.json", f"cluster.{service}"):
            write_endpoints(self.directory, service, found)

    def resize(self, service: Any, breaker: Breaker) -> None:
        """Write everything anew with another breaker."""
        breakers = {**self.topology.breakers, service: breaker}
        with self._taken_up("clusters/clusters.json", "cluster_manager.cds"):
            write(self.directory, dataclasses.replace(self.topology, breakers=breakers))

    @contextlib.contextmanager
    def _taken_up(self, file: str, subscription: str) -> Iterator[None]:
        """Waits until Envoy has taken up what is written within, if that changed the file."""
        path = self.directory / file
        text, before = path.read_text(), self.stats()[f"{subscription}.update_success"]
        yield
        if path.read_text() != text:
            self.until(lambda: self.stats()[f"{subscription}.update_success"] > before, f"{file} is taken up")
            self.until(lambda: self.stats()["cluster_manager.warming_clusters"] == 0, "the new clusters are in use")

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except (OSError, http.client.HTTPException, KeyError):
                pass
            _TICK.wait(0.02)
        pytest.fail(f"still not so: {what}\n{self.processes.log('envoy')[-3000:]}")


@pytest.fixture(scope="module")
def stack(
    servers: "Servers",
    new_stand_in: "type[StandIn]",
    new_processes: "Callable[..., Processes]",
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    from tertulia.local.processes import Household

    directory: Path = tmp_path_factory.mktemp("edge")
    behind, chat = new_stand_in(), new_stand_in()
    processes = new_processes(directory, servers, Household())
    try:
        started = Stack(processes, behind, chat)
        started.until(lambda: started.call("GET", "/readyz").status == 200, "the edge is ready")
        yield started
    finally:
        processes.close()
        chat.close()
        behind.close()
