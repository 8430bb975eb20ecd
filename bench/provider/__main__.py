"""Starts the simulated provider: ``python -m bench.provider --port 0 [--key sk-test] [--model NAME]``."""

import argparse
import asyncio
import json
import signal

import uvloop

from bench.provider.provider import MODELS, Provider
from bench.provider.server import listen


async def serve(host: str, port: int, provider: Provider) -> None:
    server = await listen(provider.handle, host, port)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    bound = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": bound, "base_url": f"http://{host}:{bound}/v1"}), flush=True)
    await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A simulated OpenAI-compatible provider")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", action="append", default=[], help="a key it accepts; without one, any")
    parser.add_argument("--model", action="append", default=[], help="a model it lists, the first is the default")
    parser.add_argument("--log-size", type=int, default=100_000)
    given = parser.parse_args()
    provider = Provider(given.key, given.model or MODELS, given.log_size)
    uvloop.run(serve(given.host, given.port, provider))


if __name__ == "__main__":
    main()
