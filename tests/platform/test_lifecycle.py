"""A service's process, whole: errors on the wire, probes, internal calls, drain, and what ends it."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any, ClassVar
from uuid import uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from starlette.types import Receive, Scope, Send

from tertulia.platform import context
from tertulia.platform.errors import NotFound, RateLimited, error_response
from tertulia.platform.http import CallRefused, HttpClient, InternalClient, read_body
from tertulia.platform.identity import HEADER, Identity, IdentityIssuer, IdentityVerifier, caller
from tertulia.platform.lifecycle import Service, StartFailed, WorkerDied, fastapi_app, serve
from tertulia.platform.settings import ProcessSettings, load
from tertulia.platform.signatures import Trust, signed_by
from tertulia.platform.sse import EventStream

KEY, STRANGER, EDGE = (Ed25519PrivateKey.generate() for _ in range(3))


class DemoSettings(ProcessSettings):
    service: ClassVar[str] = "demo"


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid")
    words: str
    count: int = 1


class Out(msgspec.Struct):
    said: str
    workspace: str | None
    request_id: str


class In(msgspec.Struct):
    words: str
    count: int = 1


class Busy(RateLimited):
    code = "too_busy"


async def _events() -> AsyncIterator[bytes]:
    yield b"data: one\n\n"
    await asyncio.Event().wait()


def _app() -> FastAPI:
    trust = Trust({"demo": KEY.public_key(), "stranger": STRANGER.public_key()})
    app = fastapi_app("demo", "Demo", verifier=IdentityVerifier(EDGE.public_key()), trust=trust, max_body=1000)
    internal = APIRouter(prefix="/internal/demo", dependencies=[Depends(signed_by("demo"))])

    @internal.post("/say/{what}")
    async def say(what: str, body: Words, who: Annotated[Identity, Depends(caller)]) -> dict[str, Any]:
        if what == "nothing":
            raise NotFound("There is no such thing.")
        if what == "busy":
            raise Busy("Too much.", retry_after=timedelta(milliseconds=1500))
        workspace = context.current().workspace_id
        assert workspace == who.workspace_id
        return {
            "said": body.words * body.count,
            "workspace": str(workspace),
            "request_id": context.current().request_id,
        }

    app.include_router(internal)

    @app.post("/api/words")
    async def words(body: Words) -> dict[str, int]:
        return {"count": body.count}

    @app.get("/v1/busy")
    async def busy() -> None:
        raise Busy("Too much.", retry_after=timedelta(milliseconds=1500))

    @app.get("/api/broken")
    async def broken() -> None:
        secret = "s3cret"
        raise RuntimeError(secret)

    @app.get("/api/stream")
    async def stream() -> Any:
        return _Answer(EventStream(_events()))

    return app


def _Answer(stream: EventStream) -> Any:  # noqa: N802 - stands in for a Response class
    from starlette.responses import Response

    class Streamed(Response):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await stream(scope, receive, send)

    return Streamed()


def _settings(**more: str) -> DemoSettings:
    return load(
        DemoSettings,
        {
            "TERTULIA_DEMO_PORT": "0",
            "TERTULIA_VALKEY_URL": "redis://x",
            "TERTULIA_NATS_URL": "nats://x",
            "TERTULIA_INTERNAL_URL": "http://127.0.0.1:1",
            "TERTULIA_TRUST_FILE": "/x",
            "TERTULIA_KEY_FILE": "/x",
            "TERTULIA_LOG_LEVEL": "error",
            "TERTULIA_GRACE": "3s",
            **more,
        },
    )


class Running:
    def __init__(self, url: str, stop: asyncio.Event, task: asyncio.Task[None]) -> None:
        self.url, self.stop, self.task = url, stop, task


@asynccontextmanager
async def _running(service: Service) -> AsyncIterator[Running]:
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(service, stop=stop, started=port.set_result))
    await asyncio.wait((task, port), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield Running(f"http://127.0.0.1:{await port}", stop, task)
    finally:
        stop.set()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with _running(Service("demo", _app(), _settings())) as running:
        yield running.url


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as opened:
        yield opened


BAD: list[tuple[str, str, bytes, int, str]] = [
    ("POST", "/api/words", b"{", 400, "malformed_json"),
    ("POST", "/api/words", b"\xff\xfe", 400, "malformed_json"),
    ("POST", "/api/words", b'{"words": "\xff"}', 400, "malformed_json"),
    ("POST", "/api/words", b"[" * 900, 400, "malformed_json"),
    ("POST", "/api/words", b"", 422, "unprocessable"),
    ("POST", "/api/words", b"[]", 422, "unprocessable"),
    ("POST", "/api/words", b'{"words": 1}', 422, "unprocessable"),
    ("POST", "/api/words", b'{"words": "\\ud800"}', 400, "malformed_json"),
    ("POST", "/api/words", b'{"words": "a\\u0000"}', 422, "unprocessable"),
    ("POST", "/api/words", b'{"\\u0000": [[]]}', 422, "unprocessable"),
    ("POST", "/api/words", b'{"words": "a", "more": 1}', 422, "unprocessable"),
    ("POST", "/api/words", b'{"words": "%s"}' % (b"a" * 2000), 413, "too_large"),
    ("GET", "/api/words", b"", 405, "method_not_allowed"),
    ("HEAD", "/api/broken", b"", 405, "method_not_allowed"),
    ("GET", "/api/nothing", b"", 404, "not_found"),
    ("GET", "/api/words/", b"", 404, "not_found"),
    ("GET", "/api/broken", b"", 500, "internal_error"),
    ("POST", "/internal/demo/say/x", b'{"words": "a"}', 401, "unauthenticated"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1]} {case[4]}")
async def test_bad_input_gets_a_typed_problem(
    url: str, client: HttpClient, case: tuple[str, str, bytes, int, str]
) -> None:
    """Each has its status and code, the request's id, and nothing of our inside."""
    method, path, body, status, code = case
    headers = {"content-type": "application/json", "x-request-id": "abc-1"}
    answer = await client.request(method, url + path, headers=headers, body=body)
    assert answer.status == status
    assert answer.headers["x-request-id"] == "abc-1"
    assert answer.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        told = json.loads(answer.body)
        assert told["code"] == code
        assert (told["status"], told["request_id"], told["instance"]) == (status, "abc-1", path)
        assert b"s3cret" not in answer.body
        assert b"Traceback" not in answer.body


@pytest.mark.parametrize("text", ["\\\\u0000", "\\ud83d\\ude00", "\u00fc"])
async def test_text_that_only_looks_bad_is_taken(url: str, client: HttpClient, text: str) -> None:
    """An escaped backslash, a whole pair, plain UTF-8."""
    body = f'{{"words": "{text}"}}'.encode()
    headers = {"content-type": "application/json"}
    assert (await client.request("POST", url + "/api/words", headers=headers, body=body)).status == 200


async def test_wrong_fields_are_named(url: str, client: HttpClient) -> None:
    """A form can put each problem beside its field."""
    answer = await client.request("POST", url + "/api/words", json={"count": "x", "more": 1})
    fields = {e["field"] for e in json.loads(answer.body)["errors"]}
    assert fields == {"words", "count", "more"}


async def test_openai_paths_get_openai_errors(url: str, client: HttpClient) -> None:
    """The shape and headers that the SDK's exceptions and retries are made of."""
    answer = await client.request("GET", url + "/v1/busy")
    error = json.loads(answer.body)["error"]
    assert (error["type"], error["code"], error["param"]) == ("requests", "too_busy", None)
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("2", "1500")
    assert answer.headers["x-should-retry"] == "true"
    assert "x-request-id" in answer.headers
    assert int(answer.headers["openai-processing-ms"]) >= 0


@pytest.mark.parametrize("offered", ["a" * 129, "a b", "ü", "a;b"])
async def test_a_bad_request_id_is_replaced(url: str, client: HttpClient, offered: str) -> None:
    """Nothing of ours is written with what a stranger chose freely."""
    answer = await client.request("GET", url + "/api/nothing", headers={"x-request-id": offered})
    assert answer.headers["x-request-id"] not in (offered, "")


async def test_headers_without_bound_are_refused(url: str, client: HttpClient) -> None:
    """Above 64 KiB the answer is 431."""
    answer = await client.request("GET", url, headers={"x-long": "a" * 70_000})
    assert answer.status == 431


async def test_an_internal_call_carries_the_caller(url: str) -> None:
    """Request id, identity and workspace are the same on the other side."""
    who = Identity(kind="session", credential_id=uuid4(), plan="free", workspace_id=uuid4())
    call = context.CallContext(request_id="r-1", identity=IdentityIssuer(EDGE).issue(who))
    async with InternalClient(url, "demo", KEY) as internal:
        with context.serving(call):
            out = await internal.call("POST", "demo", "/say/x", In("ab", 2), Out)
            assert out == Out("abab", str(who.workspace_id), "r-1")
            with pytest.raises(NotFound, match="no such thing"):
                await internal.call("POST", "demo", "/say/nothing", In("a"), Out)
            with pytest.raises(CallRefused) as refused:
                await internal.call("POST", "demo", "/say/busy", In("a"), Out)
            assert (refused.value.remote_status, refused.value.remote_code) == (429, "too_busy")
    async with InternalClient(url, "stranger", STRANGER) as stranger:
        with context.serving(call), pytest.raises(CallRefused) as refused:
            await stranger.call("POST", "demo", "/say/x", In("a"), Out)
        assert refused.value.remote_status == 403


async def test_a_past_deadline_makes_no_call() -> None:
    """Work that nobody waits for any more is dropped."""
    from tertulia.platform.errors import DeadlineExceeded

    async with InternalClient("http://127.0.0.1:1", "demo", KEY) as internal:
        with context.serving(context.CallContext(deadline=time.monotonic() - 1)), pytest.raises(DeadlineExceeded):
            await internal.call("POST", "demo", "/say/x", In("a"), Out)


@pytest.mark.parametrize("milliseconds", ["0", "50"])
async def test_a_call_ends_at_its_deadline(client: HttpClient, milliseconds: str) -> None:
    """A handler that hangs costs its caller no more than the caller would wait."""
    app, left = _app(), asyncio.Event()

    @app.get("/hangs")
    async def hangs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    async with _running(Service("demo", app, _settings())) as running:
        answer = await client.request("GET", running.url + "/hangs", headers={"x-tertulia-deadline-ms": milliseconds})
    assert (answer.status, json.loads(answer.body)["code"]) == (504, "deadline_exceeded")
    assert left.is_set() or milliseconds == "0"


async def test_probes_and_metrics(client: HttpClient) -> None:
    """Liveness depends on nothing; readiness names what fails, hangs or works; metrics know routes, not paths."""

    async def fine() -> None: ...

    async def fails() -> None:
        raise ConnectionError("postgresql://u:s3cret@h/d")

    service = Service("demo", _app(), _settings(), checks={"a": fine, "b": fails})
    async with _running(service) as running:
        await client.request("GET", f"{running.url}/api/nothing/{uuid4()}")
        assert (await client.request("GET", running.url + "/livez")).status == 200
        ready = await client.request("GET", running.url + "/readyz")
        metrics = (await client.request("GET", running.url + "/metrics")).body.decode()
    told = json.loads(ready.body)
    assert (ready.status, told["status"]) == (503, "not ready")
    assert told["checks"]["a"]["ok"] is True
    assert told["checks"]["b"] == {"ok": False, "error": "ConnectionError"}
    assert 'route="unmatched"' in metrics
    assert "/api/nothing" not in metrics


async def test_bare_applications_get_the_same(client: HttpClient) -> None:
    """A hot path in bare ASGI reads bodies within bounds and raises the same errors."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        context.name_route(scope, "/bare")
        body = await read_body(scope, receive, 10)
        if body == b"refuse":
            await error_response(NotFound("No."), scope)(scope, receive, send)
        elif body == b"late":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"part", "more_body": True})
            raise RuntimeError("s3cret")
        raise NotFound("Nothing.")

    from tertulia.platform.http import Broken

    async with _running(Service("demo", app, _settings())) as running:
        assert (await client.request("POST", running.url, body=b"x")).status == 404
        assert (await client.request("POST", running.url, body=b"x" * 11)).status == 413
        with pytest.raises(Broken):
            await client.request("POST", running.url, body=b"late")


async def test_a_stop_ends_streams_and_finishes_calls(client: HttpClient) -> None:
    """Readiness falls, a stream that can be resumed ends at once, a call in flight is answered."""
    entered, go_on, order = asyncio.Event(), asyncio.Event(), []
    app = _app()

    @app.get("/slow")
    async def slow() -> dict[str, str]:
        entered.set()
        await go_on.wait()
        return {"said": "done"}

    @asynccontextmanager
    async def resource(name: str) -> AsyncIterator[None]:
        yield
        order.append(name)

    async def worker() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            order.append("worker")

    service = Service("demo", app, _settings(), resources=[resource("first"), resource("second")], workers=[worker])
    async with _running(service) as running, client.stream("GET", running.url + "/api/stream") as stream:
        pieces = aiter(stream)
        while b"one" not in await anext(pieces):
            pass
        calling = asyncio.create_task(client.request("GET", running.url + "/slow"))
        await entered.wait()
        running.stop.set()
        rest = [piece async for piece in pieces]
        go_on.set()
        assert (await calling).body == b'{"said":"done"}'
        await running.task
    assert rest == []
    assert order == ["worker", "second", "first"]


async def test_a_worker_that_dies_ends_the_process() -> None:
    """A service with half of its work running is worse than one that is started again."""

    async def dies() -> None:
        raise LookupError

    with pytest.raises(WorkerDied):
        await asyncio.wait_for(serve(Service("demo", _app(), _settings(), workers=[dies])), 10)


async def test_a_taken_port_is_one_line_that_says_what_to_do() -> None:
    """Nobody has to read a stack for that."""
    async with _running(Service("demo", _app(), _settings())) as running:
        port = running.url.rpartition(":")[2]
        with pytest.raises(StartFailed, match=f"cannot listen on 127.0.0.1:{port}.*another port"):
            await serve(Service("demo", _app(), _settings(TERTULIA_DEMO_PORT=port)))


PROCESS = """
import sys, asyncio
sys.path.insert(0, {folder!r})
from test_lifecycle import _app, _settings
from tertulia.platform.lifecycle import Service, run
async def dies():
    await asyncio.sleep(0)
    raise LookupError
workers = [dies] if {dies} else []
sys.exit(run(Service("demo", _app(), _settings(TERTULIA_LOG_LEVEL="info"), workers=workers)))
"""


@pytest.mark.parametrize(("dies", "code", "last"), [(False, 0, "stopped"), (True, 1, "worker_died")])
def test_a_process_ends_with_its_code_and_json_lines(dies: bool, code: int, last: str) -> None:
    """SIGTERM is a clean end; a dead worker is not. Every line on standard output is JSON."""
    folder = __file__.rpartition("/")[0]
    program = PROCESS.format(folder=folder, dies=dies)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(json.loads(line))
            if lines[-1]["event"] == "started" and not dies:
                process.send_signal(signal.SIGTERM)
        assert process.wait(20) == code
    assert last in [line["event"] for line in lines]
    assert all(line["service"] == "demo" for line in lines)


def test_who_forges_a_header_from_outside_is_nobody() -> None:
    """The identity header has one name everywhere; the edge strips it."""
    assert HEADER == "x-tertulia-identity"
