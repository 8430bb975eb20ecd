"""What is measured, each running at an address: the provider direct, Envoy alone before it, Envoy before the barest
Python, Tertulia whole.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from bench.client import Client
from bench.processes import ROOT, running, simulated_provider

MODELS = ROOT / ".tertulia" / "models"
"""What was fetched before is not fetched again."""
START = 120.0
_LOOK_SECONDS = 0.05
MODEL = "sim-fast"
NARROW, NARROW_WINDOW = "sim-narrow", 20_000
"""A cheaper model, and its window in tokens: long conversations outgrow it."""


class Target(msgspec.Struct, frozen=True):
    """``base`` ends before ``/chat/completions``; ``pids`` are the roots of the process trees that do the work."""

    name: str
    base: str
    key: str
    pids: tuple[int, ...]
    public: str = ""
    token: str = ""
    redacts: bool = False

    def client(self) -> Client:
        return Client(self.base, {"authorization": f"Bearer {self.key}"})

    def person(self) -> Client:
        """As somebody at the application's own API."""
        return Client(self.public, {"authorization": f"Bearer {self.token}"})


@contextlib.contextmanager
def provider() -> Iterator[Target]:
    with simulated_provider() as (address, pid):
        yield Target("provider direct", address, "none", (pid,))


@contextlib.contextmanager
def envoy(before: Target) -> Iterator[Target]:
    """Envoy with a route and nothing else: what any design with Envoy pays."""
    from envoy import _bin  # type: ignore[import-untyped] # the package holds a binary and no types

    binary = Path(next(iter(_bin.__path__))) / "envoy"
    port = _free_port()
    upstream = int(before.base.split(":")[2].split("/")[0])
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "envoy.json"
        config.write_text(json.dumps(_plain_envoy(port, upstream)))
        words = [str(binary), "-c", str(config), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
        with running(words) as process:
            _wait_for_port(port, process)
            yield Target("Envoy alone", f"http://127.0.0.1:{port}/v1", "none", (process.pid,))


@contextlib.contextmanager
def bare_python(before: Target) -> Iterator[Target]:
    """A pass-through behind such an Envoy: what any design with Envoy and Python pays."""
    port = _free_port()
    with running([sys.executable, "-m", "bench.passthrough", before.base, str(port)]) as process:
        _wait_for_port(port, process)
        with envoy(Target("pass-through", f"http://127.0.0.1:{port}/v1", "none", (process.pid,))) as front:
            yield msgspec.structs.replace(front, name="Envoy and bare Python", pids=(*front.pids, process.pid))


@contextlib.contextmanager
def tertulia(behind: Target, *, replicas: int = 1, settings: Mapping[str, str] | None = None) -> Iterator[Target]:
    """The one-machine stack, as ``make up`` starts it, with the simulated provider as its only one."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="tertulia-bench-") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        home.mkdir(mode=0o755)
        MODELS.mkdir(parents=True, exist_ok=True)
        (home / "models").symlink_to(MODELS)
        providers = Path(folder) / "providers.toml"
        providers.write_text(_providers(behind))
        environment = os.environ | {
            "TERTULIA_HOME": str(home),
            "TERTULIA_PORT": str(port),
            "TERTULIA_LOCAL_MODEL": "off",
            "TERTULIA_PROVIDERS": str(providers),
            **(settings or {}),
        }
        words = [str(Path(sys.executable).with_name("tertulia")), "up", "--replicas", str(replicas)]
        log = Path(folder) / "up.log"
        with log.open("wb") as out, running(words, env=environment, stdout=out, stderr=out) as process:
            public = f"http://127.0.0.1:{port}"
            _wait_until_ready(public, process, log)
            target = _signed_up(public, process.pid)
            _wait_for_names(target, process)
            yield target


def _signed_up(public: str, pid: int) -> Target:
    account = {"email": "bench@example.com", "password": "a long enough passphrase", "name": "Bench"}
    person = _call(f"{public}/api/auth/signup", account, {})
    workspace, token = person["workspace"]["id"], person["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    key = _call(f"{public}/api/workspaces/{workspace}/api-keys", {"name": "bench"}, headers)["key"]
    return Target("Tertulia", f"{public}/v1", key, (pid,), public, token, redacts=True)


def _call(url: str, body: dict[str, str], headers: dict[str, str]) -> Any:
    return httpx2.post(url, json=body, headers=headers, timeout=30).raise_for_status().json()


def _providers(behind: Target) -> str:
    return f"""
[[provider]]
name = "simulated"
kind = "openai"
base_url = "{behind.base}"
api_key_env = "HOME"
concurrency = 4096
[[provider.model]]
name = "{MODEL}"
input_price = "0.15"
output_price = "0.60"
currency = "USD"
context = 128000
[[provider.model]]
name = "{NARROW}"
input_price = "0.05"
output_price = "0.20"
currency = "USD"
context = {NARROW_WINDOW}
"""


def _plain_envoy(port: int, upstream: int) -> dict[str, object]:
    def at(number: int) -> dict[str, object]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": number}}

    api = "type.googleapis.com/envoy.extensions.filters"
    manager = {
        "@type": f"{api}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "0s"}}],
                }
            ]
        },
        "http_filters": [{"name": "router", "typed_config": {"@type": f"{api}.http.router.v3.Router"}}],
    }
    limits = {"max_connections": 8192, "max_pending_requests": 8192, "max_requests": 8192}
    cluster = {
        "name": "up",
        "type": "STATIC",
        "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {
            "cluster_name": "up",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": at(upstream)}}]}],
        },
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    return {"static_resources": {"listeners": [{"address": at(port), "filter_chains": [chain]}], "clusters": [cluster]}}


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    def listens() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    if not _eventually(listens, process):
        raise RuntimeError(f"nothing listens at port {port}")


def _wait_until_ready(public: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def is_ready() -> bool:
        with contextlib.suppress(httpx2.HTTPError):
            return httpx2.get(f"{public}/readyz", timeout=5).is_success
        return False

    if not _eventually(is_ready, process):
        raise RuntimeError(f"Tertulia did not start:\n{log.read_text()}")


def _wait_for_names(target: Target, process: subprocess.Popen[bytes]) -> None:
    """What is loaded for a while after the start is no call's."""
    headers = {"authorization": f"Bearer {target.token}"}
    mine = httpx2.get(f"{target.public}/api/workspaces", headers=headers, timeout=30).raise_for_status().json()
    privacy = f"{target.public}/api/workspaces/{mine['data'][0]['id']}/privacy"

    def is_settled() -> bool:
        told = httpx2.get(privacy, headers=headers, timeout=30).raise_for_status().json()
        return bool(told["names"] != "loading")

    if not _eventually(is_settled, process):
        raise RuntimeError("the model that finds names did not load")


def _eventually(look: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    """Whether it is as looked for within ``START`` seconds of the process's life."""
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        if look():
            return True
        time.sleep(_LOOK_SECONDS)  # nothing tells when another process is there: between two looks
    return False
