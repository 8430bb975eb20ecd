"""The life of a service's process: open its resources, serve, and on SIGTERM end what is in flight and leave in order.

``/livez`` depends on nothing, ``/readyz`` on the service's checks and on not draining. A worker that dies takes the
process with it, so that a supervisor starts a whole one. What a service is made of is decided in its ``app.py``.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from tertulia.platform import errors, logs, telemetry
from tertulia.platform.http.inbound import LimitBody, Observed
from tertulia.platform.http.probes import Probes
from tertulia.platform.http.text import CheckText
from tertulia.platform.http.uvicorn_server import make_server
from tertulia.platform.identity import IdentityVerifier
from tertulia.platform.settings import ProcessSettings
from tertulia.platform.signatures import Trust
from tertulia.platform.wire import Wire

log = structlog.get_logger()
_MEBIBYTE = 1024 * 1024
_GARBAGE = 20_000
_THREADS_SECONDS = 1.0


class StartFailed(Exception):
    """The service cannot start; the text says why and what to do, in one line."""


class WorkerDied(Exception):
    """A worker ended although nobody had told it to; it has been logged."""


@dataclass
class Service:
    """One service, put together. ``resources`` are entered in order and left in reverse; ``workers`` run until the
    drain cancels them, and may use the grace to finish what they have in hand.
    """

    name: str
    app: ASGIApp
    settings: ProcessSettings
    resources: list[AbstractAsyncContextManager[Any]] = field(default_factory=list)
    checks: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    workers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)


class Problem(Wire):
    """How errors look (RFC 9457)."""

    type: str
    """What kind of problem this is, as an address."""
    title: str
    """The problem's name."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong, and what to do."""
    instance: str
    """The path that was called."""
    code: str
    """The problem's name for programs: stable, where sentences are not."""
    request_id: str
    """The call's `X-Request-ID`, which is in the logs."""
    errors: list[dict[str, str]]
    """Which fields are wrong, and how; empty where none is."""


def fastapi_app(
    service_name: str,
    title: str,
    *,
    verifier: IdentityVerifier | None = None,
    trust: Trust | None = None,
    max_body: int = _MEBIBYTE,
    **options: Any,
) -> FastAPI:
    """A FastAPI application with our errors, call context and body bound; ``/openapi.json`` describes it.

    ``verifier`` serves ``identity.caller``, ``trust`` serves ``signatures.signed_by``.
    """
    app = FastAPI(
        title=title,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        responses={"default": {"model": Problem, "description": "Problem"}},
        redirect_slashes=False,
        **options,
    )
    app.state.service_name = service_name
    app.state.verifier = verifier
    app.state.trust = trust
    app.add_middleware(CheckText)
    app.add_middleware(LimitBody, limit=max_body)
    errors.install(app)
    app.add_middleware(Observed)
    plain = app.openapi
    app.openapi = lambda: _with_problems(plain())  # type: ignore[method-assign]  # FastAPI's own way
    return app


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI describes every answer under one media type; problems have their own."""
    for operations in document["paths"].values():
        for operation in operations.values():
            content = operation["responses"].get("default", {}).get("content", {})
            if "application/json" in content:
                content["application/problem+json"] = content.pop("application/json")
    return document


def _operation_id(route: APIRoute) -> str:
    return route.name


def run(service: Service, *, fd: int | None = None) -> int:
    """Serve on a uvloop of its own; the process's exit code.

    A thread that hangs ends with the process: the loop and the interpreter would wait for it for ever.
    """
    import uvloop

    async def served() -> int:
        code = 1
        try:
            with suppress(WorkerDied):  # it has been logged
                await serve(service, fd=fd)
                code = 0
        except StartFailed as failure:
            log.error("start_failed", reason=str(failure))  # noqa: TRY400 - one line that says what to do, no stack
        finally:
            _wait_for_threads(code)
        return code

    return uvloop.run(served())


def _wait_for_threads(code: int) -> None:
    """Ends the process with this code should it still be there after a second, when all that is orderly is done."""

    def leave() -> None:
        late = [thread.name for thread in threading.enumerate() if not thread.daemon]
        log.warning("threads_abandoned", threads=[name for name in late if name != threading.main_thread().name])
        sys.stdout.flush()
        os._exit(code)

    waiting = threading.Timer(_THREADS_SECONDS, leave)
    waiting.daemon = True
    waiting.start()


async def serve(
    service: Service,
    *,
    fd: int | None = None,
    stop: asyncio.Event | None = None,
    started: Callable[[int], None] | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or ``stop``. ``fd`` is a supervisor's bound socket; ``started`` is told the port.

    Raises: StartFailed; WorkerDied.
    """
    settings = service.settings
    logs.configure(service.name, level=settings.log_level, format=settings.log_format)
    dsn = settings.sentry_dsn
    telemetry.configure(
        service.name, otlp_endpoint=settings.otlp_endpoint, sentry_dsn=dsn.get_secret_value() if dsn else None
    )
    stop = stop or asyncio.Event()
    listening = _listen(settings, fd)
    try:
        async with AsyncExitStack() as resources:
            for resource in service.resources:
                await resources.enter_async_context(resource)
            with _signals(stop):
                await _serve(service, listening, stop, started)
    finally:
        listening.close()
        telemetry.shutdown()
        log.info("stopped")


async def _serve(
    service: Service, listening: socket.socket, stop: asyncio.Event, started: Callable[[int], None] | None
) -> None:
    probes = Probes(service.name, Observed(service.app), service.checks)
    server = make_server(probes, grace=service.settings.grace)
    async with _workers(service, stop) as workers:
        gc.collect()
        gc.freeze()  # what lives as long as the process is never looked at again
        gc.set_threshold(_GARBAGE)  # a request makes hundreds of objects, and hardly ever a cycle
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        port = listening.getsockname()[1]
        log.info("started", port=port)
        if started is not None:
            started(port)
        await _first(stop, serving)
        probes.draining.ring()
        log.info("draining", in_flight=len(server.server_state.tasks))
        for worker in workers:
            worker.cancel()
        await asyncio.sleep(service.settings.drain_delay.total_seconds())
        server.should_exit = True
        await serving


async def _first(stop: asyncio.Event, serving: asyncio.Task[None]) -> None:
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((stopping, serving), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


@asynccontextmanager
async def _workers(service: Service, stop: asyncio.Event) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run the workers; when one ends by itself everything stops, and WorkerDied is raised when the rest has drained."""
    dead: list[asyncio.Task[None]] = []

    def ended(task: asyncio.Task[None]) -> None:
        if task.cancelled() or stop.is_set():
            return
        log.error("worker_died", worker=task.get_name(), exc_info=task.exception())
        if error := task.exception():
            telemetry.report(error)
        dead.append(task)
        stop.set()

    tasks = [asyncio.create_task(_run(worker), name=_name(worker)) for worker in service.workers]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=service.settings.grace.total_seconds())
            if late:
                log.warning("workers_abandoned", workers=[task.get_name() for task in late])
    if dead:
        raise WorkerDied(dead[0].get_name())


async def _run(worker: Callable[[], Awaitable[None]]) -> None:
    await worker()


def _name(worker: Callable[[], Awaitable[None]]) -> str:
    return getattr(worker, "__qualname__", None) or type(worker).__name__


def _listen(settings: ProcessSettings, fd: int | None) -> socket.socket:
    """A bound socket, before anything else is opened: a taken port is known at once."""
    if fd is not None:
        return socket.socket(fileno=fd)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise StartFailed(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; stop what uses it or set another port"
        ) from error
    return listening


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set ``stop``; a second one ends the process at once. Only the main thread has signals."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT) if threading.current_thread() is threading.main_thread() else ()

    def received(number: int) -> None:
        stop.set()
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)

    for number in numbers:
        loop.add_signal_handler(number, received, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
