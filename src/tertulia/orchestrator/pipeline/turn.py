"""What the steps of a chat turn work on: the question's way from window to answer, and who hears of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tertulia.contracts.chat import GenerateAnswer, Window, WindowMessage
from tertulia.contracts.orchestrator import Attempt, Source, StepRecord, Usage
from tertulia.orchestrator.pipeline.runner import Progress
from tertulia.orchestrator.pipeline.summary import Recalled
from tertulia.orchestrator.providers.call import ProviderCall
from tertulia.orchestrator.providers.registry import Model
from tertulia.orchestrator.redaction import RedactionWindow
from tertulia.orchestrator.repository.chunks import Found
from tertulia.orchestrator.reuse import LookedUp
from tertulia.orchestrator.routing import Choice


class Stopped(Exception):
    """The reader wants no more of this answer."""


class Audience(Protocol):
    """Hears of the turn as it happens; must not block."""

    def progress(self, progress: Progress, warning: str | None) -> None:
        """``warning``: a code of ``WARNINGS``."""
        ...

    def say(self, text: str) -> None: ...

    def cite(self, sources: Sequence[Source]) -> None:
        """The passages that the answer is given."""
        ...

    def begin_again(self) -> None:
        """What was said counts no more."""
        ...

    def queued(self, place: int) -> None:
        """Where the turn stands in the queue before the provider."""
        ...


@dataclass
class Turn:
    """Each step reads what earlier ones left, and leaves its own part."""

    job: GenerateAnswer
    audience: Audience
    started: float = field(default_factory=time.monotonic)
    fetched: "asyncio.Task[Window] | None" = None
    """The window on its way, where somebody has begun to fetch it."""
    window: Window | None = None
    texts: list[str] = field(default_factory=list)
    """The window's messages, redacted."""
    values: dict[str, str] = field(default_factory=dict)
    """Placeholder → value."""
    redaction: RedactionWindow | None = None
    """Once ``redact`` has begun; what else is sent goes through it too."""
    searched_for: str | None = None
    """The question as it was written anew, where it was."""
    passages: list[Found] | None = None
    """What the documents say; empty where they do not tell, None where they were not or could not be asked."""
    sources: list[Source] = field(default_factory=list)
    """Where those passages stand, as the reader was told."""
    recalled: Recalled | None = None
    """What stands for the window's beginning, where the conversation has outgrown it."""
    choice: Choice | None = None
    """Who was chosen, where the choice was left to us."""
    model: Model | None = None
    messages: list[dict[str, str]] = field(default_factory=list)
    """What is sent: one system message, and the conversation."""
    temperature: float | None = None
    """What the workspace asks for; None leaves it to the model."""
    parts: list[tuple[str, str]] = field(default_factory=list)
    """What that system message is made of: each part's name and text."""
    body: bytes = b""
    kept: LookedUp | None = None
    """Its place among answers that are given again, where the workspace has opted in."""
    call: ProviderCall | None = None
    """What ``admit`` has a permit for."""
    attempts: list[Attempt] = field(default_factory=list)
    earlier: str = ""
    """What readers have of this answer from a worker that is gone."""
    continuation: bytes | None = None
    """A request that goes on after ``earlier``, where the provider can."""
    heard: list[str] = field(default_factory=list)
    """What the model said, with placeholders."""
    said: list[str] = field(default_factory=list)
    """What the reader was told: values restored."""
    finish_reason: str | None = None
    asked: float | None = None
    """When the provider was called, and when it first said something, on the monotonic clock."""
    first_token: float | None = None
    usage: Usage | None = None
    records: list[StepRecord] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    """The steps that the answer has to do without."""

    @property
    def asked_model(self) -> str | None:
        """Whose answer it is to be; None: the default's."""
        return self.job.model if self.choice is None else self.choice.model.id

    @property
    def conversation(self) -> Sequence[WindowMessage]:
        """The window's messages, for steps that need ``window``."""
        assert self.window is not None  # noqa: S101 - as just said
        return self.window.messages

    @property
    def question(self) -> str:
        """What the person asked, in their own words."""
        return next(message.text for message in reversed(self.conversation) if message.role == "user")

    @property
    def documents_do_not_tell(self) -> bool:
        """They were asked, and nothing in them bears on the question."""
        return self.passages == []

    @property
    def cache(self) -> str | None:
        """What the reader is told, where an answer that was given before may have been given."""
        return None if self.kept is None else self.kept.told

    @property
    def reused(self) -> bool:
        """The answer is one that was given before: no model is asked."""
        return self.kept is not None and self.kept.found is not None

    @property
    def prompt(self) -> list[str]:
        """The texts that are sent, for a count where the provider gives none."""
        return [message["content"] for message in self.messages]

    @property
    def text(self) -> str:
        return "".join(self.said)

    def provider_call(self, continuation: bytes | None = None) -> ProviderCall:
        """The call for this turn's answer; only the provider that can is asked to go on with a begun one."""
        assert self.model is not None  # noqa: S101 - it needs ``compose``
        return ProviderCall(
            self.model,
            continuation or self.body,
            self.job.workspace_id,
            self.job.plan,
            characters=sum(map(len, self.prompt)),
            shown=self.audience.queued,
            alone=continuation is not None,
            otherwise=self.choice.otherwise if self.choice and continuation is None else None,
            attempts=self.attempts,
        )

    def take_up(self, earlier: str) -> None:
        """What another worker has said is said, until it is taken back."""
        self.earlier = earlier
        if earlier:
            self.said.append(earlier)

    def begin_again(self) -> None:
        """Take back what an earlier worker said."""
        self.said.clear()
        self.audience.begin_again()

    def hear(self, piece: str) -> None:
        if self.first_token is None:
            self.first_token = time.monotonic()
        self.heard.append(piece)

    def say(self, text: str) -> None:
        """A NUL, which no database keeps, is told as it will be stored."""
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
        if text:
            self.said.append(text)
            self.audience.say(text)

    def watch(self, progress: Progress) -> None:
        if progress.record is not None:
            self.records.append(progress.record)
        lacks = progress.name in LACKS and progress.status in ("failed", "skipped")
        if lacks:
            self.lacking.append(progress.name)
        self.audience.progress(progress, LACKS[progress.name] if lacks else None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the answer has to do without, as codes of ``WARNINGS``."""
        return tuple(LACKS[name] for name in self.lacking)


LACKS = {
    "retrieve": "documents_not_searched",
    "summarise": "conversation_not_recalled",
    "names": "names_not_hidden",
}
"""What an answer is without when a step fails that is not critical, by the step's name."""
