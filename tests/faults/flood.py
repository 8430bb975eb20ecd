"""One tenant that asks too much: ``python -m tests.faults.flood URL TOKEN PATH RATE SECONDS``; counts the answers.

It says ``ready`` and begins at a line from its input, so that its own start disturbs nothing that is measured.
"""

import asyncio
import json
import sys
import time
from collections import Counter

import aiohttp

QUESTION = {"model": "sim-fast", "messages": [{"role": "user", "content": "again [[sim: tokens=1]]"}]}


async def flood(url: str, token: str, path: str, rate: float, seconds: float) -> Counter[str]:
    """By status, with OpenAI's words for a refusal."""
    counts: Counter[str] = Counter()
    headers = {"authorization": f"Bearer {token}"}
    connector = aiohttp.TCPConnector(limit=100)
    method, body = ("POST", QUESTION) if path.startswith("/v1/") else ("GET", None)

    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def one() -> None:
            try:
                async with session.request(method, f"{url}{path}", json=body) as answer:
                    told = await answer.json(content_type=None)
                    counts[f"{answer.status} {told.get('error', {}).get('message', '')}".strip()] += 1
            except aiohttp.ClientError as error:
                counts[type(error).__name__] += 1

        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(round(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                group.create_task(one())
    return counts


if __name__ == "__main__":
    url, token, path, rate, seconds = sys.argv[1:]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(asyncio.run(flood(url, token, path, float(rate), float(seconds)))))
