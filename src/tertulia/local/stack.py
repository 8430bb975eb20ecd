"""What one machine's Tertulia consists of: its servers, its services, their ports, credentials and environments.

Values only: nothing is started here. A server whose address is set from outside is not part of it.
"""

import json
from collections.abc import Mapping

from tertulia.local import credentials, ports
from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.probing import LOOPBACK
from tertulia.local.provision import SERVER_URL
from tertulia.local.servers.envoy import Envoy
from tertulia.local.servers.nats import Nats
from tertulia.local.servers.postgres import Postgres
from tertulia.local.servers.valkey import Valkey
from tertulia.local.services import (
    OPERATOR,
    PREFERRED_PORTS,
    REPLICA_STEP,
    REPLICATED,
    SERVICES,
    WITH_DATABASE,
    shown_to,
)
from tertulia.local.settings import DEFAULT_PORT, UpSettings

SECRET_FILES = ("pepper", "master-key", "orchestrator-master-key", "model-key")
_KEPT_SECRETS = {
    "auth": {"TERTULIA_PEPPER": "pepper", "TERTULIA_MASTER_KEY": "master-key"},
    "orchestrator": {"TERTULIA_ORCHESTRATOR_MASTER_KEYS": "orchestrator-master-key"},
}
"""Each service's secrets, and the files that hold them."""

GRACE = "10s"
"""How long a stop waits for answers in flight; on one machine a person waits in turn."""
_SERVER_PORTS = {"postgres": 4032, "valkey": 4079, "nats": 4022, "internal": 4001, "admin": 4002, "model": 4100}
_FIRST_PORT, _LAST_PORT = 1024, 65000


class Stack:
    def __init__(self, home: Home, settings: UpSettings, replicas: int) -> None:
        self.home = home
        self.settings = settings
        self._taken: set[int] = {settings.port}
        self.secrets = credentials.ensure(home.secrets, SERVICES, with_database=WITH_DATABASE, files=SECRET_FILES)
        self.model_port = self._port(_SERVER_PORTS["model"])
        self.postgres = self._postgres()
        self.valkey = self._valkey()
        self.nats = self._nats()
        self.internal = self._port(_SERVER_PORTS["internal"])
        self.admin = self._port(_SERVER_PORTS["admin"])
        self.replicas: dict[str, tuple[str, int]] = {}
        """The service of each component (`chat`, `chat 2`), and its port."""
        for service in SERVICES:
            count = replicas if service in REPLICATED else 1
            for number in range(1, count + 1):
                name = f"{service} {number}" if count > 1 else service
                preferred = PREFERRED_PORTS[service] + REPLICA_STEP * (number - 1)
                self.replicas[name] = (service, self._port(preferred))

    @property
    def servers(self) -> list[Postgres | Valkey | Nats]:
        """Those to be started here."""
        return [server for server in (self.postgres, self.valkey, self.nats) if server is not None]

    @property
    def envoy(self) -> Envoy:
        return Envoy(self.home.envoy, self.settings.bind, self.settings.port)

    @property
    def topology(self) -> str:
        """Where everything is, as `edge` reads it."""
        places: dict[str, list[tuple[str, int]]] = {service: [] for service in SERVICES}
        for service, port in self.replicas.values():
            places[service].append((LOOPBACK, port))
        origins = self.settings.environ.get("TERTULIA_CORS_ORIGINS", "").split(",")
        return json.dumps(
            {
                "services": places,
                "public": (self.settings.bind, self.settings.port),
                "internal": (LOOPBACK, self.internal),
                "admin": (LOOPBACK, self.admin),
                "public_url": self.settings.public_url,
                "cors_origins": [origin.strip().rstrip("/") for origin in origins if origin.strip()],
                "trusted_proxies": self.settings.trusted_proxies,
            }
        )

    def settle_port(self, replica: str) -> bool:
        """Gives a replica another port if a stranger has taken its own; whether it did."""
        service, port = self.replicas[replica]
        if ports.is_free(port):
            return False
        self.replicas[replica] = (service, self._give(port + 1))
        return True

    def environment(self, replica: str, extra: Mapping[str, str]) -> dict[str, str]:
        """All that a service's process sees; `extra` is what became known while starting, such as the model's name."""
        service, port = self.replicas[replica]
        return shown_to(service, {**self._shared(), **self._own(service), **extra}) | {
            f"TERTULIA_{service.upper()}_PORT": str(port),
        }

    def provision_environment(self) -> dict[str, str]:
        """What making and migrating the databases needs: superuser's and owners' URLs."""
        environ = dict(self.settings.environ)
        for service in WITH_DATABASE:
            environ |= self._own(service)
            if self.postgres is not None and self._database_is_local(service):
                database = self.secrets.database(service)
                environ[f"TERTULIA_MIGRATION_URL_{service.upper()}"] = self.postgres.url(database.name, database.owner)
        if self.postgres is not None:
            environ[SERVER_URL] = self.postgres.url("{}", self.postgres.superuser)
        return environ

    def _shared(self) -> dict[str, str]:
        return {
            "TERTULIA_LOG_FORMAT": "json",
            "TERTULIA_GRACE": GRACE,
            **self.settings.environ,
            "TERTULIA_HOME": str(self.home.path),
            "TERTULIA_HOST": LOOPBACK,
            "TERTULIA_PUBLIC_URL": self.settings.public_url,
            "TERTULIA_INTERNAL_URL": f"http://{LOOPBACK}:{self.internal}",
            "TERTULIA_TRUST_FILE": str(self.secrets.trust_file),
        }

    def _own(self, service: str) -> dict[str, str]:
        environ = {"TERTULIA_KEY_FILE": str(self.secrets.key_file(service))}
        if service in WITH_DATABASE and self.postgres is not None and self._database_is_local(service):
            database = self.secrets.database(service)
            environ[f"TERTULIA_DATABASE_URL_{service.upper()}"] = self.postgres.url(database.name, database.app)
        if self.valkey is not None:
            environ["TERTULIA_VALKEY_URL"] = self.valkey.url(self.secrets.login("valkey", service))
        if self.nats is not None:
            environ["TERTULIA_NATS_URL"] = self.nats.url(self.secrets.login("nats", service))
        environ |= {
            f"{name}_FILE": str(self.secrets.secret_file(file))
            for name, file in _KEPT_SECRETS.get(service, {}).items()
            if not self.settings.external(name) and not self.settings.external(f"{name}_FILE")
        }
        return environ

    def _database_is_local(self, service: str) -> bool:
        return self.settings.external(f"TERTULIA_DATABASE_URL_{service.upper()}") is None

    def _postgres(self) -> Postgres | None:
        if not any(self._database_is_local(service) for service in WITH_DATABASE):
            return None
        return Postgres(self.home.server("postgres"), self._port(_SERVER_PORTS["postgres"]), self.secrets.postgres)

    def _valkey(self) -> Valkey | None:
        if self.settings.external("TERTULIA_VALKEY_URL"):
            return None
        logins = [self.secrets.login("valkey", service) for service in SERVICES]
        return Valkey(self.home.server("valkey"), self._port(_SERVER_PORTS["valkey"]), logins)

    def _nats(self) -> Nats | None:
        if self.settings.external("TERTULIA_NATS_URL"):
            return None
        logins = [self.secrets.login("nats", user) for user in (*SERVICES, OPERATOR)]
        return Nats(self.home.server("nats"), self._port(_SERVER_PORTS["nats"]), logins, unheard=_unheard())

    def _port(self, preferred: int) -> int:
        """A free port, where possible the preferred one; another public port than the default moves all along.

        So two Tertulias that start at once on one machine do not look at the same ports.
        """
        moved = preferred + self.settings.port - int(DEFAULT_PORT)
        return self._give(moved if _FIRST_PORT <= moved < _LAST_PORT else preferred)

    def _give(self, preferred: int) -> int:
        port = ports.next_free(preferred, self._taken)
        self._taken.add(port)
        return port


def _unheard() -> dict[str, list[str]]:
    """No service speaks in another's name, or takes away what was said; only who mends things by hand may."""
    erasing = ["$JS.API.STREAM.DELETE.>", "$JS.API.STREAM.PURGE.>", "$JS.API.STREAM.MSG.DELETE.>"]
    return {
        service: [*(f"event.{other}.>" for other in SERVICES if other != service), *erasing] for service in SERVICES
    }


def check_public_port(settings: UpSettings) -> None:
    """Raises LocalError when the one port that people know is taken: another would not be found."""
    try:
        free = ports.is_free(settings.port, settings.bind)
    except OSError as error:
        raise LocalError(
            f"TERTULIA_BIND: {settings.bind!r} is no address of this machine ({error.strerror}); "
            "set it to 127.0.0.1, 0.0.0.0 or one of its own"
        ) from error
    if not free:
        raise LocalError(
            f"port {settings.port} is taken: stop what uses it, or choose another with TERTULIA_PORT, "
            f"such as `TERTULIA_PORT={ports.next_free(settings.port + 1)} tertulia up`"
        )
