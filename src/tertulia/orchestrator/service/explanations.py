"""Why an answer is as it is: what was sent to the model for it, as it was sent, for those who answer for a workspace.

Values were replaced by placeholders before anything was composed, so that none is in here; it is sealed all the same,
for it tells what people talk about. It is kept beside the generation as long as that keeps its text, and each look
goes to the audit.
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import structlog

from tertulia.contracts.orchestrator import AnswerExplained, Attempt, Source, StepRecord
from tertulia.orchestrator import tokens
from tertulia.orchestrator.pipeline.redact import redact_beside
from tertulia.orchestrator.pipeline.turn import Turn
from tertulia.orchestrator.repository.generations import Explained, Generations
from tertulia.orchestrator.service.keys import Keys
from tertulia.platform.db import Database, tenant
from tertulia.platform.envelopes import SealBroken
from tertulia.platform.errors import DeadlineExceeded, NotFound, Unavailable

log = structlog.get_logger()

_MOST_CHARACTERS = 200_000
"""Of what is kept of a prompt: beyond them the oldest messages of the conversation are left out."""

_QUICKLY = 1


class ExplanationNotFound(NotFound):
    code, title = "explanation_not_found", "No explanation"


class Part(msgspec.Struct, frozen=True):
    """``name`` is of a part before the conversation (``system``, ``instructions``, …), else who said it."""

    name: str
    text: str


class Passage(msgspec.Struct, frozen=True):
    """``score`` as ``Found`` has it."""

    source: Source
    score: float


class ChosenModel(msgspec.Struct, frozen=True):
    """How ``auto`` came to its model: the small one below the threshold."""

    small: bool
    difficulty: float
    threshold: float


class Sent(msgspec.Struct, frozen=True):
    """What is kept: ``left_out`` counts messages that were sent and would have been too much to keep."""

    parts: list[Part]
    conversation: list[Part]
    left_out: int
    replaced: dict[str, int]
    passages: list[Passage] = []
    chosen: ChosenModel | None = None
    searched_for: str = ""


class Explanation(msgspec.Struct, frozen=True):
    """``sizes`` are tokens, of ``sent.parts`` and ``sent.conversation`` in their order."""

    sent: Sent
    sizes: list[int]
    generation: Explained
    steps: list[StepRecord]
    attempts: list[Attempt]


class Explanations:
    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def of(self, turn: Turn) -> bytes | None:
        """Sealed; nothing where no model was asked, or the workspace's key cannot be had: an answer needs no reason."""
        if not turn.messages:
            return None
        try:
            key = await self._keys.of(turn.job.workspace_id)
        except (Unavailable, DeadlineExceeded, SealBroken) as error:
            log.info("answer_not_explained", reason=type(error).__name__)
            return None
        sent = msgspec.structs.replace(
            _sent(turn),
            searched_for=await _redacted(turn, turn.searched_for),
            passages=[await _passage(turn, source) for source in turn.sources],
        )
        packed = zlib.compress(msgspec.msgpack.encode(sent), _QUICKLY)
        return key.seal(packed, _place(turn.job.generation_id))

    async def look(self, workspace_id: UUID, person_id: UUID, answer_id: UUID) -> Explanation:
        """Raises: ExplanationNotFound; SealBroken; Unavailable."""
        async with self._database.write(tenant(workspace_id)) as session:
            found = await Generations(session, workspace_id).explained(answer_id)
            if found is None:
                raise ExplanationNotFound("There is no such answer here, or what was sent for it is kept no more.")
            session.publish(
                AnswerExplained(
                    workspace_id=workspace_id, user_id=person_id, answer_id=answer_id, occurred_at=datetime.now(UTC)
                )
            )
            generation, steps = found
        key = await self._keys.of(workspace_id)
        packed = key.open(generation.explanation, _place(generation.id))
        sent = msgspec.msgpack.decode(zlib.decompress(packed), type=Sent)
        texts = [part.text for part in (*sent.parts, *sent.conversation)]
        sizes = await tokens.count(generation.model or "", texts)
        attempts = msgspec.convert(generation.attempts, list[Attempt])
        return Explanation(sent, sizes, generation, steps, attempts)


def _sent(turn: Turn) -> Sent:
    choice = turn.choice
    parts = [Part(name, text) for name, text in turn.parts]
    room = _MOST_CHARACTERS - sum(len(part.text) for part in parts)
    conversation = [Part(message["role"], message["content"]) for message in turn.messages[1:]]
    kept = _newest(conversation, room)
    return Sent(
        parts=parts,
        conversation=kept,
        left_out=len(conversation) - len(kept),
        replaced=dict(Counter(placeholder[1:].rpartition("_")[0] for placeholder in turn.values)),
        chosen=None if choice is None else ChosenModel(choice.small, choice.difficulty, choice.threshold),
    )


async def _passage(turn: Turn, source: Source) -> Passage:
    """Names of documents and headings are for those who may open them, not for whoever asks why."""
    score = next((found.score for found in turn.passages or () if found.id == source.chunk_id), 0.0)
    name, heading = await _redacted(turn, source.name), await _redacted(turn, source.heading)
    return Passage(msgspec.structs.replace(source, name=name, heading=heading or None), score)


async def _redacted(turn: Turn, text: str | None) -> str:
    """Nothing of what must not leave."""
    (told,) = await redact_beside(turn, [text]) if text else [None]
    return told or ""


def _newest(conversation: Sequence[Part], room: int) -> list[Part]:
    kept: list[Part] = []
    for part in reversed(conversation):
        room -= len(part.text)
        if room < 0:
            break
        kept.append(part)
    return kept[::-1]


def _place(generation_id: UUID) -> str:
    return f"explanation/{generation_id}"
