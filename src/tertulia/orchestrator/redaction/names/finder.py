"""Finds names in texts: only segments that may hold some are read, and each once, whatever window it comes in.

A text that comes again as it was, as a conversation's earlier messages do, is not even cut into segments again.
"""

import asyncio
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, Self
from uuid import UUID

from tertulia.orchestrator.redaction.names.contexts import in_context
from tertulia.orchestrator.redaction.names.first_names import with_first_names
from tertulia.orchestrator.redaction.names.process import Name, NamesAway, ReadingProcess
from tertulia.orchestrator.redaction.names.segments import worth_reading
from tertulia.orchestrator.redaction.patterns import Found
from tertulia.orchestrator.redaction.reading import Reading
from tertulia.orchestrator.redaction.seen import Seen
from tertulia.orchestrator.redaction.words import NO_NAMES, PARTICLE

__all__ = ["NamesAway", "NamesFinder", "State"]

State = Literal["missing", "loading", "on"]
_PATIENCE = 5.0
"""Seconds that a window waits for so many segments; what has been read by then need not be read for the next one."""

_MOST_SEEN, _MOST_TEXTS = 50_000, 5_000
_TOGETHER = 16
"""Segments that the process reads at once: some 20 ms, so that a long text lets others in between."""

_ASKED_AT_ONCE = 60 * _TOGETHER
"""Segments of one window: a longer one asks again when it has these, and leaves room for others to ask."""

_LOOK_SECONDS = 0.05
_WORD = re.compile(r"\S+")
_POSSESSIVE = re.compile(r"['’]s?$")
_BEGINS_A_NAME = re.compile(rf"[\"'(“‘]?(?:[^\W\d_a-zß-öø-ÿ]|{PARTICLE}\b|d['’])")
_PARTICLES = re.compile(rf"(?:{PARTICLE}\s?)+", re.IGNORECASE)
_CODE = re.compile(r"[0-9][0-9/-]|-[0-9]|[A-Z][0-9]")
"""In a word: a ticket, an invoice or a gate."""

_IN_CODE = re.compile(r"[_@=<>{}\[\]|#\\\n]|\AX-[A-Z]")
_CODE_BEFORE = ("_", "@", "/", "\\", "=", "$", "#")
_NOT_A_PERSON = re.compile(r"[0-9_@/\\<>{}()\[\]=*|#\n]| -|\A(?:[A-Z]\.?){1,4}\Z")


class NamesFinder:
    """Enter it to use it."""

    def __init__(self, folder: Path) -> None:
        self._process = ReadingProcess(folder)
        self._seen = Seen[list[Name]](_MOST_SEEN)
        self._texts = Seen[list[Found]](_MOST_TEXTS)

    @property
    def state(self) -> State:
        if not self._process.installed:
            return "missing"
        return "on" if self._process.loaded else "loading"

    @property
    def model(self) -> str:
        """Its name and version, where it is there."""
        return self._process.model

    async def loaded(self) -> None:
        """Returns when names are found; a model that is not there never loads."""
        while self.state != "on":  # noqa: ASYNC110 - another process loads it
            await asyncio.sleep(_LOOK_SECONDS)

    async def __aenter__(self) -> Self:
        await self._process.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._process.stop()

    async def find(self, workspace_id: UUID, texts: Sequence[str]) -> list[list[Found]]:
        """The names in each text, in order. Raises: NamesAway."""
        found, new = self._texts.known(workspace_id, texts)
        readings = [Reading(text) for text in new]
        segments = [list(worth_reading(reading.plain)) for reading in readings]
        read = await self._read_all(workspace_id, {segment for some in segments for _, segment in some})
        for (text, digest), reading, some in zip(new.items(), readings, segments, strict=True):
            placed = _placed(reading, [(start, read[segment]) for start, segment in some])
            found[text] = self._texts.put(digest, placed)
        return [found[text] for text in texts]

    async def read(self, text: str) -> list[Found]:
        """As ``find``, of a text that is read once: nothing of it is remembered. Raises: NamesAway."""
        reading = Reading(text)
        segments = list(worth_reading(reading.plain))
        try:
            async with asyncio.timeout(_PATIENCE):
                read = await self._ask([segment for _, segment in segments])
        except TimeoutError:
            raise NamesAway from None
        return _placed(reading, [(start, names) for (start, _), names in zip(segments, read, strict=True)])

    async def _read_all(self, workspace_id: UUID, segments: Collection[str]) -> dict[str, list[Name]]:
        read, unread = self._seen.known(workspace_id, segments)
        new = list(unread.items())
        for start in range(0, len(new), _ASKED_AT_ONCE):
            read |= await self._read_some(new[start : start + _ASKED_AT_ONCE])
        return read

    async def _read_some(self, new: Sequence[tuple[str, bytes]]) -> dict[str, list[Name]]:
        try:
            async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
                reading = [
                    group.create_task(self._read(new[start : start + _TOGETHER]))
                    for start in range(0, len(new), _TOGETHER)
                ]
        except (TimeoutError, BaseExceptionGroup):
            raise NamesAway from None
        return {segment: names for task in reading for segment, names in task.result().items()}

    async def _read(self, new: Sequence[tuple[str, bytes]]) -> dict[str, list[Name]]:
        """``new``: segments and their digests."""
        read = await self._ask([segment for segment, _ in new])
        return {segment: self._seen.put(digest, names) for (segment, digest), names in zip(new, read, strict=True)}

    async def _ask(self, segments: Sequence[str]) -> list[list[Name]]:
        if not segments:
            return []
        asked = await self._process.ask(segments)
        return [
            with_first_names(
                segment, in_context(segment, [name for one in found if (name := trimmed(segment, one)) is not None])
            )
            for segment, found in zip(segments, asked, strict=True)
        ]


def _placed(reading: Reading, found: Sequence[tuple[int, list[Name]]]) -> list[Found]:
    """The names of segments, with where each of those begins, in the text as it was written."""
    return [
        Found(kind, *reading.written(start + at, start + end), "model")
        for start, names in found
        for kind, at, end in names
    ]


def trimmed(segment: str, name: Name) -> Name | None:
    """Without words around it that are no names; None when nothing else is left, or when it is no name at all."""
    kind, start, end = name
    words = [match.span() for match in _WORD.finditer(segment, start, end)]
    while words and _is_no_name(segment[slice(*words[0])]):
        words.pop(0)
    while words and _is_no_name(segment[slice(*words[-1])]):
        words.pop()
    if not words:
        return None
    start = words[0][0]
    value = _POSSESSIVE.sub("", segment[start : words[-1][1]].rstrip(".,:;"))
    if _PARTICLES.fullmatch(value) or (kind == "PERSON" and _NOT_A_PERSON.search(value)) or _IN_CODE.search(value):
        return None
    if segment[max(0, start - 1) : start] in _CODE_BEFORE:
        return None
    return kind, start, start + len(value)


def _is_no_name(word: str) -> bool:
    return word.strip(".,:;").casefold() in NO_NAMES or not _BEGINS_A_NAME.match(word) or _CODE.search(word) is not None
