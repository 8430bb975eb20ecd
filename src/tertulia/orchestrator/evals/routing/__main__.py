"""Asks a model all questions: ``python -m tertulia.orchestrator.evals.routing small|strong URL MODEL [KEY]``.

The URL is of an OpenAI-compatible server, as ``http://127.0.0.1:9000/v1``. Its answers, at temperature 0 and under the
product's own system prompt, go to ``answers_small.jsonl`` or ``answers_strong.jsonl`` beside this file.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from tertulia.orchestrator.evals.routing.labels import Answered, tasks
from tertulia.orchestrator.evals.routing.tasks import Task
from tertulia.orchestrator.providers.adapters import adapters
from tertulia.orchestrator.providers.file import ProviderSpec
from tertulia.orchestrator.providers.port import Deadlines, Provider, usage_told
from tertulia.orchestrator.settings import DEFAULT_PROMPT
from tertulia.platform.http import HttpClient

_PATIENCE = timedelta(minutes=10)
_AT_ONCE = 4
_MOST_TOKENS = 256


async def main(which: str, url: str, model: str, key: str | None) -> None:
    spec = ProviderSpec("asked", url, () if key is None else (key,))
    deadlines = Deadlines(_PATIENCE, _PATIENCE, _PATIENCE, _PATIENCE)
    places = asyncio.Semaphore(_AT_ONCE)
    async with HttpClient() as http:
        (provider,) = adapters(spec, http, deadlines)
        every = tasks(tuned_on=True) + tasks(tuned_on=False)
        answered = await asyncio.gather(*(_asked(provider, model, task, places) for task in every))
    lines = [msgspec.json.encode(one) + b"\n" for one in answered]
    Path(__file__).with_name(f"answers_{which}.jsonl").write_bytes(b"".join(lines))


async def _asked(provider: Provider, model: str, task: Task, places: asyncio.Semaphore) -> Answered:
    told = [{"role": "system", "content": DEFAULT_PROMPT}, {"role": "user", "content": task.question}]
    body = {"model": model, "messages": told, "temperature": 0, "max_tokens": _MOST_TOKENS}
    async with places:
        whole = (await provider.complete(msgspec.json.encode(body))).whole
    usage = usage_told(whole.usage)
    if usage is None:
        raise SystemExit(f"{model} does not tell its usage: what it costs cannot be counted")
    answer = whole.choices[0].message.content or ""
    return Answered(task.question, answer, usage.prompt_tokens, usage.completion_tokens)


if __name__ == "__main__":
    which, url, model, *key = sys.argv[1:]
    asyncio.run(main(which, url, model, key[0] if key else None))
