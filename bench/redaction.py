"""How long a message of 200 words waits for its redaction: ``python -m bench.redaction [--messages N]``.

Half of the sentences are those of the evaluation of personal data, with made-up values that are new each time; the rest
hold nothing. One message after the other, with the language model in its process and a vault in a Postgres of its own.
Then the same messages again, as earlier ones of a conversation come again with each question.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import uvloop

from bench import figures, targets
from tertulia.local import models
from tertulia.local.evaluating import stores
from tertulia.local.home import Home
from tertulia.orchestrator.evals.pii import sentences
from tertulia.orchestrator.redaction import NamesFinder, Redaction
from tertulia.orchestrator.redaction.policy import REDACT_ALL, PrivacyPolicy
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.vault import Vault
from tertulia.platform.db import Database
from tertulia.platform.envelopes import MasterKeys

_WORDS = 200
_WARM = 20
_NOTHING = (
    "It works as we thought it would when we began.",
    "The pressure falls slowly after some minutes, and then it stays where it is for the rest of the day.",
    "Please explain this to me in a few words, as you would to somebody who has never heard of it.",
    "We have looked at it for a while, and nothing moved.",
    "What would you change in the second paragraph, and why?",
    "There are three steps: open the valve, wait until the needle rests, and write the number down.",
    "I would like the answer to be short, with a table at its end.",
    "Once the budget is agreed, the work can begin within a week, and it should take about a month.",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.redaction", description="Measure redaction")
    parser.add_argument("--messages", type=int, default=500)
    asked = parser.parse_args().messages
    names = models.pull(targets.MODELS.parent, models.NAMES, lambda *_: None)
    with tempfile.TemporaryDirectory(prefix="tertulia-redaction-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs as another user when root starts it
        with stores(Home(Path(folder))) as there:
            uvloop.run(_measure(there.database_url, names, asked))


async def _measure(url: str, folder: Path, count: int) -> None:
    messages = _messages(_WARM + count)
    async with Database(url, service="orchestrator") as database, NamesFinder(folder) as names:
        await names.loaded()
        vault = Vault(database, Keys(database, MasterKeys(["a key of this run alone"])))
        print("| a message of 200 words | p50 | p99 |\n|---|--:|--:|")
        without, whole = Redaction(_all, names), Redaction(_all, names, vault)
        workspace = uuid4()
        for told, redaction, of in (
            ("read for the first time, values numbered within the window", without, uuid4()),
            ("read for the first time, its new values put into the vault", whole, workspace),
            ("read before", whole, workspace),
        ):
            seconds = await _redact(redaction, of, messages)
            middle, late = figures.median(seconds) * 1e3, figures.percentile(seconds, 0.99) * 1e3
            print(f"| {told} | {middle:.1f} ms | {late:.1f} ms |")


async def _redact(redaction: Redaction, workspace: UUID, messages: Sequence[str]) -> list[float]:
    """Seconds of each; the first are not counted."""
    seconds: list[float] = []
    for message in messages:
        began = time.perf_counter()
        window = await redaction.window(workspace)
        await window.redact([message])
        seconds.append(time.perf_counter() - began)
        if window.without_names:
            raise RuntimeError("the model that finds names is away")
    return seconds[_WARM:]


def _messages(count: int) -> list[str]:
    drawn = random.Random(1)
    holding = [one.text for one in sentences("tuned", count)]  # more than are needed: of each round twenty
    drawn.shuffle(holding)
    return [_message(holding, drawn) for _ in range(count)]


def _message(holding: list[str], drawn: random.Random) -> str:
    said: list[str] = []
    while sum(len(one.split()) for one in said) < _WORDS:
        said += holding.pop(), drawn.choice(_NOTHING)
    return " ".join(said)


async def _all(_: UUID) -> PrivacyPolicy:
    return REDACT_ALL


if __name__ == "__main__":
    main()
