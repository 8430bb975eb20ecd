"""The simulated provider as every suite steers it: what it is to answer, and its own book of what it did."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from bench.processes import simulated_provider

KEY = "sk-simulated"


@dataclass(frozen=True)
class Simulated:
    """``base_url`` is what Tertulia is told; the rest speaks to its control paths (``/_sim/…``)."""

    base_url: str

    def log(self) -> list[dict[str, Any]]:
        """Its own book of what it was asked and what it emitted."""
        return list(self._control("GET", "log")["entries"])

    def of(self, marker: str) -> list[dict[str, Any]]:
        """The requests whose messages hold this text."""
        return [entry for entry in self.log() if marker in json.dumps(entry["request"], ensure_ascii=False)]

    def state(self) -> dict[str, int]:
        return dict(self._control("GET", "state"))

    def script(self, **behaviour: Any) -> None:
        """How the next request is to be answered."""
        self.script_each([behaviour])

    def script_each(self, behaviours: Sequence[Mapping[str, Any]]) -> None:
        """How the next requests are to be answered, one after the other."""
        self._control("POST", "script", {"next": behaviours})

    def always(self, **behaviour: Any) -> None:
        """How all are answered for which nothing else is said."""
        self._control("POST", "script", {"default": behaviour})

    def forget_script(self) -> None:
        self._control("DELETE", "script")

    def forget_log(self) -> None:
        self._control("DELETE", "log")

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.base_url.removesuffix('/v1')}/_sim/{path}"
        return httpx2.request(method, url, json=body, timeout=30).raise_for_status().json()


@contextmanager
def simulated_with(*keys: str) -> Iterator[Simulated]:
    """A process of its own that knows these keys."""
    options = [word for key in keys for word in ("--key", key)]
    with simulated_provider(*options) as (base_url, _):
        yield Simulated(base_url)
