"""Envoy, the one public door. What its configuration says is the gateway's matter (`tertulia.gateway.envoy`)."""

import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from tertulia.local.servers.command import Command, bare_environment, packaged_binary

THREADS = 2
LOG_FORMAT = "%Y-%m-%dT%T.%e %l %v"


@dataclass
class Envoy:
    directory: Path
    """Where its configuration has been written."""
    host: str
    port: int
    name: str = "envoy"
    stop_signal: signal.Signals = signal.SIGTERM

    def prepare(self) -> None:
        """The configuration is there already."""

    def command(self) -> Command:
        binary = str(packaged_binary("envoy", "_bin/envoy"))
        # Hot restart would have two Envoys of one machine share memory, whosever they are.
        options = ("--disable-hot-restart", "--concurrency", str(THREADS))
        logging = ("--log-level", "warn", "--log-format", LOG_FORMAT)
        return Command((binary, "-c", str(self.directory / "bootstrap.json"), *options, *logging), bare_environment())

    def is_ready(self) -> bool:
        """The public listener comes with its first look at the files."""
        try:
            with socket.create_connection((self.host, self.port), timeout=0.2):
                return True
        except OSError:
            return False
