"""Names a conversation after its first answer: a few words by a model, or the question's beginning when none can."""

import re
from datetime import timedelta

import msgspec
import structlog

from tertulia.contracts.orchestrator import GenerationStatus, Title, Usage, WriteTitle
from tertulia.orchestrator.pipeline.respond import estimate
from tertulia.orchestrator.providers.failover import Failover, ProviderCall
from tertulia.orchestrator.providers.port import usage_told
from tertulia.orchestrator.providers.registry import Catalogues
from tertulia.orchestrator.redaction import Redaction, restore
from tertulia.orchestrator.service import accounting
from tertulia.orchestrator.service.accounting import Accounts
from tertulia.orchestrator.service.completions import Customer, ended
from tertulia.platform.errors import TertuliaError
from tertulia.platform.ids import uuid7

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
    def __init__(self, catalogues: Catalogues, failover: Failover, accounts: Accounts, redaction: Redaction) -> None:
        self._catalogues = catalogues
        self._redaction = redaction
        self._failover = failover
        self._accounts = accounts

    async def write(self, asked: WriteTitle) -> Title:
        """Never fails: the question's beginning is a title too."""
        try:
            title = cleaned(await self._ask(asked))
            title = "" if is_echo(title) else title
        except TertuliaError as failure:
            log.info("title_not_written", code=failure.code)
            title = ""
        return Title(title or cleaned(asked.question) or "New conversation")

    async def _ask(self, asked: WriteTitle) -> str:
        since = accounting.now()
        model = await (await self._catalogues(asked.workspace_id)).find(asked.model)
        texts = [f"Question: {asked.question[:_READ]}\n\nAnswer: {asked.answer[:_READ]}"]
        window = await self._redaction.window(asked.workspace_id)
        redacted = await window.redact(texts)
        messages = [{"role": "system", "content": _ASK}, {"role": "user", "content": redacted[0]}]
        body = msgspec.json.encode({"model": model.name, "messages": messages, "max_tokens": _MOST_TOKENS})
        customer = Customer(asked.workspace_id, asked.user_id, None, None)
        call = ProviderCall(
            model, body, asked.workspace_id, "", characters=sum(map(len, redacted)), most_tokens=_MOST_TOKENS
        )
        generation_id = uuid7()
        usage = Usage()
        code: str | None = None
        try:
            answer = await self._failover.complete(call)
            said = answer.whole.choices[0].message.content or "" if answer.whole.choices else ""
            usage = usage_told(answer.whole.usage) or await estimate(model.name, redacted, said)
        except TertuliaError as failure:
            code = failure.code
            raise
        finally:
            status: GenerationStatus = "failed" if code else "finished"
            end = ended(customer, call, generation_id, status=status, usage=usage, since=since, code=code, kind="title")
            await self._accounts.record(msgspec.structs.replace(end, source="chat"), customer.plan)
        return restore(said, window.values)


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
