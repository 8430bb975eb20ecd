"""The orchestrator as it runs: its application over real stores, the simulated provider as a process, and chat's window
from a stand-in that also keeps every end that it is told of.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openai import AsyncOpenAI

from bench.processes import running as started
from tertulia.contracts.chat import GenerateAnswer, StopRequested, Window, WindowMessage
from tertulia.contracts.orchestrator import GenerationFinished, GenerationRecord, GenerationsServed, log_name
from tertulia.contracts.stream import Part, TextDelta, decode
from tertulia.orchestrator.app import build
from tertulia.orchestrator.settings import OrchestratorSettings
from tertulia.platform.bus import Bus, Delivery, Subscription
from tertulia.platform.bus.envelope import seal
from tertulia.platform.http import InternalClient
from tertulia.platform.identity import HEADER, Identity, IdentityIssuer
from tertulia.platform.lifecycle import Service
from tertulia.platform.sequence_log import LogReader
from tertulia.platform.settings import load
from tertulia.platform.valkey import Valkey
from tests import streams
from tests.databases import ServiceDatabase, migrated
from tests.orchestrator.keeper import Keeper
from tests.services import cancelled, environment, new_keys, served
from tests.simulated import KEY, Simulated, simulated_with

ROOT = Path(__file__).resolve().parents[2]
HISTORY = "tertulia.orchestrator.migrations"
PATIENCE = 60.0


@pytest.fixture(scope="session")
def own_database(servers: Any) -> Iterator[ServiceDatabase]:
    with migrated(servers, "orchestrator") as made:
        yield made


@pytest.fixture(scope="session")
def simulated() -> Iterator[Simulated]:
    with simulated_with(KEY) as made:
        yield made


@dataclass
class ChatStandIn:
    """chat, as far as the orchestrator sees it: windows by answer, and the ends that are announced."""

    windows: dict[UUID, Window] = field(default_factory=dict)
    ends: list[GenerationFinished] = field(default_factory=list)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        answer_id = UUID(scope["query_string"].decode().partition("answer_id=")[2])
        window = self.windows.get(answer_id)
        status, body = (200, msgspec.json.encode(window)) if window else (404, b'{"code":"not_found","detail":"none"}')
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def hear(self, delivery: Delivery[GenerationFinished]) -> None:
        async with self.heard:
            self.ends.append(delivery.message)
            self.heard.notify_all()

    async def hear_served(self, delivery: Delivery[GenerationsServed]) -> None:
        async with self.heard:
            self.ends += delivery.message.ends
            self.heard.notify_all()

    async def end_of(self, wanted: Callable[[GenerationFinished], bool]) -> GenerationFinished:
        async with asyncio.timeout(PATIENCE), self.heard:
            while True:
                for end in self.ends:
                    if wanted(end):
                        return end
                await self.heard.wait()


@dataclass
class Worker:
    """One process's worth of orchestrator."""

    url: str
    service: Service
    stop: Callable[[], Any]


@dataclass
class Asked:
    """A question that was put, and whoever reads its answer."""

    job: GenerateAnswer
    reader: LogReader

    async def parts(self) -> list[Part]:
        """Every part of the answer's log, to its end."""
        async with asyncio.timeout(PATIENCE):
            return [decode(entry.data) async for entry in self.reader.follow(log_name(self.job.generation_id))]

    async def until(self, wanted: Callable[[str], bool]) -> str:
        """The text so far, as soon as it is as wanted."""
        text = ""
        async with asyncio.timeout(PATIENCE):
            async for entry in self.reader.follow(log_name(self.job.generation_id)):
                part = decode(entry.data)
                text += part.delta if isinstance(part, TextDelta) else ""
                if wanted(text):
                    return text
        return text


def text_of(parts: Sequence[Part]) -> str:
    """What a reader sees at the end: what came before a reset is forgotten."""
    text = ""
    for part in parts:
        if part.__struct_config__.tag == "reset-step":
            text = ""
        text += part.delta if isinstance(part, TextDelta) else ""
    return text


def tags(parts: Sequence[Part]) -> list[str]:
    return [str(part.__struct_config__.tag) for part in parts]


@dataclass
class Running:
    """The orchestrator with everything around it."""

    database: ServiceDatabase
    simulated: Simulated
    chat: ChatStandIn
    bus: Bus
    reader: LogReader
    valkey: Valkey
    signed: dict[str, InternalClient]
    issuer: IdentityIssuer
    workers: list[Worker]
    start: Callable[..., Any]
    environ: dict[str, str]
    clients: list[AsyncOpenAI] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.workers[0].url

    async def ask(
        self,
        question: str,
        *before: str,
        model: str | None = "sim-fast",
        workspace: UUID | None = None,
        person: UUID | None = None,
        bases: Sequence[str] = (),
        stop_requested: bool = False,
        forget_window: bool = False,
        anew: bool = False,
    ) -> Asked:
        """Puts a question as chat does: a window, and a job with ids only."""
        job = GenerateAnswer(
            workspace_id=workspace or uuid4(),
            user_id=person or uuid4(),
            generation_id=uuid4(),
            conversation_id=uuid4(),
            question_id=uuid4(),
            answer_id=uuid4(),
            plan="unlimited",
            model=model,
            knowledge_base_ids=tuple(map(UUID, bases)),
            anew=anew,
            requested_at=datetime.now(UTC),
        )
        roles = ("user", "assistant")
        earlier = [WindowMessage(uuid4(), roles[at % 2], text) for at, text in enumerate(before)]  # type: ignore[arg-type]  # one of the two
        if not forget_window:
            messages = (*earlier, WindowMessage(job.question_id, "user", question))
            self.chat.windows[job.answer_id] = Window(messages, stop_requested=stop_requested)
        await self.send(job)
        return Asked(job, self.reader)

    async def send(self, message: GenerateAnswer | StopRequested) -> None:
        await self.bus.publish(seal(message))

    async def ended(self, asked: Asked) -> GenerationFinished:
        return await self.chat.end_of(lambda end: end.generation_id == asked.job.generation_id)

    async def record(self, asked: Asked) -> GenerationRecord:
        path = f"/internal/orchestrator/generations/{asked.job.generation_id}"
        return await self.signed["chat"].call("GET", "orchestrator", path, None, GenerationRecord)

    def identity(self, workspace: UUID | None = None, plan: str = "unlimited") -> str:
        identity = Identity(
            kind="api_key", credential_id=uuid4(), plan=plan, user_id=uuid4(), workspace_id=workspace or uuid4()
        )
        return self.issuer.issue(identity)

    def sdk(self, workspace: UUID | None = None) -> AsyncOpenAI:
        """OpenAI's own client; the identity is what the gateway would have added."""
        made = AsyncOpenAI(
            base_url=f"{self.url}/v1",
            api_key="unused",
            max_retries=0,
            timeout=PATIENCE,
            default_headers={HEADER: self.identity(workspace)},
        )
        self.clients.append(made)
        return made


@asynccontextmanager
async def process_of(running: Running, log: Path) -> AsyncIterator[tuple[subprocess.Popen[bytes], str]]:
    """The only worker, as a process of its own, and its address; its log goes to a file."""
    for worker in running.workers:
        await worker.stop()
    environ = {**os.environ, **running.environ, "TERTULIA_LOG_LEVEL": "debug"}
    command = [sys.executable, "-c", _PROGRAM]
    with log.open("wb") as output, started(command, env=environ, stdout=output, stderr=output) as process:
        async with asyncio.timeout(PATIENCE):
            while not (told := _lines(log, '"event":"started"')):
                await asyncio.sleep(0.05)
        yield process, f"http://127.0.0.1:{json.loads(told[0])['port']}"
        process.kill()


def _lines(log: Path, wanted: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if wanted in line]


_PROGRAM = """
import os
from tertulia.orchestrator.app import build
from tertulia.platform.lifecycle import run
raise SystemExit(run(build(os.environ)))
"""


@pytest.fixture
def settings_of_test() -> dict[str, str]:
    """A test module overrides this to change the environment."""
    return {}


@pytest.fixture
async def running(
    servers: Any, own_database: ServiceDatabase, simulated: Simulated, tmp_path: Path, settings_of_test: dict[str, str]
) -> AsyncIterator[Running]:
    keys = new_keys()
    simulated.forget_script()
    environ = _environment(servers, own_database, simulated, keys, tmp_path) | settings_of_test
    async with AsyncExitStack() as stack:
        valkey = await stack.enter_async_context(Valkey(servers.valkey.url, name="test"))
        reader = await stack.enter_async_context(LogReader(valkey))
        bus = await stack.enter_async_context(Bus(servers.nats.url, "test"))
        await streams.empty(bus)
        chat = ChatStandIn()
        settings = load(OrchestratorSettings, environ | {"TERTULIA_INTERNAL_URL": "http://unused"})
        behind, _ = await stack.enter_async_context(served(Service("chat", chat, settings)))
        environ["TERTULIA_INTERNAL_URL"] = behind
        workers: list[Worker] = []

        async def start(**changes: str) -> Worker:
            service = build(environ | changes)
            url, stop = await stack.enter_async_context(served(service))
            workers.append(Worker(url, service, stop))
            return workers[-1]

        await start()
        signed = {
            name: await stack.enter_async_context(InternalClient(workers[0].url, name, keys[name]))
            for name in ("chat", "auth")
        }
        durable = f"test_{uuid4().hex}"
        heard: list[Subscription[Any]] = [
            Subscription(GenerationFinished, durable, chat.hear),
            Subscription(GenerationsServed, f"{durable}-served", chat.hear_served),
        ]
        hearing = asyncio.create_task(bus.run(heard))
        stack.push_async_callback(cancelled, hearing)
        await bus.ready()
        made = Running(
            own_database,
            simulated,
            chat,
            bus,
            reader,
            valkey,
            signed,
            IdentityIssuer(keys["gateway"]),
            workers,
            start,
            environ,
        )
        yield made
        for client in made.clients:
            await client.close()


@pytest.fixture
async def keeper(running: Running) -> AsyncIterator[Keeper]:
    made = Keeper(running)
    yield made
    await made.client.aclose()


def _environment(
    servers: Any,
    database: ServiceDatabase,
    simulated: Simulated,
    keys: dict[str, Ed25519PrivateKey],
    directory: Path,
) -> dict[str, str]:
    return environment("orchestrator", servers, database, keys, directory) | {
        "TERTULIA_ORCHESTRATOR_MASTER_KEYS": "a master key that is only for tests",
        "TERTULIA_LOG_LEVEL": os.environ.get("TEST_LOG_LEVEL", "error"),
        "TERTULIA_GRACE": "2s",
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": simulated.base_url,
        "TERTULIA_ORCHESTRATOR_FIRST_TOKEN": "4s",
        "TERTULIA_ORCHESTRATOR_BETWEEN_TOKENS": "4s",
        "TERTULIA_ORCHESTRATOR_WHOLE_ANSWER": "8s",
        "TERTULIA_ORCHESTRATOR_LEASE": "2s",
        # Most tests make a provider fail on purpose; the one that is about breakers sets its own.
        "TERTULIA_ORCHESTRATOR_BREAKER_FAILURES": "1000",
    }
