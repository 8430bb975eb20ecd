"""The least that Python can do between Envoy and a provider: bare ASGI on uvicorn, aiohttp, bytes as they come.

``python -m bench.passthrough BASE_URL PORT``. It knows no keys, limits, books or personal data: what any design of
Envoy and Python pays, and so the floor of what Tertulia can cost.
"""

import sys

import aiohttp
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send


class PassThrough:
    """Sends each body on to the provider, and its answer back."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        body, whole = b"", False
        while not whole:
            message = await receive()
            body += message.get("body", b"")
            whole = not message.get("more_body")
        async with self._session.post(self._url, data=body, headers={"content-type": "application/json"}) as answer:
            headers = [(b"content-type", answer.headers["content-type"].encode())]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            async for piece in answer.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def serve(base: str, port: int) -> None:
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        app = PassThrough(session, f"{base}/chat/completions")
        config = uvicorn.Config(app, port=port, http="httptools", lifespan="off", log_level="warning", access_log=False)
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))
