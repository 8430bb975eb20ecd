"""NATS with JetStream: events and jobs between the services; one login a service.

`sync_interval: always`, since the default leaves two minutes of acknowledged messages to a power cut.
"""

import json
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tertulia.local.servers.command import Command, Login, bare_environment, script_binary
from tertulia.local.servers.valkey import write_private


@dataclass
class Nats:
    data: Path
    port: int
    logins: Sequence[Login] = field(repr=False)
    unheard: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Subjects, by user, on which that user may not publish."""
    sync: str = "always"
    name: str = "nats"
    stop_signal: signal.Signals = signal.SIGTERM

    def url(self, login: Login) -> str:
        return f"nats://{login.user}:{login.password}@127.0.0.1:{self.port}"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        configuration = {
            "server_name": "local",
            "listen": f"127.0.0.1:{self.port}",
            "max_payload": 1 << 20,
            "max_connections": 256,
            "jetstream": {
                "store_dir": str(self.data),
                "max_memory_store": 64 << 20,
                "max_file_store": 2 << 30,
                "sync_interval": self.sync,
            },
            "authorization": {
                "users": [self._user(login) for login in self.logins],
            },
        }
        # NATS reads JSON as well as its own notation.
        write_private(self.data / "nats.conf", json.dumps(configuration, indent=2) + "\n")

    def _user(self, login: Login) -> dict[str, Any]:
        refused = list(self.unheard.get(login.user, ()))
        return {"user": login.user, "password": login.password, "permissions": {"publish": {"deny": refused}}}

    def command(self) -> Command:
        return Command((str(script_binary("nats-server")), "-c", str(self.data / "nats.conf")), bare_environment())

    def is_ready(self) -> bool:
        """It listens only once JetStream has recovered, and greets with INFO."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.2) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False
