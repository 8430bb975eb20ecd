"""Holds a conversation as the chat's pipeline would: what of it is told to the model, after each of its turns.

The steps are the pipeline's own, over real stores and the laboratory's model; answers are those of the conversation.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from uuid import UUID, uuid4

from tertulia.contracts.chat import GenerateAnswer, Window, WindowMessage
from tertulia.contracts.orchestrator import Source
from tertulia.orchestrator.admission import Admission, Bounds
from tertulia.orchestrator.breaker import BreakerRules
from tertulia.orchestrator.evals.laboratory import PERSON, ChatServer, Laboratory
from tertulia.orchestrator.pipeline.assistant import Assistant as Instructions
from tertulia.orchestrator.pipeline.compose import Compose
from tertulia.orchestrator.pipeline.redact import Redact
from tertulia.orchestrator.pipeline.runner import Progress
from tertulia.orchestrator.pipeline.summarise import Summarise
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.adapters import adapters
from tertulia.orchestrator.providers.failover import Failover
from tertulia.orchestrator.providers.file import ModelSpec, ProviderSpec
from tertulia.orchestrator.providers.port import Deadlines
from tertulia.orchestrator.providers.prices import FREE
from tertulia.orchestrator.providers.registry import Registry
from tertulia.orchestrator.redaction import Redaction, restore
from tertulia.orchestrator.redaction.policy import PrivacyPolicy
from tertulia.orchestrator.service.accounting import Accounts
from tertulia.orchestrator.service.asides import Asides
from tertulia.orchestrator.service.keys import Keys
from tertulia.orchestrator.service.summaries import Summaries
from tertulia.orchestrator.settings import DEFAULT_PROMPT
from tertulia.platform.envelopes import MasterKeys
from tertulia.platform.http import HttpClient
from tertulia.platform.limits import Limits

_RESERVE = 1024
"""Tokens for the answer, as the settings have it by default."""

_PATIENCE = timedelta(minutes=15)
"""For one set of notes, on a machine that has much else to do."""


class Assistant:
    """One conversation's."""

    def __init__(self, redact: Redact, summarise: Summarise, compose: Compose) -> None:
        self._redact = redact
        self._summarise = summarise
        self._compose = compose
        # Each has a workspace of its own: no run finds another's notes.
        self._workspace, self._conversation = uuid4(), uuid4()

    async def told(self, messages: Sequence[WindowMessage]) -> list[str]:
        """The prompt's texts for the question that is the last message, the system's first, values restored.

        Raises: ProviderFailure, SummaryUnusable; Unavailable.
        """
        turn = Turn(self._job(messages[-1].id), _Nobody(), window=Window(tuple(messages)))
        await self._redact(turn)
        await self._summarise(turn)
        await self._compose(turn)
        return [restore(text, turn.values) for text in turn.prompt]

    def _job(self, question_id: UUID) -> GenerateAnswer:
        return GenerateAnswer(
            workspace_id=self._workspace,
            user_id=PERSON,
            generation_id=uuid4(),
            conversation_id=self._conversation,
            question_id=question_id,
            answer_id=uuid4(),
            plan="unlimited",
            requested_at=datetime.now(UTC),
        )


@asynccontextmanager
async def assistant(laboratory: Laboratory, chat: ChatServer) -> AsyncIterator[Assistant]:
    """With the product's own prompt and sizes. Names are not hidden: no placeholder stands for what is sought."""
    model = ModelSpec(chat.name, chat.context, FREE)
    spec = ProviderSpec("local", chat.url, (chat.key,), kind="local", models=(model,), concurrency=1)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(HttpClient())
        admission = Admission(laboratory.valkey, laboratory.valkey, {}, Bounds())
        await stack.enter_async_context(admission)
        providers = {spec.name: adapters(spec, http, Deadlines(_PATIENCE, _PATIENCE, _PATIENCE, _PATIENCE))}
        registry = Registry(providers[spec.name])
        failover = Failover(registry, providers, admission, rules=BreakerRules(), patience=_PATIENCE)

        async def catalogues(_: UUID) -> Registry:
            return registry

        async def policies(_: UUID) -> PrivacyPolicy:
            return PrivacyPolicy()

        async def instructions(_: UUID) -> Instructions:
            return Instructions()

        redaction = Redaction(policies)
        accounts = await stack.enter_async_context(Accounts(laboratory.database, Limits(laboratory.valkey)))
        asides = Asides(catalogues, failover, accounts, redaction)
        keys = Keys(laboratory.database, MasterKeys([token_hex()]))
        summaries = Summaries(laboratory.database, laboratory.valkey, keys, asides)
        summarise = await stack.enter_async_context(Summarise(catalogues, DEFAULT_PROMPT, _RESERVE, summaries))
        yield Assistant(Redact(redaction), summarise, Compose(catalogues, DEFAULT_PROMPT, _RESERVE, instructions))


class _Nobody:
    """Reads no answer."""

    def progress(self, progress: Progress, warning: str | None) -> None: ...

    def say(self, text: str) -> None: ...

    def cite(self, sources: Sequence[Source]) -> None: ...

    def begin_again(self) -> None: ...

    def queued(self, place: int) -> None: ...
