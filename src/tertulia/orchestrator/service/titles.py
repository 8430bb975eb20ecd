"""Names a conversation after its first answer: a few words by a model, or the question's beginning when none can."""

import re
from datetime import timedelta

import structlog

from tertulia.contracts.orchestrator import Title, WriteTitle
from tertulia.orchestrator.service.asides import Aside, Asides
from tertulia.platform.errors import TertuliaError

log = structlog.get_logger()

MOST_CHARACTERS = 60
TIMEOUT = timedelta(seconds=20)
_READ = 1000
_MOST_TOKENS = 24
_ASK = (
    "Write a title of at most six words for the conversation below, in its language. "
    "Answer with the title alone: no quotes, no full stop, no explanation."
)
_DECORATION = re.compile(r"^(?:title|titel|título|titre)\s*:\s*|[\"'`*#“”«»_]+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ASKED = frozenset(_WORD.findall(_ASK.lower()))
_SPACE = re.compile(r"\s+")


class Titles:
    def __init__(self, asides: Asides) -> None:
        self._asides = asides

    async def write(self, asked: WriteTitle) -> Title:
        """Never fails: the question's beginning is a title too."""
        aside = Aside("title", asked.workspace_id, asked.user_id, asked.model, _MOST_TOKENS)
        text = f"Question: {asked.question[:_READ]}\n\nAnswer: {asked.answer[:_READ]}"
        try:
            title = cleaned(await self._asides.ask(aside, _ASK, text))
            title = "" if is_echo(title) else title
        except TertuliaError as failure:
            log.info("title_not_written", code=failure.code)
            title = ""
        return Title(title or cleaned(asked.question) or "New conversation")


def is_echo(title: str) -> bool:
    """Whether a small model has only said again what it was asked to do."""
    words = _WORD.findall(title.lower())
    return len(words) > 1 and set(words) <= _ASKED


def cleaned(text: str) -> str:
    """One line of plain words, at most ``MOST_CHARACTERS`` long, cut between words where that is possible."""
    first = next((line for line in text.strip().splitlines() if line.strip()), "")
    plain = _SPACE.sub(" ", _DECORATION.sub("", first)).strip().rstrip(".:;,")
    if len(plain) <= MOST_CHARACTERS:
        return plain
    short = plain[: MOST_CHARACTERS - 1]
    at_word = short.rpartition(" ")[0]
    return (at_word if len(at_word) > MOST_CHARACTERS // 2 else short) + "…"
