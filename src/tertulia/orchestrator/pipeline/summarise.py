"""Step ``summarise``: when a conversation outgrows its model's window, recalls in a few words what falls out of it.

What falls out is summarised in large steps, so that between two of them a prompt only grows at its end and a provider's
prompt cache knows it. That is best done ahead of need, after an answer: a reader waits only for what was not, no longer
than this step's time, and what was begun then goes on for the next question.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, Self
from uuid import UUID

import structlog

from tertulia.contracts.chat import GenerateAnswer, WindowMessage
from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline.budget import Budget
from tertulia.orchestrator.pipeline.summary import Recalled
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.providers.registry import Catalogues, Model
from tertulia.platform.errors import TertuliaError, Unavailable

log = structlog.get_logger()

_KEPT_SHARE = 0.5
"""Of the conversation's room: what the newest messages may fill after a summary was made."""

_AHEAD_SHARE = 0.75
"""From here on the next summary is made without anybody waiting for it."""

_FITS_ANY = 1024
"""Tokens that need no look at the model's window."""

_MOST_AT_ONCE = 16


class TooManySummaries(Unavailable):
    code, title = "too_many_summaries", "Too many conversations are being summarised"


class Summaries(Protocol):
    """Where summaries are kept, and who writes them."""

    async def known(self, job: GenerateAnswer, messages: Sequence[WindowMessage]) -> Recalled | None:
        """The latest that stands for a beginning of these messages."""
        ...

    async def extend(
        self, job: GenerateAnswer, model: Model, messages: Sequence[WindowMessage], known: Recalled | None, upto: int
    ) -> Recalled:
        """One that stands for the first ``upto`` messages."""
        ...


class Summarise:
    def __init__(self, catalogues: Catalogues, system_prompt: str, reserve: int, summaries: Summaries) -> None:
        self._catalogues = catalogues
        self._system_prompt = system_prompt
        self._reserve = reserve
        self._summaries = summaries
        self._running: dict[UUID, asyncio.Task[Recalled | None]] = {}

    def wanted(self, turn: Turn) -> bool:
        """What surely fits is not counted."""
        return _bound(turn.conversation) > _FITS_ANY

    async def __call__(self, turn: Turn) -> None:
        """Raises: TooManySummaries; ProviderFailure, SummaryUnusable; Unavailable."""
        messages = turn.conversation
        model = await self._model(turn)
        if not self._may_outgrow(turn, model, messages, 1):
            return
        turn.recalled = await self._summaries.known(turn.job, messages)
        upto = await self._due(turn, model, messages, turn.recalled, 1)
        if upto:
            turn.recalled = await asyncio.shield(self._started(turn.job, model, messages, turn.recalled, upto))

    def look_ahead(self, turn: Turn) -> None:
        """After an answer: begin what the next question would else wait for."""
        if turn.window is None or not turn.text:
            return
        messages = (*turn.window.messages, WindowMessage(turn.job.answer_id, "assistant", turn.text))
        busy = turn.job.conversation_id in self._running or len(self._running) >= _MOST_AT_ONCE
        if not busy and _bound(messages) > _FITS_ANY:
            self._run(turn.job.conversation_id, self._ahead(turn, messages))

    async def __aexit__(self, *_: object) -> None:
        """What is being written is given up: the next question asks for it again."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def _ahead(self, turn: Turn, messages: Sequence[WindowMessage]) -> Recalled | None:
        model = await self._model(turn)
        if not self._may_outgrow(turn, model, messages, _AHEAD_SHARE):
            return None
        known = await self._summaries.known(turn.job, messages)
        upto = await self._due(turn, model, messages, known, _AHEAD_SHARE)
        return await self._summaries.extend(turn.job, model, messages, known, upto) if upto else known

    def _started(
        self,
        job: GenerateAnswer,
        model: Model,
        messages: Sequence[WindowMessage],
        known: Recalled | None,
        upto: int,
    ) -> "asyncio.Task[Recalled | None]":
        """One summary of a conversation is written at a time. Raises: TooManySummaries."""
        if (running := self._running.get(job.conversation_id)) is not None:
            return running
        if len(self._running) >= _MOST_AT_ONCE:
            raise TooManySummaries("The conversation's beginning could not be recalled just now. Ask again shortly.")
        return self._run(job.conversation_id, self._summaries.extend(job, model, messages, known, upto))

    def _run(
        self, conversation_id: UUID, work: "Coroutine[Any, Any, Recalled | None]"
    ) -> "asyncio.Task[Recalled | None]":
        task: asyncio.Task[Recalled | None] = asyncio.create_task(work, name="summarise a conversation")
        self._running[conversation_id] = task

        def ended(task: "asyncio.Task[Recalled | None]") -> None:
            del self._running[conversation_id]
            if not task.cancelled() and (error := task.exception()):
                code = error.code if isinstance(error, TertuliaError) else type(error).__name__
                log.warning("conversation_not_summarised", conversation_id=str(conversation_id), code=code)

        task.add_done_callback(ended)
        return task

    def _may_outgrow(self, turn: Turn, model: Model, messages: Sequence[WindowMessage], share: float) -> bool:
        room = self._room(turn, model, tokens.upper_bound(self._system_prompt))
        return _bound(messages) > room * share

    async def _model(self, turn: Turn) -> Model:
        return await (await self._catalogues(turn.job.workspace_id)).find(turn.asked_model)

    async def _due(
        self, turn: Turn, model: Model, messages: Sequence[WindowMessage], known: Recalled | None, share: float
    ) -> int:
        """How many messages the summary is to stand for; 0 when those that it does not stand for fill less than
        ``share`` of their room.
        """
        system, *sizes = await tokens.count(model.name, [self._system_prompt, *(message.text for message in messages)])
        room = self._room(turn, model, system + tokens.FOR_MESSAGE)
        covered = known.count if known else 0
        left = sum(sizes[covered:]) + tokens.FOR_MESSAGE * len(sizes[covered:])
        if left <= room * share:
            return 0
        upto = covered
        for at, message in enumerate(messages[covered:-1], covered + 1):
            left -= sizes[at - 1] + tokens.FOR_MESSAGE
            if message.role == "assistant":  # what is told in full begins with a question
                upto = at
                if left <= room * _KEPT_SHARE:
                    break
        return upto if upto > covered else 0

    def _room(self, turn: Turn, model: Model, system: int) -> int:
        documents = bool(turn.job.knowledge_base_ids)
        return Budget.of(model, self._reserve).conversation(system, documents=documents)


def _bound(messages: Sequence[WindowMessage]) -> int:
    """No conversation has more tokens."""
    return sum(tokens.upper_bound(message.text) + tokens.FOR_MESSAGE for message in messages)
