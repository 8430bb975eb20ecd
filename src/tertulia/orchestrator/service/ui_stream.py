"""A turn as its readers see it: UI stream parts in the generation's live log.

What is said goes out as soon as the last append has returned; what is said meanwhile goes with the next, as one delta,
so that tokens are batched only when the machine is busy. How the steps go can wait for a moment, in which most often
the first text comes along. The terminal part is written apart, after the database knows the end.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from tertulia.contracts.orchestrator import WARNINGS, Source
from tertulia.contracts.stream import (
    DataQueue,
    DataStep,
    FinishStep,
    Part,
    ResetStep,
    Start,
    StartStep,
    TextDelta,
    TextEnd,
    TextStart,
    cited,
    decode,
    encode,
)
from tertulia.orchestrator.pipeline.runner import Progress
from tertulia.platform.sequence_log import Fenced, LogWriter

_A_MOMENT = 0.03
"""Seconds."""


class UiStream:
    """The ``Audience`` of one turn. ``fenced`` is called when another worker has taken the log over."""

    def __init__(self, writer: LogWriter, message_id: str, fenced: Callable[[], None]) -> None:
        self._writer = writer
        self._message_id = message_id
        self._text_id = f"text-{writer.epoch}"
        self._fenced = fenced
        self._entries: list[bytes] = []
        self._delta: list[str] = []
        self._text_open = False
        self._closing = False
        self._wake = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None
        self._pump: asyncio.Task[None] | None = None

    async def open(self) -> str:
        """Begin the message, or go on after a worker that has died; the text that it left unfinished.

        With no such text a step that was begun is begun again. Raises: Fenced; Unavailable when a log that may hold
        something cannot be read.
        """
        held: list[bytes] = []
        if self._writer.epoch == 1:
            self._writer.begin()
        else:
            held = await self._writer.open()
        text_id, text = _unfinished(held)
        if text_id is not None and text:
            self._text_id, self._text_open = text_id, True
        else:
            for part in self._beginning(held):
                self._add(part, within=_A_MOMENT)
        self._pump = asyncio.create_task(self._run(), name="log pump")
        return text if self._text_open else ""

    def _beginning(self, held: Sequence[bytes]) -> list[Part]:
        """A later worker may find nothing of what readers have: they forget it."""
        reset: list[Part] = [ResetStep()] if self._writer.epoch > 1 else []
        return reset if held else [*reset, Start(message_id=self._message_id), StartStep()]

    def begin_again(self) -> None:
        self._add(ResetStep())
        self._text_id, self._text_open = f"text-{self._writer.epoch}", False

    def progress(self, progress: Progress, warning: str | None) -> None:
        data: dict[str, Any] = {"name": progress.name, "status": progress.status}
        if progress.record is not None:
            data["milliseconds"] = progress.record.milliseconds
        if warning is not None:
            data |= {"code": warning, "detail": WARNINGS[warning]}
        self._add(DataStep(id=f"step-{progress.name}", data=data), within=_A_MOMENT)

    def cite(self, sources: Sequence[Source]) -> None:
        for source in sources:
            self._add(cited(source))

    def queued(self, place: int) -> None:
        self._add(DataQueue(data={"position": place}))

    def say(self, text: str) -> None:
        if not self._text_open:
            self._text_open = True
            self._add(TextStart(id=self._text_id))
        self._delta.append(text)
        self._wake.set()

    async def close_text(self) -> None:
        """All that was said is on its way to the readers before the end is written down."""
        if self._text_open:
            self._text_open = False
            self._add(TextEnd(id=self._text_id))
        self._add(FinishStep())
        await self._stop_pump()
        with suppress(Fenced):  # the database will say the same, and for good
            await self._append()

    async def end(self, parts: Sequence[Part]) -> None:
        """The terminal parts. Raises: Fenced."""
        await self._writer.append([encode(part) for part in parts], end=True)

    async def abandon(self) -> None:
        """Say nothing more; the next worker does."""
        await self._stop_pump()

    def _add(self, part: Part, *, within: float = 0) -> None:
        """``within``: how many seconds it can wait for others."""
        self._take_delta()
        self._entries.append(encode(part))
        if not within:
            self._wake.set()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(within, self._wake.set)

    def _take_delta(self) -> None:
        if self._delta:
            self._entries.append(encode(TextDelta(id=self._text_id, delta="".join(self._delta))))
            self._delta.clear()

    async def _run(self) -> None:
        try:
            while not self._closing:
                await self._wake.wait()
                await self._append()
        except Fenced:
            self._fenced()

    async def _append(self) -> None:
        self._wake.clear()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._take_delta()
        if self._entries:
            entries, self._entries = self._entries, []
            await self._writer.append(entries)

    async def _stop_pump(self) -> None:
        """An append that is on its way is let finish: cut off, it could lose what it had taken."""
        self._closing = True
        self._wake.set()
        if self._pump is not None:
            await self._pump


def _unfinished(entries: Sequence[bytes]) -> tuple[str | None, str]:
    """The text that a log's entries leave open: its id and what it says so far."""
    text_id: str | None = None
    said: list[str] = []
    for entry in entries:
        match decode(entry):
            case TextStart(id=begun):
                text_id, said = begun, []
            case TextDelta(delta=delta):
                said.append(delta)
            case TextEnd() | FinishStep() | ResetStep():
                text_id, said = None, []
    return text_id, "".join(said)
