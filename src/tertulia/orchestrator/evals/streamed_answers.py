"""Whether personal data gets out with an answer: what its provider is sent, and what its reader is shown.

Messages of the templates that nothing was tuned on are redacted as a question is. A model that says them again, and
writes placeholders in its own ways, is read as a provider's stream is: in bytes that are cut anywhere. What is not
found in a message is ``personal_data``'s; here nothing that was found may be sent, and all of it must come back.
"""

import random
from collections.abc import Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from tertulia.orchestrator.evals.evaluation import Evaluation, Figure
from tertulia.orchestrator.evals.laboratory import WORKSPACE, Laboratory
from tertulia.orchestrator.evals.personal_data import PACKAGE
from tertulia.orchestrator.evals.pii import keep_all, sentences
from tertulia.orchestrator.providers.openai import ChunkReader
from tertulia.orchestrator.redaction import NamesFinder, Redaction, Restorer

S = TypeVar("S", str, bytes)

_ANSWERS = 10_000
_ROUNDS = 400
"""Of all templates: more than enough for so many."""

_LONGEST_WORD, _LONGEST_CUT = 12, 40
_WAYS = (
    ("[{}]", "{}"),
    ("[**{}**]", "{}"),
    ("[ {} ]", "{}"),
    ("\\[{}\\]", "{}"),
    ("`[{}]`", "`{}`"),
    ("**[{}]**", "**{}**"),
)
"""How a placeholder is written, and what a reader then sees."""


async def _measure(laboratory: Laboratory) -> list[Figure]:
    draw = random.Random(2)  # noqa: S311 - the same answers again are what is wanted
    values = sent = shown = restored = 0
    async with NamesFinder(laboratory.data / PACKAGE) as names:
        await names.loaded()
        redaction = Redaction(keep_all, names)
        for sentence in islice(sentences("held_out", _ROUNDS), _ANSWERS):
            window = await redaction.window(WORKSPACE)
            (redacted,) = await window.redact([sentence.text])
            values += len(window.values)
            sent += sum(value in redacted for value in window.values.values())
            said, wanted = said_again(redacted, window.values, draw)
            read = "".join(read_in_pieces(said, window.values, draw))
            shown += sum(one in read for one in window.values)
            restored += read == wanted
    of_values = f"of {values:,}"
    return [
        Figure("values sent to the provider", sent, 0, less_is_better=True, unit=of_values),
        Figure("placeholders shown to the reader", shown, 0, less_is_better=True, unit=of_values),
        Figure("answers that came back whole", restored / _ANSWERS, 1),
    ]


def said_again(redacted: str, values: dict[str, str], draw: random.Random) -> tuple[str, str]:
    """The text with its placeholders in a model's ways of writing, and what a reader should see of it."""
    said = wanted = redacted
    for placeholder, value in values.items():
        name = placeholder[1:-1]
        written, shown = draw.choice(_WAYS)
        said = said.replace(placeholder, written.format(draw.choice((name, name.lower(), name.replace("_", "\\_")))))
        wanted = wanted.replace(placeholder, shown.format(value))
    return said, wanted


def read_in_pieces(said: str, values: dict[str, str], draw: random.Random) -> Iterator[str]:
    """What the reader gets, piece by piece."""
    reader, restorer = ChunkReader(), Restorer(values)
    body = b"".join(map(_event, _cut(said, _LONGEST_WORD, draw))) + b"data: [DONE]\n\n"
    for piece in _cut(body, _LONGEST_CUT, draw):
        for event in reader.feed(piece):
            yield restorer.feed(event.chunk.choices[0].delta.content or "")
    yield restorer.finish()


def _event(content: str) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    return b"data: " + msgspec.json.encode({"object": "chat.completion.chunk", "choices": [choice]}) + b"\n\n"


def _cut(whole: S, longest: int, draw: random.Random) -> Iterator[S]:
    at = 0
    while at < len(whole):
        size = draw.randint(1, longest)
        yield whole[at : at + size]
        at += size


EVALUATION = Evaluation(
    "streamed-answers", f"{_ANSWERS:,} answers to made-up messages, streamed in bytes that are cut anywhere", _measure
)
