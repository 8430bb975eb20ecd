"""The command that evaluates: in stores of its own under ``TERTULIA_HOME/evals``, which it starts and stops.

What was measured stays there, so that the next run is held against it; a Tertulia that runs is not disturbed.
"""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tertulia.local import credentials, models, ports, provision
from tertulia.local.console import open_console
from tertulia.local.databases import make
from tertulia.local.errors import LocalError
from tertulia.local.home import Home
from tertulia.local.operations import print_line
from tertulia.local.processes import Household, signal_process
from tertulia.local.servers.chat_model import ChatModel
from tertulia.local.servers.command import Server
from tertulia.local.servers.postgres import Postgres
from tertulia.local.servers.valkey import Valkey as ValkeyServer
from tertulia.local.settings import read
from tertulia.orchestrator.embeddings import LocalEmbedder
from tertulia.orchestrator.evals import catalogue, report
from tertulia.orchestrator.evals.evaluation import Evaluation
from tertulia.orchestrator.evals.laboratory import ChatServer, Laboratory
from tertulia.platform import logs
from tertulia.platform.db import Database
from tertulia.platform.valkey import Valkey

_SERVICE = "orchestrator"
_KEY = "model-key"
_START_SECONDS = 300.0
"""A chat model is loaded from a disk that may be slow or busy."""

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Stores:
    database_url: str
    valkey_url: str


def evaluate(environ: Mapping[str, str], names: Sequence[str]) -> int:
    """Runs the named evaluations, or all; exit code 1 when a figure misses what is wanted of it."""
    if unknown := [name for name in names if name not in catalogue.EVALUATIONS]:
        raise LocalError(f"there is no evaluation {unknown[0]}; there are: {', '.join(catalogue.EVALUATIONS)}")
    settings = read(environ)
    logs.configure("cli", level="error", format="console")
    embeddings = _fetched(settings.home, models.EMBEDDINGS)
    for package in catalogue.PACKAGES:
        _fetched(settings.home, package)
    chosen = [catalogue.EVALUATIONS[name] for name in names or catalogue.EVALUATIONS]
    together = [evaluation for evaluation in chosen if not evaluation.apart]
    places = [(settings.home / "evals", together)] if together else []
    places += [(settings.home / "evals" / one.name, [one]) for one in chosen if one.apart]
    missed = [one for place, some in places for one in _evaluate_at(Home(place), settings.home, embeddings, some)]
    print_line(f"Missed: {'; '.join(missed)}." if missed else "Every figure is as it is wanted.")
    return int(bool(missed))


def _evaluate_at(home: Home, fetched: Path, embeddings: Path, chosen: Sequence[Evaluation]) -> list[str]:
    """The figures that miss what is wanted of them."""
    with ExitStack() as stack:
        there = stack.enter_context(stores(home))
        asks = any(evaluation.asks_a_model for evaluation in chosen)
        chat = stack.enter_context(_chat_model(home, _fetched(fetched, models.DEFAULT_CHAT))) if asks else None
        return asyncio.run(_evaluate(there, embeddings, chat, chosen))


async def _evaluate(
    there: Stores, embeddings: Path, chat: ChatServer | None, chosen: Sequence[Evaluation]
) -> list[str]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(there.database_url, service=_SERVICE))
        valkey = await stack.enter_async_context(Valkey(there.valkey_url, name="evals"))
        embedder = await stack.enter_async_context(LocalEmbedder(embeddings))
        laboratory = Laboratory(database, valkey, embedder, embeddings.parent, chat)
        missed: list[str] = []
        for evaluation in chosen:
            print_line(f"{evaluation.name}: {evaluation.about}")
            began = time.monotonic()
            figures, before = await report.run(laboratory, evaluation)
            print_line(f"measured in {timedelta(seconds=round(time.monotonic() - began))}\n")
            print_line(report.table(figures, before))
            missed += [f"{evaluation.name}, {figure.name}" for figure in figures if figure.met is False]
    return missed


def _fetched(home: Path, name: str) -> Path:
    console = open_console()
    try:
        return models.pull(home, name, console.fetching)
    except models.ModelUnavailable as error:
        raise LocalError(str(error)) from error
    finally:
        console.settle()


@contextmanager
def _chat_model(home: Home, folder: Path) -> Iterator[ChatServer]:
    """The default model, served."""
    entry = models.CATALOGUE[models.DEFAULT_CHAT]
    secrets = credentials.ensure(home.secrets, [], with_database=[], files=[_KEY])
    key_file = secrets.secret_file(_KEY)
    file = folder / entry.files[0].name
    server = ChatModel(file, entry.name, entry.context, ports.any_free(), key_file, home.path)
    with _running(home, [server]):
        url = f"http://127.0.0.1:{server.port}/v1"
        yield ChatServer(url, key_file.read_text().strip(), entry.name, entry.context)


@contextmanager
def stores(home: Home) -> Iterator[Stores]:
    """Postgres and Valkey, running, with the orchestrator's database at its newest schema."""
    home.prepare()
    secrets = credentials.ensure(home.secrets, [_SERVICE], with_database=[_SERVICE], files=[])
    postgres = Postgres(home.server("postgres"), ports.any_free(), secrets.postgres)
    shutil.rmtree(home.server("valkey"), ignore_errors=True)  # what an older program found must not be found again
    login = secrets.login("valkey", _SERVICE)
    valkey = ValkeyServer(home.server("valkey"), ports.any_free(), [login])
    database = secrets.database(_SERVICE)
    with home.locked(), _running(home, [postgres, valkey]):
        superuser = postgres.superuser
        make(
            database,
            server_url=postgres.url("postgres", superuser),
            database_url=postgres.url(database.name, superuser),
        )
        url = postgres.url(database.name, database.owner)
        provision.migrate_service(_SERVICE, {f"TERTULIA_MIGRATION_URL_{_SERVICE.upper()}": url})
        yield Stores(postgres.url(database.name, database.app), valkey.url(login))


@contextmanager
def _running(home: Home, servers: Sequence[Server]) -> Iterator[None]:
    household = Household()
    processes: list[tuple[Server, subprocess.Popen[bytes]]] = []
    try:
        for server in servers:
            server.prepare()
            log = home.log(server.name)
            processes.append((server, household.start(server.command(), log, stop_signal=server.stop_signal)))
        for server, process in processes:
            _await(server, process, home.log(server.name))
        yield
    finally:
        for server, process in reversed(processes):
            signal_process(process, server.stop_signal)
        for _, process in processes:
            process.wait()
            household.forget(process.pid)
        household.close()


def _await(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise LocalError(f"{server.name} does not start; see {log}")
        time.sleep(_LOOK_SECONDS)  # nothing tells when a server has come up: between two looks
